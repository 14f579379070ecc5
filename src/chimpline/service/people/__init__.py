"""Who may use the console and the API: people with a password, programs with a token."""
