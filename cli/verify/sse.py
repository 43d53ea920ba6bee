"""An incremental parser of event streams, as the HTML standard lays down (section 9.2.6).

Pure: bytes in, events out, however the bytes are cut. `retry` and `last_event_id` stay here for
whoever reconnects.
"""

import re
from typing import NamedTuple

MAX_EVENT = 16 * 1024 * 1024
"""Bytes of one event, at most: what a stream without a blank line may cost us."""

_BOM = b"\xef\xbb\xbf"
_DIGITS = re.compile(rb"[0-9]{1,15}")


class SseError(ValueError):
    """The stream is beyond a bound; the message says which."""


class Event(NamedTuple):
    """One event, in bytes as it came."""

    type: bytes
    """Its `event:` field, or b"message"."""
    data: bytes
    """Its `data:` lines, joined by LF."""
    id: bytes
    """The last event id at that moment; b"" if there is none."""


class SseParser:
    """Parses one response. After it ends, start another with the old `last_event_id`."""

    def __init__(self, last_event_id: bytes = b"") -> None:
        self.last_event_id = last_event_id
        """Id of the last complete event, also of one without data."""
        self.retry: int | None = None
        """Reconnection time in ms, as the stream said last."""
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
        """Take a byte order mark off the start, which may come byte by byte."""
        data, self._rest = self._rest + data, b""
        if len(data) < len(_BOM) and _BOM.startswith(data):
            self._rest = data
            return b""
        self._begun = True
        return data.removeprefix(_BOM)

    def _line_feeds(self, data: bytes) -> bytes:
        if self._after_cr and data:
            # The CR has been taken for a whole line end; its LF must not become a second.
            data = data.removeprefix(b"\n")
            self._after_cr = False
        if data.endswith(b"\r"):
            self._after_cr = True
        return data.replace(b"\r\n", b"\n").replace(b"\r", b"\n")

    def _event(self, block: bytes) -> Event | None:
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
        # One empty `data:` line is enough to fire an event; an id alone only moves `last_event_id`.
        return None if data is None else Event(kind or b"message", data, self.last_event_id)
