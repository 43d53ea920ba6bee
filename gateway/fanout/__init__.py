"""Fan-out: groups of streams that get the same bytes, and one frame for each group."""
