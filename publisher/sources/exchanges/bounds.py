"""How long a connection to an exchange waits for what. Pure."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Bounds:
    """Times in seconds."""

    open: float = 10.0
    """Until a connection is open."""
    mute: float = 10.0
    """Without any message: then all symbols of the connection are stale, and it is opened again."""
    probe: float = 4.0
    """Without a message, after which the exchange is asked to say something."""
    check: float = 0.5
    """Between two looks at the clock."""
    first: float = 1.0
    """Before the first attempt to connect again; each further attempt waits twice as long."""
    most: float = 60.0
    """Between two attempts, at most."""
    longest: float = 600.0
    """Between two attempts where the exchange names a longer time (429), at most."""
    settled: float = 30.0
    """That a connection lasts before the next attempt counts as the first again."""
    life: float = 23 * 3600.0
    """That a connection lasts, at most: exchanges cut it after 24 hours."""
    retry: float = 60.0
    """Between two attempts to subscribe to a symbol that was refused."""


def back_off(bounds: Bounds, attempts: int, chance: float, asked: float = 0.0) -> float:
    """Return the seconds before the next attempt to connect.

    `attempts` have failed in a row. `chance`, from 0 to 1, spreads publishers that were cut off together.
    `asked` is what the exchange asks for in Retry-After.
    """
    drawn = min(bounds.most, bounds.first * 2.0 ** min(attempts, 20)) * (0.5 + chance / 2)
    return max(drawn, min(asked, bounds.longest) * (1 + chance / 4))


def retry_after(field: str | None) -> float:
    """Return the seconds of a Retry-After field; 0 if there is none, or none that is a number."""
    return float(field[:9]) if field is not None and field.isascii() and field.isdigit() else 0.0
