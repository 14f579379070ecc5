"""How the work of a run is done: threads, turns, the writer, and connections to both sides."""
