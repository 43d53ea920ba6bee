"""Tells a source which of its lists Redis has, so that it can say so where they came from."""

from collections import deque
from collections.abc import Callable

from tickcast.publisher.chunk import Chunk
from tickcast.publisher.source import Source


class Receipt:
    """One list of a source, on its way to Redis in chunks."""

    __slots__ = ("_open", "_settled")

    def __init__(self, settled: Callable[[], None]) -> None:
        """`settled` is called when Redis has the whole list."""
        self._settled = settled
        self._open = 1  # the list itself, until it is closed

    @property
    def written(self) -> bool:
        """True if Redis has the whole list."""
        return not self._open

    def expect(self, chunk: Chunk) -> None:
        """Count a chunk that holds a part of the list. One that is never written leaves the list open."""
        self._open += 1
        chunk.after.append(self._one)

    def close(self) -> None:
        """Say that the chunks counted so far hold all of the list."""
        self._one()

    def _one(self) -> None:
        self._open -= 1
        if not self._open:
            self._settled()


class Receipts:
    """The lists of one source that Redis does not have yet, in order."""

    def __init__(self, written: Callable[[int], None]) -> None:
        """`written` is called with the number of lists, from the first one on, that Redis has."""
        self._written = written
        self._count = 0
        self._lists: deque[Receipt] = deque()

    def begin(self) -> Receipt:
        """Return the receipt of the next list."""
        self._lists.append(Receipt(self._settle))
        return self._lists[-1]

    def _settle(self) -> None:
        before = self._count
        while self._lists and self._lists[0].written:
            self._lists.popleft()
            self._count += 1
        if self._count > before:
            self._written(self._count)


def receipts_of(source: Source) -> Receipts | None:
    """Return receipts for the lists of a source; None if it does not ask for them."""
    written = getattr(source, "written", None)
    return None if written is None else Receipts(written)
