"""A cursor: how far a client has read in each partition; the `id:` of an event (docs/protocol.md, Cursors).

    PREFIX          the client has read a whole batch, and all before it, in every partition
    PREFIX.PLACE    in one partition it has read only the first PLACE ticks of the newest batch

PREFIX is base64url of: version, epoch, the partition of PLACE, then the position in each partition.
Numbers are varints (LEB128); the ms of a position is the difference to the partition before.
PREFIX is the same for every tick of a batch, so a gateway makes it once and appends the place.
"""

import base64
import hashlib
import re
from functools import lru_cache
from typing import NamedTuple

from tickcast.wire.bounds import MAX_PARTITIONS
from tickcast.wire.position import MAX_MS, MAX_SEQ, Position

MAX_CURSOR_LENGTH = 4096
"""Bytes in a cursor, at most. A cursor of 16 partitions has at most 256."""

_VERSION = 1
_EPOCH_BYTES = 6
_CURSOR = re.compile(r"([A-Za-z0-9_-]{4,4000})(?:\.([0-9]{1,5}))?")


class CursorError(ValueError):
    """The text is not a cursor."""


class Cursor(NamedTuple):
    """A place in the feed. Every gateway gives the same place the same cursor."""

    epoch: str
    """`feed_epoch` of all partitions: 12 hexadecimal digits."""
    positions: tuple[Position, ...]
    """Position of the newest batch read, by partition."""
    partition: int = 0
    """The partition whose newest batch `place` counts ticks of."""
    place: int | None = None
    """Number of ticks read of that batch; None: all of it."""


def feed_epoch(epochs: list[str]) -> str:
    """Return the epoch of the feed, 12 hexadecimal digits. It changes with the epoch of any partition."""
    return hashlib.blake2s(" ".join(epochs).encode(), digest_size=_EPOCH_BYTES).hexdigest()


@lru_cache(maxsize=64)
def epoch_of(text: str) -> str:
    """Return the epoch of a cursor, 12 hexadecimal digits. Raises CursorError."""
    return decode_cursor(text).epoch


@lru_cache(maxsize=64)  # a gap in the feed reaches thousands of clients with the same two cursors
def common(one: str, other: str) -> str:
    """Return the newest cursor that is ahead of neither `one` nor `other`; `one` if their epochs differ.

    Both are cursors as text, `other` without a place. Raises CursorError.
    """
    ours, theirs = decode_cursor(one), decode_cursor(other)
    if ours.epoch != theirs.epoch or len(ours.positions) != len(theirs.positions):
        return one
    lower = tuple(map(min, ours.positions, theirs.positions))
    # A place counts ticks of one batch: it means nothing once the cursor is before that batch.
    place = ours.place if lower[ours.partition] == ours.positions[ours.partition] else None
    return encode_cursor(Cursor(ours.epoch, lower, ours.partition, place))


def encode_prefix(epoch: str, positions: tuple[Position, ...], partition: int = 0) -> str:
    """Return the cursor of whole batches at `positions`; `.PLACE` may be appended to it."""
    out = bytearray((_VERSION,))
    out += bytes.fromhex(epoch)
    _append_varint(out, partition)
    before = 0
    for ms, seq in positions:
        # Zigzag: a partition may be behind the one before it.
        step = ms - before
        _append_varint(out, step << 1 if step >= 0 else (-step << 1) - 1)
        _append_varint(out, seq)
        before = ms
    return base64.urlsafe_b64encode(out).rstrip(b"=").decode("ascii")


def encode_cursor(cursor: Cursor) -> str:
    """Return the cursor's text."""
    prefix = encode_prefix(cursor.epoch, cursor.positions, cursor.partition)
    return prefix if cursor.place is None else f"{prefix}.{cursor.place}"


def decode_cursor(text: str) -> Cursor:
    """Return the cursor in `text`. Raises CursorError."""
    match = _CURSOR.fullmatch(text) if len(text) <= MAX_CURSOR_LENGTH else None
    if match is None:
        raise CursorError("not a cursor: it is an id that a stream has sent")
    try:
        data = base64.b64decode(match[1] + "=" * (-len(match[1]) % 4), altchars=b"-_", validate=True)
    except ValueError as error:
        raise CursorError(f"not a cursor: {error}") from None
    if data[0] != _VERSION or len(data) < 1 + _EPOCH_BYTES:
        raise CursorError("not a cursor of this version")
    epoch, rest = data[1 : 1 + _EPOCH_BYTES].hex(), _read_varints(data[1 + _EPOCH_BYTES :])
    partition, numbers = (rest[0], rest[1:]) if rest else (0, [])
    positions = _positions(numbers)
    if partition >= len(positions):
        raise CursorError("not a cursor: its partition is out of range")
    return Cursor(epoch, positions, partition, None if match[2] is None else int(match[2]))


def _positions(numbers: list[int]) -> tuple[Position, ...]:
    if not numbers or len(numbers) % 2 or len(numbers) > 2 * MAX_PARTITIONS:
        raise CursorError("not a cursor: its partitions are torn")
    positions, before = [], 0
    for zigzag, seq in zip(numbers[::2], numbers[1::2], strict=True):
        before += -((zigzag + 1) >> 1) if zigzag & 1 else zigzag >> 1
        if not 0 <= before <= MAX_MS or seq > MAX_SEQ:
            raise CursorError("not a cursor: a position is out of range")
        positions.append(Position(before, seq))
    return tuple(positions)


def _append_varint(out: bytearray, number: int) -> None:
    while number > 0x7F:
        out.append(number & 0x7F | 0x80)
        number >>= 7
    out.append(number)


def _read_varints(data: bytes) -> list[int]:
    numbers, number, shift = [], 0, 0
    for byte in data:
        number |= (byte & 0x7F) << shift
        shift += 7
        if byte < 0x80:
            numbers.append(number)
            number = shift = 0
        elif shift > 63:
            raise CursorError("not a cursor: a number is too long")
    if shift:
        raise CursorError("not a cursor: it ends in the middle of a number")
    return numbers
