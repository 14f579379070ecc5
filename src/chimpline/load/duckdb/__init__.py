"""DuckDB as a destination."""
