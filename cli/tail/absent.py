"""Which symbols of a list have no value although the stream is live: misspelt ones, most often. Pure."""

import json
import re
from collections.abc import Iterable
from contextlib import suppress

PATIENCE = 1.0
"""Seconds that a live stream has, after its snapshot, for the first value of each symbol."""

_SYMBOL = re.compile(rb'\{"S":"([^"]{1,64})"')
_VALUES = (b"tick", b"bar", b"snapshot")


class Absent:
    """Hears the events of a stream; `names` says which entries of its list mean nothing in this feed."""

    def __init__(self, wanted: Iterable[str]) -> None:
        """Take the entries of the list as they were given; `*` alone always means something."""
        self._left = {entry: entry for entry in wanted if entry != "*"}
        """Entries without a value, by what they are called in the feed."""
        self._is_whole = self._is_live = False
        self._since: float | None = None
        """When the stream was live and its snapshot had come."""

    def hear(self, kind: bytes, data: bytes, now: float) -> None:
        """Take an event. One that cannot be read changes nothing."""
        if not self._left:
            return
        if kind in _VALUES:
            self._see(_SYMBOL.findall(data))
            self._is_whole = self._is_whole or kind == b"snapshot"
        elif kind in (b"hello", b"status"):
            with suppress(ValueError, KeyError, TypeError):
                body = json.loads(data)
                self._is_live = body["feed"] == "live"
                if kind == b"hello":
                    self._greet(body)
        if not (self._is_live and self._is_whole):
            self._since = None
        elif self._since is None:
            self._since = now

    def _greet(self, hello: dict[str, str]) -> None:
        # What resumed exactly has no snapshot, and needs none.
        self._is_whole, self._since = hello["resumed"] in ("live", "replayed"), None
        if hello.get("case") != "keep":
            self._left = {entry.upper(): given for entry, given in self._left.items()}

    def _see(self, symbols: list[bytes]) -> None:
        for each in symbols:
            symbol = each.decode("utf-8", "replace")
            self._left.pop(symbol, None)
            for entry in [entry for entry in self._left if entry.endswith("*")]:
                if symbol.startswith(entry[:-1]):
                    del self._left[entry]

    def due(self) -> float | None:
        """Return when `names` has something to say, if nothing comes meanwhile; None: not as things are."""
        return None if self._since is None or not self._left else self._since + PATIENCE

    def names(self, now: float) -> list[str]:
        """Return the entries that have had no value, as they were given, once it is time to say so."""
        due = self.due()
        return [] if due is None or now < due else [*self._left.values()]


def absent_words(names: Iterable[str], url: str) -> str:
    """Return what to say of entries that mean nothing in the feed of the server at `url`."""
    return (
        f"no such symbol in this feed, or none with a price: {', '.join(names)}; {url}/v1/symbols lists them"
    )
