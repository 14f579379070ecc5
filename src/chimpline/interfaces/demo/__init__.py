"""The demo: an emulated account, three acts, a DuckDB file to look at."""
