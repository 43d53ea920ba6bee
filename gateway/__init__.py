"""The gateway: a stateless SSE server that follows Redis and relays each tick to its clients."""
