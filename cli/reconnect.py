"""When a client asks for its stream again, how long it waits, and which answers are final."""

import orjson

DEFAULT_RETRY = 3000
"""Reconnection time in ms until the server names one, as in Chromium."""

SILENCE = 20.0
"""Seconds without a byte after which a client gives a connection up: four heartbeats."""

CONNECT_TIMEOUT = 10.0
"""Seconds that connecting may take."""

MAX_BYTES = 4000
"""Bytes of a refusal that are read, at most."""


class StreamRefusedError(Exception):
    """The server refused the stream for good; the message holds its reason."""


def may_change(status: int) -> bool:
    """Tell whether a later request may get another answer: the gateway drains, or is full."""
    return status == 429 or status >= 500


def refusal(status: int, body: bytes) -> StreamRefusedError:
    """Return the error for an HTTP answer, with the `detail` of its problem document where it has one."""
    text = body[:MAX_BYTES].decode(errors="replace").strip()
    try:
        detail = str(orjson.loads(text)["detail"])
    except (ValueError, KeyError, TypeError):
        detail = text.partition("\n")[0][:200] or "no event stream"
    return StreamRefusedError(f"HTTP {status}: {detail}")
