"""A refusal: an answer that will not change by asking again, as a line for the user."""

import json

DEFAULT_RETRY = 3000
"""Reconnection time in ms until the server names one, as in Chromium."""

SILENCE = 20.0
"""Seconds without a byte after which a connection is given up: four heartbeats."""

CONNECT_TIMEOUT = 10.0
"""Seconds that a connection may take to be made."""

MAX_BYTES = 4000
"""Bytes of an answer that are worth reading."""


class StreamRefusedError(Exception):
    """There will be no stream; the message says what the server said."""


def may_change(status: int) -> bool:
    """Tell whether asking again may help: a gateway that drains, or is full."""
    return status == 429 or status >= 500


def refusal(status: int, body: bytes) -> StreamRefusedError:
    """Return what to raise for an answer, with the `detail` of a problem document if it is one."""
    text = body[:MAX_BYTES].decode(errors="replace").strip()
    try:
        detail = str(json.loads(text)["detail"])
    except (ValueError, KeyError, TypeError):
        detail = text.partition("\n")[0][:200] or "no event stream"
    return StreamRefusedError(f"HTTP {status}: {detail}")
