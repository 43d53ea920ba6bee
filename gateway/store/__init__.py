"""What one gateway remembers. No Redis, no sockets."""
