"""What is changed of the settings."""
