"""What the emulated API answers, path by path."""
