"""The Redis that the settings of a command name."""

from tickcast.runtime.redis.client import RedisClient
from tickcast.runtime.settings import ProgramSettings


def opened_redis(settings: ProgramSettings, timeout: float, *, writes: bool = False) -> RedisClient:
    """Return a client, not yet connected; `timeout` is in seconds. Raises LinkError."""
    return RedisClient(
        settings.redis_url,
        settings.redis_password_file,
        timeout,
        writes=writes,
        security=settings.link_security,
    )
