"""What `chimpline connect` asks for, and how it waits for the browser to come back."""
