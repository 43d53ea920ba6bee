"""What the bench asks of Redis."""

from tickcast.runtime.redis import blocking
from tickcast.runtime.redis.errors import LinkError
from tickcast.wire.names import MAIN
from tickcast.wire.tick import decode_tick


def newest(url: str) -> dict[str, int]:
    """Return the `q` of the newest tick of each symbol, as Redis has them. Raises LinkError."""
    found: dict[bytes, bytes] = blocking.ask(url, "HGETALL", MAIN.last(0))
    return {symbol.decode(): decode_tick(json)[1] or 0 for symbol, json in found.items()}


def answers(url: str) -> bool:
    """Tell whether a Redis answers."""
    try:
        return bool(blocking.ask(url, "PING"))
    except LinkError:
        return False


def calls(url: str) -> dict[str, int]:
    """Return how often each command has been called, as Redis counts. Raises LinkError."""
    found: dict[str, dict[str, int]] = blocking.ask(url, "INFO", "commandstats")
    return {name.removeprefix("cmdstat_"): stats["calls"] for name, stats in found.items()}
