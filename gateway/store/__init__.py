"""The memory of one gateway: recent events, newest values, bar history. No Redis, no sockets."""
