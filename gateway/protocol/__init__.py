"""The public contract: what a client may ask for, and the bytes it gets. Pure."""
