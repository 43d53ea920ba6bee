"""A selection: the symbols or bars that a stream asks for, by name and by prefix."""

from collections.abc import Iterable
from typing import NamedTuple

from tickcast.wire.symbol import SymbolError, parse_symbol

MAX_LISTED = 10
"""Offenders that an error names."""


class SelectionError(ValueError):
    """The list of symbols is no selection; the message lists the offenders."""


class Selection(NamedTuple):
    """Symbols by name and by prefix, each sorted, so that equal selections are equal."""

    names: tuple[bytes, ...]
    prefixes: tuple[bytes, ...]

    def among(self, known: Iterable[bytes]) -> list[bytes]:
        """Return its names, known or not, and what its prefixes match of the known symbols."""
        if not self.prefixes:
            return list(self.names)
        matched = [symbol for symbol in known if symbol.startswith(self.prefixes)]
        return matched + [name for name in self.names if not name.startswith(self.prefixes)]

    def changed(self, add: "Selection", drop: "Selection") -> "Selection":
        """Return it without the entries of `drop`, then with those of `add`."""
        names = {*self.names}.difference(drop.names).union(add.names)
        prefixes = {*self.prefixes}.difference(drop.prefixes).union(add.prefixes)
        return simplified(Selection(tuple(sorted(names)), tuple(sorted(prefixes))))

    @property
    def entries(self) -> list[str]:
        """Return it as it is written: names, then prefixes."""
        return [name.decode("ascii") for name in self.names] + [
            f"{prefix.decode('ascii')}*" for prefix in self.prefixes
        ]


EVERYTHING = Selection((), (b"",))


class BarSelection(NamedTuple):
    """The bars that a stream asks for."""

    intervals: tuple[str, ...] = ()
    """Names of `wire.bar.INTERVALS`, in that order."""
    of: Selection | None = None
    """Whose bars; None: those of the stream's own symbols."""


def parse_selection(text: str, max_entries: int) -> Selection:
    """Return the selection of a comma list: names, or a prefix and `*`; none means all.

    Raises SelectionError, also for more than `max_entries` entries.
    """
    entries = [entry for entry in (part.strip(" ") for part in text.split(",")) if entry]
    if len(entries) > max_entries:
        raise SelectionError(f"{len(entries)} symbols; at most {max_entries} are allowed, or * for all")
    return simplified(parse_entries(entries)) if entries else EVERYTHING


def simplified(selection: Selection) -> Selection:
    """Return the one selection that stands for all that have everything."""
    return EVERYTHING if b"" in selection.prefixes else selection


def parse_entries(entries: Iterable[str]) -> Selection:
    """Return the selection of exactly these names and prefixes. Raises SelectionError."""
    names, prefixes, offenders = set(), set(), []
    for entry in entries:
        try:
            if entry == "*":
                prefixes.add(b"")
            elif entry.endswith("*"):
                prefixes.add(parse_symbol(entry[:-1]).encode("ascii"))
            else:
                names.add(parse_symbol(entry).encode("ascii"))
        except SymbolError:
            offenders.append(entry[:40])
    if offenders:
        listed = ", ".join(map(repr, offenders[:MAX_LISTED]))
        more = f" and {len(offenders) - MAX_LISTED} more" if len(offenders) > MAX_LISTED else ""
        raise SelectionError(
            f"not symbols: {listed}{more}; a symbol is 1 to 32 of A-Z 0-9 . _ / : - and may end in *"
        )
    return Selection(tuple(sorted(names)), tuple(sorted(prefixes)))
