"""What a stream is subscribed to, and what its cursor covers. Pure.

A symbol that was added is pending until its snapshot is complete: a stream that resumes with an older cursor
would never bring that snapshot.
"""

from collections.abc import Callable, Iterable

from tickcast.wire.bounds import MAX_SYMBOLS


class Coverage:
    """Entries of the list of a stream: symbols, `*`, and prefixes such as `B*`."""

    def __init__(self) -> None:
        self.covered: set[str] = set()
        """Entries whose newest ticks have come."""
        self.pending: set[str] = set()
        """Entries whose snapshot is still to come."""

    @property
    def requested(self) -> set[str]:
        """All that the stream was asked for."""
        return self.covered | self.pending

    def begin(self, entries: Iterable[str], resumes: bool) -> None:
        """Begin a stream of these entries; a cursor brings all of them up to date."""
        self.covered, self.pending = (set(entries), set()) if resumes else (set(), set(entries))

    def change(self, added: Iterable[str], dropped: Iterable[str]) -> None:
        """Take a change of the running stream. Raises ValueError beyond what a feed can have."""
        gone, added = set(dropped), set(added)
        if len(self.covered) + len(self.pending) + len(added) > MAX_SYMBOLS:
            raise ValueError(f"a list of more than {MAX_SYMBOLS} entries")
        self.covered -= gone
        self.pending = (self.pending - gone) | (added - self.covered)

    def finish(self) -> None:
        """The snapshots are complete."""
        self.covered |= self.pending
        self.pending = set()

    def fold(self) -> None:
        """Write all entries in upper case, as the feed does."""
        self.covered = {entry.upper() for entry in self.covered}
        self.pending = {entry.upper() for entry in self.pending}


def selector(entries: Iterable[str]) -> Callable[[str], bool]:
    """Return what tells whether a list of entries has a symbol."""
    names = set(entries)
    prefixes = tuple(entry[:-1] for entry in names if entry.endswith("*"))
    return lambda symbol: symbol in names or symbol.startswith(prefixes)
