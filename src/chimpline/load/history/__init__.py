"""The past of a table, kept beside it: versions of its rows, or its rows as of each day."""
