"""Which rows of a long table are shown. Pure."""

from tickcast.cli.tail.keys import Key


class Scroll:
    """The part of the table that is shown."""

    def __init__(self) -> None:
        self.top = 0
        """Rows above the part that is shown."""
        self._total = self._rows = 0

    def fit(self, total: int, rows: int) -> slice:
        """Return which of `total` rows to show where there is room for `rows`."""
        self._total, self._rows = total, rows
        self.top = max(0, min(self.top, total - rows))
        return slice(self.top, self.top + rows)

    def press(self, key: Key) -> None:
        """Move as a key says."""
        page = max(1, self._rows - 1)
        steps = {
            Key.UP: -1,
            Key.DOWN: 1,
            Key.PAGE_UP: -page,
            Key.PAGE_DOWN: page,
            Key.HOME: -self._total,
            Key.END: self._total,
        }
        self.top += steps.get(key, 0)
        self.fit(self._total, self._rows)
