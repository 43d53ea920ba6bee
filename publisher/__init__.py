"""The only writer: takes ticks from a source and publishes them into Redis."""
