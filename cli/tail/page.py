"""What `tail` draws: the state of the stream, as many rows as fit, and a line that says which these are."""

from collections.abc import Sequence
from typing import NamedTuple

from rich.cells import cell_len
from rich.text import Text

from tickcast.cli.tail.quotes import Quote
from tickcast.cli.tail.scroll import Scroll

_TITLES = ("symbol", "last", "", "change", "bid", "ask", "time")
_ARROWS = {1: ("▲", "green"), 0: (" ", ""), -1: ("▼", "red")}
_GAP = "  "
_KEYS = "↑ ↓ PgUp PgDn Home End scroll, q ends"


class Size(NamedTuple):
    """The size of a terminal in cells."""

    width: int
    height: int


class Page:
    """Draws pages that fit. Columns only grow, so that a table that scrolls stands still otherwise."""

    def __init__(self) -> None:
        self.scroll = Scroll()
        self._widths = [cell_len(title) for title in _TITLES]

    def lines(
        self, words: str, notice: str, quotes: Sequence[Quote], size: Size, *, has_keys: bool = False
    ) -> list[Text]:
        """Return at most as many lines as `size` has rows, none wider than it has columns."""
        head = [Text(words, style="dim")] + ([Text(notice, style="yellow")] if notice else [])
        # The titles and the last line take one each.
        rows = max(1, size.height - len(head) - 2)
        shown = self.scroll.fit(len(quotes), rows)
        cells = [_cells(quote) for quote in quotes[shown]]
        self._grow(cells)
        count = self._fitting(size.width)
        table = [self._line([Text(title, style="bold") for title in _TITLES], count)]
        table += [self._line(row, count) for row in cells]
        foot = Text(_foot(shown.start, len(cells), len(quotes), has_keys), style="dim")
        lines = [*head, *table, foot][: size.height]
        for line in lines:
            line.truncate(size.width, overflow="ellipsis")
        return lines

    def _grow(self, cells: list[list[Text]]) -> None:
        for row in cells:
            self._widths = [
                max(pair) for pair in zip(self._widths, (cell.cell_len for cell in row), strict=True)
            ]

    def _fitting(self, width: int) -> int:
        """Return how many columns fit, two at least: half a price would be a wrong one."""
        count = len(_TITLES)
        while count > 2 and sum(self._widths[:count]) + len(_GAP) * (count - 1) > width:
            count -= 1
        return count

    def _line(self, cells: list[Text], count: int) -> Text:
        line = Text()
        for place, cell in enumerate(cells[:count]):
            room = " " * (self._widths[place] - cell.cell_len)
            if place:
                line.append(_GAP + room).append_text(cell)
            else:
                line.append_text(cell).append(room)
        return line


def _cells(quote: Quote) -> list[Text]:
    arrow, colour = _ARROWS[quote.direction]
    change = quote.change
    shown = "" if change is None else f"{change:+.2f} %"
    tone = "" if not change else "green" if change > 0 else "red"
    return [
        Text(quote.symbol, style="bold"),
        Text(quote.last or "–", style=colour),
        Text(arrow, style=colour),
        Text(shown, style=tone),
        Text(quote.bid),
        Text(quote.ask),
        Text(quote.clock, style="dim"),
    ]


def _foot(top: int, shown: int, total: int, has_keys: bool) -> str:
    if shown < total:
        which = f"rows {top + 1:,} to {top + shown:,} of {total:,}"
        return f"{which} · {_KEYS}" if has_keys else which
    which = f"{total:,} symbol{'' if total == 1 else 's'}"
    return f"{which} · q ends" if has_keys else which
