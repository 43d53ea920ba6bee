"""A change of what a stream wants, as its client asks for it. Pure."""

import json
from typing import NamedTuple

from gateway.group import GroupKey
from gateway.selection import Selection, SelectionError, parse_entries

MAX_BODY = 64 * 1024
"""Bytes of a change, at most."""

MEMBERS = ("add", "drop")


class ChangeError(ValueError):
    """What was asked for is no change, or one that is not allowed; the message says why."""


class Change(NamedTuple):
    """Entries to take out of a stream's list, and to put in afterwards."""

    add: Selection
    drop: Selection


def parse_change(body: bytes) -> Change:
    """Return what a body asks for. Raises ChangeError."""
    try:
        document = json.loads(body)
    except (ValueError, RecursionError) as error:
        raise ChangeError(f"the body is no JSON: {str(error)[:100]}") from None
    if not isinstance(document, dict):
        raise ChangeError('the body is a JSON object, such as {"add":["TSLA"],"drop":["AAPL"]}')
    for name in document:
        if name not in MEMBERS:
            raise ChangeError(f"unknown member {name[:40]!r}; allowed are {', '.join(MEMBERS)}")
    return Change(*(_selection(name, document.get(name, [])) for name in MEMBERS))


def _selection(name: str, entries: object) -> Selection:
    if not isinstance(entries, list) or not all(isinstance(entry, str) for entry in entries):
        raise ChangeError(f"{name}: it is an array of symbols, each a string")
    try:
        return parse_entries(entries)
    except SelectionError as error:
        raise ChangeError(f"{name}: {error}") from None


def changed_key(key: GroupKey, change: Change, most: int) -> GroupKey:
    """Return what a stream of `key` wants after a change. Raises ChangeError for more than `most` entries."""
    selection = key.selection.changed(change.add, change.drop)
    if (count := len(selection.names) + len(selection.prefixes)) > most:
        raise ChangeError(f"the stream would have {count} symbols; at most {most} are allowed, or * for all")
    return key._replace(selection=selection)
