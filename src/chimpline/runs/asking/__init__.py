"""What an account offers, and what a run would ask of it, without a run."""
