"""An incremental parser of event streams, after the HTML standard (section 9.2.6).

Pure: bytes in, events out, wherever the bytes are split. `retry` and `last_event_id` hold the values that a
reconnecting client needs.
"""

import re
from typing import NamedTuple

MAX_EVENT = 16 * 1024 * 1024
"""Bytes of one event, at most: the bound of memory for a stream without a blank line."""

_BOM = b"\xef\xbb\xbf"
_COMMON = re.compile(rb"event: ([^\n]*)\ndata: ([^\n]*)(?:\nid: ([^\n\0]*))?").fullmatch
"""The form of nearly every event of a gateway: read so, it costs a third."""

_DIGITS = re.compile(rb"[0-9]{1,15}")


class SseError(ValueError):
    """The stream exceeds a bound; the message names the bound."""


class Event(NamedTuple):
    """One event; its fields are bytes as received."""

    type: bytes
    """Its `event:` field, or b"message"."""
    data: bytes
    """Its `data:` lines, joined by LF."""
    id: bytes
    """The last event id when the event ended; b"" if there is none."""


class SseParser:
    """Parses one response. For the next response, make a new parser with the old `last_event_id`."""

    def __init__(self, last_event_id: bytes = b"") -> None:
        self.last_event_id = last_event_id
        """Id of the last complete event, also of an event without data."""
        self.retry: int | None = None
        """Reconnection time in ms, as last set by the stream; None if never set."""
        self._rest = b""
        self._after_cr = False
        self._begun = False

    def feed(self, data: bytes) -> list[Event]:
        """Return the events that `data` completes. Raises SseError."""
        if not self._begun:
            data = self._begin(data)
        if b"\r" in data or self._after_cr:
            data = self._line_feeds(data)
        *blocks, self._rest = (self._rest + data).split(b"\n\n")
        if len(self._rest) > MAX_EVENT:
            raise SseError(f"an event of more than {MAX_EVENT} bytes")
        events = []
        for block in blocks:
            event = self._event(block)
            if event is not None:
                events.append(event)
        return events

    def _begin(self, data: bytes) -> bytes:
        """Remove a byte order mark from the start; it may arrive byte by byte."""
        data, self._rest = self._rest + data, b""
        if len(data) < len(_BOM) and _BOM.startswith(data):
            self._rest = data
            return b""
        self._begun = True
        return data.removeprefix(_BOM)

    def _line_feeds(self, data: bytes) -> bytes:
        if self._after_cr and data:
            # The CR already counted as a line end; an LF behind it must not count as a second.
            data = data.removeprefix(b"\n")
            self._after_cr = False
        if data.endswith(b"\r"):
            self._after_cr = True
        return data.replace(b"\r\n", b"\n").replace(b"\r", b"\n")

    def _event(self, block: bytes) -> Event | None:
        if common := _COMMON(block):
            kind, data, cursor = common.groups()
            if cursor is not None:
                self.last_event_id = cursor
            return Event(kind or b"message", data, self.last_event_id)
        return self._other_event(block)

    def _other_event(self, block: bytes) -> Event | None:
        kind, data = b"", None
        for line in block.split(b"\n"):
            name, _, value = line.partition(b":")
            if value[:1] == b" ":
                value = value[1:]
            if name == b"data":
                data = value if data is None else data + b"\n" + value
            elif name == b"id":
                if b"\0" not in value:
                    self.last_event_id = value
            elif name == b"event":
                kind = value
            elif name == b"retry" and _DIGITS.fullmatch(value):
                self.retry = int(value)
        # One empty `data:` line makes an event; an id without data only sets `last_event_id`.
        return None if data is None else Event(kind or b"message", data, self.last_event_id)
