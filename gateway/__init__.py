"""Stateless SSE server: follows Redis and relays each tick to the clients connected to it."""
