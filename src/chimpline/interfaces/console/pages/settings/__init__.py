"""Settings: who may come in, and what is installed."""
