"""The public contract: what a client asks for, and the bytes that it gets. Pure."""
