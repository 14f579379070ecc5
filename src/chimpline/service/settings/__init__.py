"""Settings: every one there is, where values come from, and what a run is asked to do."""
