"""Pages on which a person defines what is copied: pipelines, and the tables of a connection."""
