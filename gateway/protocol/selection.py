"""A selection: the symbols or bars that a stream wants, by name and by prefix. Pure."""

from bisect import bisect_left
from collections.abc import Iterable, Sequence
from typing import NamedTuple, Protocol

from tickcast.wire.symbol import ALLOWED, Case, SymbolError, fold, parse_prefix, parse_symbol

MAX_LISTED = 10
"""Symbols, or entries that are none, that an error lists, at most."""

MAX_PREFIXES = 32
"""Prefixes in a selection, at most: each is looked up for every new symbol, and kept by itself."""


class Names(Protocol):
    """All names that there are."""

    def matching(self, prefixes: tuple[bytes, ...]) -> list[bytes]:
        """Return those that begin with any of `prefixes`, which are sorted; each once."""


class SelectionError(ValueError):
    """The list is no valid selection; the message lists the invalid entries."""


class Selection(NamedTuple):
    """Symbols by name and by prefix, each sorted, so that equal selections are equal."""

    names: tuple[bytes, ...]
    prefixes: tuple[bytes, ...]

    def among(self, known: Names) -> list[bytes]:
        """Return the symbols among `known` that its prefixes match, and its names."""
        if not self.prefixes:
            return list(self.names)
        named = [name for name in self.names if not name.startswith(self.prefixes)]
        return known.matching(self.prefixes) + named

    def has(self, symbol: bytes) -> bool:
        """Tell whether it has a symbol."""
        return symbol.startswith(self.prefixes) or self.names_it(symbol)

    def names_it(self, symbol: bytes) -> bool:
        """Tell whether it has a symbol by name."""
        at = bisect_left(self.names, symbol)
        return at < len(self.names) and self.names[at] == symbol

    def matches(self, symbol: bytes) -> bool:
        """Tell whether it has a symbol by a prefix alone."""
        return symbol.startswith(self.prefixes) and not self.names_it(symbol)

    def normal(self) -> "Selection":
        """Return the shortest selection of the same symbols: without what one of its prefixes covers."""
        prefixes: list[bytes] = []
        for prefix in self.prefixes:
            if not (prefixes and prefix.startswith(prefixes[-1])):
                prefixes.append(prefix)
        covering = tuple(prefixes)
        names = (
            tuple(name for name in self.names if not name.startswith(covering)) if covering else self.names
        )
        same = len(names) == len(self.names) and len(covering) == len(self.prefixes)
        return self if same else Selection(names, covering)

    def changed(self, add: "Selection", drop: "Selection") -> "Selection":
        """Return a selection without the entries of `drop`, then with the entries of `add`."""
        names = {*self.names}.difference(drop.names).union(add.names)
        prefixes = {*self.prefixes}.difference(drop.prefixes).union(add.prefixes)
        return simplified(Selection(tuple(sorted(names)), tuple(sorted(prefixes))))

    @property
    def entries(self) -> list[str]:
        """Return its entries as text: names, then prefixes with `*`."""
        return [name.decode("ascii") for name in self.names] + [
            f"{prefix.decode('ascii')}*" for prefix in self.prefixes
        ]


EVERYTHING = Selection((), (b"",))
"""Every symbol."""


class BarSelection(NamedTuple):
    """The bars that a stream wants."""

    intervals: tuple[str, ...] = ()
    """Names of `wire.bar.INTERVALS`, in that order."""
    of: Selection | None = None
    """The symbols whose bars are wanted; None: the stream's own symbols."""


def parse_selection(text: str, max_entries: int, case: Case = "upper") -> Selection:
    """Return the selection of a comma list: names, and prefixes followed by `*`; an empty list means all.

    Names and prefixes are in the `case` of the feed.

    Raises SelectionError, also for more than `max_entries` entries, or MAX_PREFIXES prefixes.
    """
    entries = [entry for entry in (part.strip(" ") for part in text.split(",")) if entry]
    return parse_array(entries, max_entries, case) if entries else EVERYTHING


def parse_array(entries: Sequence[str], max_entries: int, case: Case = "upper") -> Selection:
    """Return the selection of an array of names and prefixes, which may be none. Raises SelectionError."""
    if len(entries) > max_entries:
        raise SelectionError(f"{len(entries)} symbols; at most {max_entries} are allowed, or * for all")
    # Counted first: to look at a thousand of them takes longer than all else of a refusal.
    prefixes = {fold(entry, case) for entry in entries if entry.endswith("*")}
    if "*" not in prefixes:
        _check_count(len(prefixes))
    return bounded(simplified(parse_entries(entries, case)))


def bounded(selection: Selection) -> Selection:
    """Return a selection that has no more than MAX_PREFIXES prefixes. Raises SelectionError."""
    _check_count(len(selection.prefixes))
    return selection


def _check_count(prefixes: int) -> None:
    if prefixes > MAX_PREFIXES:
        raise SelectionError(f"{prefixes} prefixes; at most {MAX_PREFIXES} are allowed, or * for all")


def simplified(selection: Selection) -> Selection:
    """Return EVERYTHING if `selection` has every symbol, else `selection`; so equal selections are equal."""
    return EVERYTHING if b"" in selection.prefixes else selection


def parse_entries(entries: Iterable[str], case: Case = "upper") -> Selection:
    """Return the selection of exactly these names and prefixes, in this case. Raises SelectionError."""
    names, prefixes, offenders = set(), set(), []
    for entry in entries:
        try:
            if entry == "*":
                prefixes.add(b"")
            elif entry.endswith("*"):
                prefixes.add(parse_prefix(entry[:-1], case).encode("ascii"))
            else:
                names.add(parse_symbol(entry, case).encode("ascii"))
        except SymbolError:
            offenders.append(entry[:40])
    if offenders:
        raise SelectionError(
            f"not symbols: {listed([*map(repr, offenders)])}; a symbol is {ALLOWED}, and may end in *"
        )
    return Selection(tuple(sorted(names)), tuple(sorted(prefixes)))


def listed(symbols: Sequence[str]) -> str:
    """Return symbols as a text of bounded length: the first of them, and how many more there are."""
    more = f" and {len(symbols) - MAX_LISTED} more" if len(symbols) > MAX_LISTED else ""
    return ", ".join(symbols[:MAX_LISTED]) + more
