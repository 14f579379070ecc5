"""What outlives a terminal: runs that somebody asked for, or that were due."""
