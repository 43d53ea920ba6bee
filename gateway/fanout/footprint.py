"""What a group takes of memory: estimated from how much it names and matches. Pure.

The figures are those of CPython 3.11; tests/gateway/fanout/test_footprint.py compares them with what is
allocated.
"""

from tickcast.gateway.fanout.group import EVERY_BAR, MAX_WAITING, Group
from tickcast.gateway.protocol.request import GroupKey

GROUP = 1300
"""Bytes of a group that names nothing, and of its key."""

NAME = 48
"""Bytes of a name in a key."""

PREFIX = 300
"""Bytes of a prefix, in a key and in the index."""

SYMBOL = 16
"""Bytes of a symbol of a group."""

KEY = 250
"""Bytes of a key that is not its group's, without its lists."""

BAR = 64
"""Bytes of a bar key of a group."""

INDEXED = 40
"""Bytes of a symbol or bar key of which the group gets every event: its place in the index."""

WAITING = 64
"""Bytes of a bar that waits for a turn: its place in a list, and a part of its text, which groups share."""

AWAITED = 240
"""Bytes of one that the feed has not had: it has an index entry of its own."""


def named_bytes(key: GroupKey, awaited: int) -> int:
    """Return the bytes of a group of `key` before any prefix matches; the feed has not had `awaited` keys."""
    names, prefixes = key.selection
    of = key.bars_of
    bars = len(of.names) * len(key.bars.intervals)
    size = GROUP + NAME * len(names) + PREFIX * (len(prefixes) + len(key.bar_prefixes))
    if key.bars.of is not None:
        size += NAME * len(of.names)
    size += SYMBOL * len(names) + (BAR + INDEXED) * bars
    if not key.interval:
        size += INDEXED * len(names)
    if key.interval > EVERY_BAR and key.bars.intervals:
        # At shorter intervals few wait, and not for long.
        a_second = bars if not of.prefixes else MAX_WAITING
        size += WAITING * min(MAX_WAITING, a_second * key.interval // 1000)
    return size + AWAITED * awaited


def own_bytes(asked: GroupKey, key: GroupKey) -> int:
    """Return the bytes of what a stream asked for, without the lists that are those of its group's `key`."""
    if asked is key:
        return 0
    own = (each for each in (asked.selection, asked.bars.of) if each is not None)
    return KEY + sum(
        NAME * len(each.names) + PREFIX * len(each.prefixes)
        for each in own
        if each is not key.selection and each is not key.bars.of
    )


def group_bytes(group: Group, awaited: int) -> int:
    """Return the bytes of a group, of whose keys the feed has not had `awaited`."""
    names = len(group.key.selection.names)
    bars = len(group.key.bars_of.names) * len(group.key.bars.intervals)
    matched = (SYMBOL + (0 if group.conflates else INDEXED)) * (len(group.symbols) - names)
    matched += (BAR + INDEXED) * (len(group.bars) - bars)
    return named_bytes(group.key, awaited) + matched
