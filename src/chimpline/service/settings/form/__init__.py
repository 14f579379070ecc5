"""The forms in which settings are typed, and what is kept of them."""
