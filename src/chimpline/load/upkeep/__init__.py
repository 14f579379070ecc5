"""Our tables as they stand: made, compared with the catalog, put right after what people did."""
