"""Ticks as JSON bytes: split and identified without decoding, so that they stay byte for byte."""

import re

_HEAD = re.compile(rb'\{"S":"([^"]{1,64})","q":([0-9]{1,16}),')


class TicksError(ValueError):
    """The bytes are no ticks of the protocol."""


def symbol_and_q(tick: bytes) -> tuple[bytes, int]:
    """Return symbol and `q` of a tick's JSON; the two always come first.

    Raises TicksError.
    """
    match = _HEAD.match(tick)
    if match is None:
        raise TicksError(f'{tick[:60]!r} does not begin like a tick, {{"S":"…","q":…,')
    return match[1], int(match[2])


def split_snapshot(data: bytes) -> list[bytes]:
    """Return the ticks of a snapshot's array, byte for byte.

    A tick is a flat object and no symbol holds a comma, so `},{` always parts two ticks.
    Raises TicksError.
    """
    if data == b"[]":
        return []
    if not (data.startswith(b"[{") and data.endswith(b"}]")):
        raise TicksError(f"{data[:60]!r} is not an array of ticks")
    return [b"{" + tick + b"}" for tick in data[2:-2].split(b"},{")]
