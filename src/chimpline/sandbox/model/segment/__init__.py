"""Segments of audiences, and who is in them."""
