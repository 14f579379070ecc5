"""What programs use, at `/api/v1`: the same things that the pages do."""
