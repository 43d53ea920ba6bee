"""Decodes a compressed, chunked HTTP response incrementally. Pure."""

from tickcast.client.encoding import Unpacker, unpacker


class Decoder:
    """One response: the head unchanged, then the body without chunks and compression."""

    def __init__(self) -> None:
        self._data = b""
        self._begun = False
        self._left = 0
        """Bytes missing in the current chunk."""
        self._unpacker: Unpacker | None = None

    def feed(self, data: bytes) -> bytes:
        """Return the bytes that `data` adds to the decoded response."""
        self._data += data
        out = b""
        if not self._begun:
            head, end, rest = self._data.partition(b"\r\n\r\n")
            if not end:
                return b""
            self._begin(head.lower())
            out, self._data = head + end, rest
        return out + self._plain(self._body())

    def _begin(self, head: bytes) -> None:
        self._begun = True
        for coding in ("gzip", "zstd"):
            if f"content-encoding: {coding}".encode() in head:
                self._unpacker = unpacker(coding)

    def _body(self) -> bytes:
        """Return the bytes of all chunks received so far; keep an incomplete chunk header."""
        parts = []
        while self._data:
            if not self._left:
                size, end, rest = self._data.lstrip(b"\r\n").partition(b"\r\n")
                if not end:
                    break
                self._left, self._data = int(size, 16), rest
                if not self._left:
                    break
            part, self._data = self._data[: self._left], self._data[self._left :]
            self._left -= len(part)
            parts.append(part)
        return b"".join(parts)

    def _plain(self, body: bytes) -> bytes:
        return body if self._unpacker is None else b"".join(self._unpacker.unpack(body))
