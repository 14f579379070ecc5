"""What was read, for whoever shows it."""

from chimpline.load.reading import Answer, Cell, Column

__all__ = ["Answer", "Cell", "Column"]
