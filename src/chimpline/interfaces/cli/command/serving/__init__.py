"""What goes on after the terminal is closed."""
