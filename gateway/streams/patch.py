"""A change of what a stream wants, as its client asks for it. Pure."""

import json
from typing import NamedTuple

from tickcast.gateway.fanout.group import GroupKey
from tickcast.gateway.protocol.selection import (
    BarSelection,
    Selection,
    SelectionError,
    parse_entries,
    simplified,
)
from tickcast.wire.bar import INTERVALS

MAX_BODY = 64 * 1024
"""Bytes of a change, at most."""

MEMBERS = ("add", "drop", "bars", "bars_of")


class ChangeError(ValueError):
    """What was asked for is no change, or one that is not allowed; the message says why."""


class Change(NamedTuple):
    """What is to be different; entries are dropped first, then added."""

    add: Selection
    drop: Selection
    bars: tuple[str, ...] | None = None
    """Intervals of bars instead of those that were; None: as before."""
    replaces_bars_of: bool = False
    bars_of: Selection | None = None
    """Whose bars instead of those that were; None: those of the stream's own symbols."""


def parse_change(body: bytes, most: int) -> Change:
    """Return what a body asks for. Raises ChangeError, also for an array of more than `most` entries.

    A body full of entries would take 40 ms to read, on two gateways, for a list that is refused anyway.
    """
    try:
        # No number is allowed anywhere. Python would refuse a very long one with advice on its settings.
        document = json.loads(body, parse_int=float)
    except RecursionError:
        raise ChangeError("the body is no JSON: nested too deeply") from None
    except ValueError as error:
        raise ChangeError(f"the body is no JSON: {str(error)[:100]}") from None
    if not isinstance(document, dict):
        raise ChangeError('the body is a JSON object, such as {"add":["TSLA"],"drop":["AAPL"]}')
    for name in document:
        if name not in MEMBERS:
            raise ChangeError(f"unknown member {name[:40]!r}; allowed are {', '.join(MEMBERS)}")
    bars, bars_of = document.get("bars"), document.get("bars_of")
    return Change(
        _selection("add", document.get("add", []), most),
        _selection("drop", document.get("drop", []), most),
        None if "bars" not in document else _intervals(bars),
        "bars_of" in document,
        None if bars_of is None else simplified(_selection("bars_of", bars_of, most)),
    )


def _intervals(names: object) -> tuple[str, ...]:
    if not isinstance(names, list) or not all(name in [*INTERVALS] for name in names):
        raise ChangeError(f"bars: it is an array of {', '.join(INTERVALS)}, or an empty one for none")
    return tuple(name for name in INTERVALS if name in names)


def _selection(name: str, entries: object, most: int) -> Selection:
    if not isinstance(entries, list) or not all(isinstance(entry, str) for entry in entries):
        raise ChangeError(f"{name}: it is an array of symbols, each a string")
    if len(entries) > most:
        raise ChangeError(f"{name}: {len(entries)} symbols; at most {most} are allowed, or * for all")
    try:
        return parse_entries(entries)
    except SelectionError as error:
        raise ChangeError(f"{name}: {error}") from None


def changed_key(key: GroupKey, change: Change, most: int) -> GroupKey:
    """Return what a stream of `key` wants after a change. Raises ChangeError for more than `most` entries."""
    selection, bars = key.selection.changed(change.add, change.drop), key.bars
    if change.bars is not None:
        bars = bars._replace(intervals=change.bars)
    if change.replaces_bars_of:
        bars = bars._replace(of=change.bars_of)
    for entries in (selection, bars.of):
        if entries is not None and (count := len(entries.entries)) > most:
            raise ChangeError(f"it would be {count} symbols; at most {most} are allowed, or * for all")
    # Those without bars have the same key, whatever they said before.
    return key._replace(selection=selection, bars=bars if bars.intervals else BarSelection())
