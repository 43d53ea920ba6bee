"""Which ticks of a stream are new, by their sequence numbers, and where some are missing. Pure."""

from collections.abc import Iterable
from enum import Enum

from tickcast.wire.bounds import MAX_SYMBOLS


class Place(Enum):
    """Where a tick stands behind the one before it of the same symbol."""

    NEXT = "in its place"
    HOLE = "new, but ticks before it are missing that the stream has not announced as missing"
    OLD = "not newer than what came before"


class Order:
    """The newest sequence number of each symbol, within one epoch of the feed."""

    def __init__(self) -> None:
        self.exact = True
        """Every tick comes (interval 0); else only newer ones."""
        self.lost = 0
        """Ticks that are missing without an announcement."""
        self.told = 0
        """Ticks that are missing and announced."""
        self.repeated = 0
        """Ticks that came again or out of order, and are passed over."""
        self._last: dict[str, int] = {}
        self._unnamed: set[str] = set()
        """Symbols that a snapshot of everything has not named yet."""
        self._may_jump = True
        self._may_go_back = False

    def tick(self, symbol: str, q: int) -> Place:
        """Take an update. Raises ValueError for more symbols than a feed can have."""
        last = self._last.get(symbol)
        if last is None:
            self._check_room()
        elif q <= last:
            self.repeated += 1
            return Place.OLD
        self._last[symbol] = q
        if last is not None and q != last + 1 and self.exact:
            self.lost += q - last - 1
            return Place.HOLE
        return Place.NEXT

    def snapshot(self, symbol: str, q: int) -> Place:
        """Take a tick of a snapshot; the newest one that is held is no news. Raises as `tick` does."""
        last = self._last.get(symbol)
        self._unnamed.discard(symbol)
        if last is None:
            self._check_room()
            self._last[symbol] = q
            return Place.NEXT
        if q < last and not self._may_go_back:
            self.repeated += 1
            return Place.OLD
        if q == last:
            return Place.OLD
        self._last[symbol] = q
        # The snapshot brings q itself; the ticks between never came.
        missing = max(0, q - last - 1) if self.exact else 0
        if self._may_jump:
            self.told += missing
            return Place.NEXT
        self.lost += missing
        return Place.HOLE if missing else Place.NEXT

    def _check_room(self) -> None:
        if len(self._last) >= MAX_SYMBOLS:
            raise ValueError(f"more than {MAX_SYMBOLS} symbols")

    def allow_jump(self, may_go_back: bool) -> None:
        """Expect a snapshot after missing ticks; the feed itself may have gone back."""
        self._may_jump, self._may_go_back = True, may_go_back

    def expect_all(self) -> None:
        """Expect a snapshot of everything: what it does not name has left."""
        self._unnamed = set(self._last)

    def leave_epoch(self) -> None:
        """Expect other sequence numbers: the feed has started over."""
        self._last.clear()

    def finish(self) -> tuple[str, ...]:
        """The snapshot is complete. Return the symbols that it should have named, which are forgotten."""
        self._may_jump = self._may_go_back = False
        gone, self._unnamed = tuple(sorted(self._unnamed)), set()
        self.forget(gone)
        return gone

    def forget(self, symbols: Iterable[str]) -> None:
        """Forget symbols: if they return, any sequence number will do."""
        for symbol in symbols:
            self._last.pop(symbol, None)
            self._unnamed.discard(symbol)

    def symbols(self) -> list[str]:
        """Return all symbols that are held."""
        return [*self._last]
