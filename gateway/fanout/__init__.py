"""Groups of streams that get the same bytes, and one frame for each."""
