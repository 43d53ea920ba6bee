"""Names in order, so that those with a prefix are found by bisection."""

from bisect import bisect_left, insort
from collections.abc import Iterable, Iterator

FEW = 50
"""Names that are put into their places one by one; of more all are sorted, which takes 3 ms at 100,000."""


class SortedNames:
    """A set of symbols, or of bar keys."""

    def __init__(self, names: Iterable[bytes] = ()) -> None:
        self._sorted = sorted(set(names))
        # Changes since the last look, so that 100,000 names that come one by one are sorted once.
        self._added: dict[bytes, None] = {}
        self._gone: set[bytes] = set()

    def __len__(self) -> int:
        return len(self._sorted) + len(self._added) - len(self._gone)

    def add(self, name: bytes) -> None:
        """Add a name that it does not have."""
        if name in self._gone:
            self._gone.discard(name)
        else:
            self._added[name] = None

    def discard(self, names: Iterable[bytes]) -> None:
        """Remove names that it has."""
        for name in names:
            if name in self._added:
                del self._added[name]
            else:
                self._gone.add(name)

    def matching(self, prefixes: tuple[bytes, ...]) -> list[bytes]:
        """Return the names that begin with any of `prefixes`, which are sorted; in order, and each once."""
        found: list[bytes] = []
        for start, end in self._places(prefixes):
            found += self._sorted[start:end]
        return found

    def count(self, prefixes: tuple[bytes, ...]) -> int:
        """Return how many names begin with any of `prefixes`, which are sorted."""
        return sum(end - start for start, end in self._places(prefixes))

    def _places(self, prefixes: tuple[bytes, ...]) -> Iterator[tuple[int, int]]:
        self._settle()
        longest: bytes | None = None
        for prefix in prefixes:
            if longest is not None and prefix.startswith(longest):
                continue  # its names have been found
            longest = prefix
            start = bisect_left(self._sorted, prefix)
            # Names are ASCII, so none that begins with the prefix is above this.
            yield start, bisect_left(self._sorted, prefix + b"\xff", start)

    def _settle(self) -> None:
        if self._gone:
            self._sorted = [name for name in self._sorted if name not in self._gone]
            self._gone.clear()
        if len(self._added) > FEW:
            self._sorted += self._added
            self._sorted.sort()
        else:
            for name in self._added:
                insort(self._sorted, name)
        self._added.clear()
