"""An account made from a seed and sizes."""
