"""The keys that `tail` knows, from the bytes that a terminal sends. Pure."""

import re
from enum import Enum


class Key(Enum):
    """What a key does."""

    UP = "a row up"
    DOWN = "a row down"
    PAGE_UP = "a page up"
    PAGE_DOWN = "a page down"
    HOME = "the first row"
    END = "the last row"
    QUIT = "the end"


_KEYS = {
    **dict.fromkeys((b"\x1b[A", b"\x1bOA", b"k"), Key.UP),
    **dict.fromkeys((b"\x1b[B", b"\x1bOB", b"j"), Key.DOWN),
    **dict.fromkeys((b"\x1b[5~", b"b"), Key.PAGE_UP),
    **dict.fromkeys((b"\x1b[6~", b" "), Key.PAGE_DOWN),
    **dict.fromkeys((b"\x1b[H", b"\x1bOH", b"\x1b[1~", b"\x1b[7~", b"g"), Key.HOME),
    **dict.fromkeys((b"\x1b[F", b"\x1bOF", b"\x1b[4~", b"\x1b[8~", b"G"), Key.END),
    # In raw modes Ctrl-C comes as a byte; here it is a signal, but a terminal may think otherwise.
    **dict.fromkeys((b"q", b"Q", b"\x03"), Key.QUIT),
}
"""What terminals send, in both modes of their cursor keys, and the keys of `less`."""

_WHOLE = re.compile(rb"(?s)\x1b\[[0-9;?]*[ -/]*[@-~]|\x1bO.|\x1b(?=[^\[O])|[^\x1b]")


class KeyReader:
    """Takes bytes as they come; a sequence may come in pieces. An Esc alone takes no other key with it."""

    def __init__(self) -> None:
        self._rest = b""

    def read(self, data: bytes) -> list[Key]:
        """Return the keys that are complete; others mean nothing."""
        data = self._rest + data
        found, place = [], 0
        while match := _WHOLE.match(data, place):
            place = match.end()
            if key := _KEYS.get(match[0]):
                found.append(key)
        # A sequence has a few bytes: what does not end is none.
        self._rest = data[place:][-16:]
        return found
