"""The form of what the API answers: its shapes, its errors, and the document that describes it."""
