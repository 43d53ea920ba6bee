"""A plain asynchronous Redis client, for what tests do behind Tickcast's back."""

import redis.asyncio


def redis_client(url: str) -> "redis.asyncio.Redis[bytes]":
    """Return a client without decoding and without repeats."""
    return redis.asyncio.Redis.from_url(url, protocol=2)
