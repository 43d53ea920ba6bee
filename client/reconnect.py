"""When a client asks for its stream again, how long it waits, and which answers are final. Pure."""

from datetime import datetime
from email.utils import parsedate_to_datetime

import orjson

from tickcast.client.errors import StreamRefusedError

DEFAULT_RETRY = 3000
"""Reconnection time in ms until the server names one, as in Chromium."""

LEAST_RETRY = 100
"""ms that a wait is drawn from at least, whatever a server names."""

LONGEST_WAIT = 30.0
"""Seconds that a wait is never longer than, whatever `retry` a gateway names in its stream."""

LONGEST_RETRY_AFTER = 300.0
"""Seconds that a server may ask for by Retry-After: more must be a mistake."""

SILENCE = 20.0
"""Seconds without a byte after which a client gives a connection up: four heartbeats."""

HELLO_TIMEOUT = 15.0
"""Seconds without a byte of an answer until its first event."""

SILENT_HEARTBEATS = 2.5
"""Heartbeats without any event after which a stream is mute."""

LEAST_SILENCE = 1.5
"""Seconds of silence that are always allowed: gateways look twice a second which streams need a heartbeat."""

LONGEST_HEARTBEAT = 60_000
"""ms between two heartbeats that a stream can be asked for, at most."""

CONNECT_TIMEOUT = 10.0
"""Seconds that connecting may take."""

MAX_BYTES = 4000
"""Bytes of a refusal that are read, at most."""

_PASSING = (408, 425, 429)
"""Statuses below 500 whose reason may pass: too slow, too early, too many."""


def may_change(status: int) -> bool:
    """Tell whether a later request may get another answer: the gateway drains, or is full."""
    return status in _PASSING or status >= 500


def refusal(status: int, body: bytes) -> StreamRefusedError:
    """Return the error for an HTTP answer, with the `detail` of its problem document where it has one."""
    return StreamRefusedError(f"HTTP {status}: {detail_of(body) or 'no event stream'}", status)


def detail_of(body: bytes) -> str:
    """Return the `detail` of a problem document, else the first line of a body."""
    text = body[:MAX_BYTES].decode(errors="replace").strip()
    try:
        return str(orjson.loads(text)["detail"])
    except (ValueError, KeyError, TypeError):
        return text.partition("\n")[0][:200]


def back_off(attempts: int, chance: float, first: float = DEFAULT_RETRY, least: float = 0.0) -> float:
    """Return how many seconds to wait before the next attempt.

    `attempts` have failed since the last success; `first` is the wait in ms that the gateway named, different
    for each client; `chance`, from 0 to 1, spreads clients that were cut off together; `least` is the number
    of seconds that the server asked for.
    """
    drawn = min(LONGEST_WAIT, max(first, LEAST_RETRY) / 1000 * 2.0 ** min(attempts, 20)) * (0.5 + chance / 2)
    # The server named the same time to all clients: spread them over half of it behind that time.
    return max(drawn, min(least, LONGEST_RETRY_AFTER) * (1 + chance / 2))


def retry_after(field: str, now: float) -> float:
    """Return the seconds that a Retry-After field asks for, as seconds or a date; 0 if it cannot be read.

    `now` in seconds since 1970.
    """
    if field.isascii() and field.isdigit():
        return float(field[:9])
    try:
        date: datetime = parsedate_to_datetime(field)
        return max(0.0, date.timestamp() - now)
    except (ValueError, OverflowError):
        return 0.0


def silence_of(heartbeat: int) -> float:
    """Return after how many seconds without an event a stream with a heartbeat every so many ms is mute."""
    return max(min(heartbeat, LONGEST_HEARTBEAT) / 1000 * SILENT_HEARTBEATS, LEAST_SILENCE)
