"""Reads one HTTP answer with an event stream, byte by byte as it comes. Shares no code with the product."""

import json
import sys
import zlib
from typing import Any, NamedTuple, Protocol

from tests.faults.referee.trace import Bar, Tick

if sys.version_info >= (3, 14):
    from compression import zstd
else:
    from backports import zstd

GO_WINDOW = 32 * 1024
"""Bytes after which Go's inflater hands out what it has, whatever comes."""

FLUSHED = b"\x00\x00\xff\xff"
"""Ends a piece of gzip: an empty stored block. Go's inflater hands out what it has at no other place."""


class MalformedError(ValueError):
    """What came is not HTTP, not in the encoding that the head names, or no event of the protocol."""


class SseEvent(NamedTuple):
    """One event of the stream."""

    kind: str
    data: Any
    id: str
    """Its own `id:` field; empty if it has none."""


class Decoder(Protocol):
    """Undoes a content encoding."""

    def decompress(self, data: bytes) -> bytes:
        """Return what more can be read."""
        ...


class Unzstd:
    """Reads zstd frames one behind the other."""

    def __init__(self) -> None:
        self._frame = zstd.ZstdDecompressor()

    def decompress(self, data: bytes) -> bytes:
        """Return what more can be read."""
        out = b""
        while data:
            out += self._frame.decompress(data)
            data = b""
            if self._frame.eof:
                data = self._frame.unused_data
                self._frame = zstd.ZstdDecompressor()
        return out


class GoGunzip:
    """Reads gzip as Go's compress/flate does: plain bytes are kept back until an empty stored block."""

    def __init__(self) -> None:
        self._inflate = zlib.decompressobj(16 + zlib.MAX_WBITS)
        self._tail = b""
        self._kept = b""

    def decompress(self, data: bytes) -> bytes:
        """Return what Go would have handed out."""
        seen = self._tail + data
        end = seen.rfind(FLUSHED)
        ready = max(0, end + len(FLUSHED) - len(self._tail)) if end >= 0 else 0
        self._tail = seen[-(len(FLUSHED) - 1) :]
        out = b""
        if ready:
            out, self._kept = self._kept + self._inflate.decompress(data[:ready]), b""
        self._kept += self._inflate.decompress(data[ready:])
        if len(self._kept) >= GO_WINDOW:
            out, self._kept = out + self._kept, b""
        return out


def decoder_of(encoding: str) -> Decoder | None:
    """Return what undoes an encoding of `Plan.encoding`; None for identity."""
    if encoding == "gzip-go":
        return GoGunzip()
    if encoding == "gzip":
        return zlib.decompressobj(16 + zlib.MAX_WBITS)
    return Unzstd() if encoding == "zstd" else None


class StreamReader:
    """The answer to one request for a stream."""

    def __init__(self, encoding: str) -> None:
        """Take the encoding that was asked for; the answer may still be without."""
        self.status = 0
        """0: the head has not come."""
        self.headers: dict[str, str] = {}
        self.complete = False
        """The answer has come to its proper end."""
        self._asked = encoding
        self._decoder: Decoder | None = None
        self._raw = b""
        self._left = 0
        """Bytes left of the chunk, with the line end behind it."""
        self._chunked = False
        self._text = b""

    def feed(self, data: bytes) -> list[SseEvent]:
        """Return the events that `data` completes. Raises MalformedError."""
        self._raw += data
        if not self.status and not self._head():
            return []
        body, self._raw = (self._dechunk(), self._raw) if self._chunked else (self._raw, b"")
        try:
            self._text += self._decoder.decompress(body) if self._decoder else body
        except (zlib.error, zstd.ZstdError, EOFError) as error:
            raise MalformedError(f"not in the encoding of the head: {error}") from None
        *blocks, self._text = self._text.split(b"\n\n")
        found = [parse_event(block) for block in blocks]
        return [event for event in found if event is not None]

    def _head(self) -> bool:
        head, end, rest = self._raw.partition(b"\r\n\r\n")
        if not end:
            return False
        first, *lines = head.decode("latin-1").split("\r\n")
        words = first.split(" ")
        if len(words) < 2 or not words[1].isdigit():
            raise MalformedError(f"no HTTP: {first[:60]!r}")
        pairs = [line.partition(":") for line in lines]
        self.headers = {name.lower(): value.strip() for name, _, value in pairs}
        self.status, self._raw = int(words[1]), rest
        self._chunked = self.headers.get("transfer-encoding", "") == "chunked"
        named = self.headers.get("content-encoding", "identity")
        if named not in ("identity", self._asked.removesuffix("-go")):
            raise MalformedError(f"encoding {named}, asked was {self._asked}")
        self._decoder = decoder_of(self._asked) if named != "identity" else None
        return True

    def _dechunk(self) -> bytes:
        out = []
        while self._raw and not self.complete:
            if not self._left:
                line, end, rest = self._raw.partition(b"\r\n")
                if not end:
                    break
                try:
                    size = int(line.partition(b";")[0], 16)
                except ValueError:
                    raise MalformedError(f"no size of a chunk: {line[:20]!r}") from None
                self._raw, self._left = rest, size + 2
                self.complete = size == 0
                continue
            piece, self._raw = self._raw[: self._left], self._raw[self._left :]
            # The last two bytes of what is left are the chunk's line end.
            out.append(piece[: max(0, self._left - 2)])
            self._left -= len(piece)
        return b"".join(out)


def parse_event(block: bytes) -> SseEvent | None:
    """Return the event of one block of lines; None if it has no data. Raises MalformedError."""
    kind, data, own = "", None, ""
    for line in block.split(b"\n"):
        name, _, value = line.partition(b": ")
        if name == b"event":
            kind = value.decode("latin-1")
        elif name == b"data":
            data = value
        elif name == b"id":
            own = value.decode("latin-1")
    if data is None:
        return None
    try:
        return SseEvent(kind, _payload(kind, data), own)
    except (ValueError, KeyError, TypeError) as error:
        raise MalformedError(f"{kind} {data[:80]!r}: {error!r}") from None


_TICKS: dict[bytes, Tick] = {}
"""Ticks by their JSON: many clients get the same."""


def _payload(kind: str, data: bytes) -> Any:
    if kind == "tick":
        found = _TICKS.get(data)
        if found is None:
            if len(_TICKS) > 200_000:
                _TICKS.clear()
            found = _TICKS[data] = tick_of(json.loads(data, parse_float=str))
        return found
    loaded = json.loads(data, parse_float=str)
    if kind in ("ticks", "snapshot"):
        return [tick_of(each) for each in loaded]
    if kind == "bar":
        return bar_of(loaded)
    if not isinstance(loaded, dict):
        raise ValueError("no object")
    return loaded


def tick_of(loaded: dict[str, Any]) -> Tick:
    """Return the tick that a JSON object is. Raises KeyError, ValueError."""
    return Tick(sys.intern(loaded["S"]), int(loaded["q"]), int(loaded["t"]), str(loaded["p"]))


def bar_of(loaded: dict[str, Any]) -> Bar:
    """Return the bar that a JSON object is. Raises KeyError, ValueError."""
    first, high, low, close = (str(loaded[name]) for name in "ohlc")
    volume = str(loaded["v"]) if "v" in loaded else None
    count, q = int(loaded["n"]), int(loaded["q"])
    return Bar(loaded["S"], loaded["i"], int(loaded["t"]), first, high, low, close, volume, count, q)
