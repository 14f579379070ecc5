"""From the bytes of an answer to rows: records, their shape, their cells, and what is odd."""
