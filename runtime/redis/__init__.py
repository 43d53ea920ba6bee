"""Redis for every program: its address, the servers behind it, and the only use of redis-py."""
