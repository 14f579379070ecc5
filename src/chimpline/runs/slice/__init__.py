"""One slice: a collection below one parent, read whole, proven and handed to the writer."""
