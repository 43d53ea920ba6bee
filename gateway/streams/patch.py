"""A PATCH of an open stream: parsed, checked, and announced to its client in the stream."""

from typing import NamedTuple, TypeVar

import orjson

from tickcast.gateway.fanout.group import Group
from tickcast.gateway.fanout.hub import Hub
from tickcast.gateway.protocol import events
from tickcast.gateway.protocol.request import GroupKey
from tickcast.gateway.protocol.rights import cut, denial
from tickcast.gateway.protocol.selection import (
    BarSelection,
    Selection,
    SelectionError,
    bounded,
    parse_entries,
    simplified,
)
from tickcast.wire.bar import INTERVALS
from tickcast.wire.symbol import Case

MAX_BODY = 64 * 1024
"""Bytes of a patch's body, at most."""

MEMBERS = ("add", "drop", "bars", "bars_of")
"""Members of the JSON object that is a patch."""

T = TypeVar("T")


class PatchError(ValueError):
    """The body is no valid patch, or its result is not allowed; the message says why."""


class PatchDeniedError(PatchError):
    """The client may not do this; the message says what."""


class Patch(NamedTuple):
    """A change of a stream's symbols and bars; entries are dropped first, then added."""

    add: Selection
    drop: Selection
    bars: tuple[str, ...] | None = None
    """New intervals of bars; None: unchanged."""
    replaces_bars_of: bool = False
    """Whether `bars_of` replaces the old value."""
    bars_of: Selection | None = None
    """Symbols whose bars are wanted; None: the stream's own symbols."""


def parse_patch(body: bytes, most: int, case: Case = "upper") -> Patch:
    """Return the patch in a request's body, its symbols in the `case` of the feed.

    Raises PatchError, also for an array of more than `most` entries.

    The bound is checked before the entries: to parse a body full of them takes 40 ms, on two gateways.
    """
    try:
        document = orjson.loads(body)
    except ValueError as error:
        why = "nested too deeply" if "depth limit" in str(error) else str(error)[:100]
        raise PatchError(f"the body is no JSON: {why}") from None
    if not isinstance(document, dict):
        raise PatchError('the body is a JSON object, such as {"add":["TSLA"],"drop":["AAPL"]}')
    for name in document:
        if name not in MEMBERS:
            raise PatchError(f"unknown member {name[:40]!r}; allowed are {', '.join(MEMBERS)}")
    bars, bars_of = document.get("bars"), document.get("bars_of")
    return Patch(
        _selection("add", document.get("add", []), most, case),
        _selection("drop", document.get("drop", []), most, case),
        None if "bars" not in document else _intervals(bars),
        "bars_of" in document,
        None if bars_of is None else simplified(_selection("bars_of", bars_of, most, case)),
    )


def check_rights(patch: Patch, allowed: Selection) -> None:
    """Be sure that a patch adds only what is allowed. Raises PatchDeniedError."""
    for selection in (patch.add, patch.bars_of):
        if selection is not None and (denied := denial(selection, allowed)):
            raise PatchDeniedError(denied)


def _intervals(names: object) -> tuple[str, ...]:
    if not isinstance(names, list) or not all(name in [*INTERVALS] for name in names):
        raise PatchError(f"bars: it is an array of {', '.join(INTERVALS)}, or an empty one for none")
    return tuple(name for name in INTERVALS if name in names)


def _selection(name: str, entries: object, most: int, case: Case) -> Selection:
    if not isinstance(entries, list) or not all(isinstance(entry, str) for entry in entries):
        raise PatchError(f"{name}: it is an array of symbols, each a string")
    if len(entries) > most:
        raise PatchError(f"{name}: {len(entries)} symbols; at most {most} are allowed, or * for all")
    try:
        return parse_entries(entries, case)
    except SelectionError as error:
        raise PatchError(f"{name}: {error}") from None


def changed_key(key: GroupKey, patch: Patch, most: int) -> GroupKey:
    """Return the key of a stream of `key` after a patch.

    Raises PatchError for more than `most` entries, PatchDeniedError for symbols that it may not have.
    """
    check_rights(patch, key.allowed)
    selection, bars = key.selection.changed(patch.add, patch.drop), key.bars
    if patch.bars is not None:
        bars = bars._replace(intervals=patch.bars)
    if patch.replaces_bars_of:
        bars = bars._replace(of=patch.bars_of)
    for entries in (selection, bars.of or selection):
        if (count := len(entries.entries)) > most:
            raise PatchError(f"it would be {count} symbols; at most {most} are allowed, or * for all")
        try:
            bounded(entries)
        except SelectionError as error:
            raise PatchError(f"it would be {error}") from None
    # Streams without bars have the same key, whatever `bars_of` they had before.
    return key._replace(selection=selection, bars=bars if bars.intervals else BarSelection())


def renewed_key(key: GroupKey, allowed: Selection, interval: int) -> GroupKey:
    """Return the key of a stream of `key` by a new token, which allows these symbols at this least interval.

    Raises PatchDeniedError if it allows less than the stream has: its client would not know what is missing.
    """
    had = key.normal()
    for selection in (had.selection, had.bars.of):
        if selection is not None and cut(selection, allowed).normal() != selection:
            raise PatchDeniedError("the new token allows less than the stream has; open a new one")
    if interval > key.interval:
        raise PatchDeniedError(f"the new token allows an interval from {interval} ms on; open a new stream")
    return key._replace(allowed=allowed)


def announcement(asked: GroupKey, old: Group, asks: GroupKey, new: Group, hub: Hub) -> list[bytes]:
    """Return the `symbols` event, and the newest values of added symbols and bars.

    The client `asked` in the old group, and `asks` in the new one, which may be the same.
    """
    if asks == asked:
        return []
    had, has = asked.selection.entries, asks.selection.entries
    added, dropped = _without(has, had), _without(had, has)
    announced = [events.symbols(hub.count_symbols(new), added, dropped)]
    bars = hub.bars.since(-1, _without(new.bars, old.bars))
    # By a new token the same list may have more.
    if added or asks.allowed != asked.allowed:
        symbols = _without(new.symbols, old.symbols)
        states = hub.notices.states_of(symbols)
        return announced + events.snapshot_events(hub.last.since(-1, symbols), hub.ring.cursor, bars, states)
    return announced + events.bar_events(bars)


def _without(some: list[T], others: list[T]) -> list[T]:
    left_out = set(others)
    return [each for each in some if each not in left_out]
