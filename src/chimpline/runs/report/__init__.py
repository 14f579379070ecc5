"""What a run tells: events, counts, names and how it ended."""
