"""chimpline copies a Mailchimp account into your own database and keeps the copy true."""

__version__ = "0.1.0"
