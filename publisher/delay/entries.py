"""What the delayer keeps in the inbox of the delayed feed until it is due: entries of `wire/inbox.py`. Pure.

They have more fields:

    at    when Redis took the newest batch of the entry, µs since 1970: the delay counts from then on
    z, y  the lines of `d`, and of `i`, compressed by zlib
    src   `sim` or `rec`, where the ticks carry it
    gap   why ticks before this entry are missing; until `end` the newest values of all symbols follow
    end   the last entry after a gap: a symbol without a value since then has left
    alive the feed was alive
"""

import re
import zlib
from collections.abc import Iterable, Mapping, Sequence

from tickcast.wire.batch import Batch
from tickcast.wire.bounds import MAX_ENTRY_BYTES, MAX_ENTRY_LINES
from tickcast.wire.instrument import InstrumentError, decode_instrument, encode_instrument
from tickcast.wire.notice import Retired, state_in

Fields = dict[bytes, bytes]

BY = b"delayer"
"""The producer's id of all entries."""

ROOM = MAX_ENTRY_BYTES - 8192
"""Bytes of the lines in an entry, about: one line more is still within the bound."""

PACKED = {b"d": b"z", b"i": b"y"}
"""Fields whose lines are compressed, and the fields in which they stand then."""

_Q = re.compile(rb'"q":[0-9]{1,16},')
_SRC = re.compile(rb',"src":"(sim|rec)"\}\Z')


class Builder:
    """Joins batches into as few entries as hold them, in order."""

    def __init__(self) -> None:
        self._entries: list[Fields] = []
        self._lines: dict[bytes, list[bytes]] = {}
        self._size = self._count = 0
        self._src = b""
        self._at = 0

    def add(self, batch: Batch) -> None:
        """Add the ticks and notices of a batch; the delayed feed forms bars itself."""
        for _, json in batch.ticks:
            if b"h" in self._lines or b"r" in self._lines:
                self._flush()
            self.tick(json, batch.sent)
        for line in batch.notices:
            if isinstance(line.notice, Retired):
                self._put(b"r", line.symbol, batch.sent)
            else:
                self.state(line.json, batch.sent)
        self._at = max(self._at, batch.sent)

    def tick(self, json: bytes, at: int) -> None:
        """Add a tick as the feed has it."""
        found = _SRC.search(json)
        src = found[1] if found else b""
        if self._src != src:
            self._flush()
            self._src = src
        bare = _Q.sub(b"", json, count=1)
        self._put(b"d", bare[: -len(found[0])] + b"}" if found else bare, at)

    def state(self, json: bytes, at: int) -> None:
        """Add the state of a symbol, as a notice has it."""
        if b"r" in self._lines:
            self._flush()
        self._put(b"h", json, at)

    def describe(self, json: bytes, at: int) -> None:
        """Add an instrument as the feed has it; what is none is left out."""
        if (line := description_of(json)) is not None:
            if self._lines.keys() - {b"i"}:
                self._flush()
            self._put(b"i", line, at)

    def entries(self) -> list[Fields]:
        """Return all entries that were made since the last call."""
        self._flush()
        found, self._entries = self._entries, []
        return found

    def _put(self, field: bytes, line: bytes, at: int) -> None:
        if self._count >= MAX_ENTRY_LINES or self._size + len(line) >= ROOM:
            self._flush()
        self._lines.setdefault(field, []).append(line)
        self._size += len(line) + 1
        self._count += 1
        self._at = at

    def _flush(self) -> None:
        if not self._lines:
            return
        entry = _entry(self._at)
        for field, lines in self._lines.items():
            text = b"\n".join(lines)
            if field in PACKED:
                entry[PACKED[field]] = zlib.compress(text, 1)
            else:
                entry[field] = text
        if self._src:
            entry[b"src"] = self._src
        self._entries.append(entry)
        self._lines, self._size, self._count = {}, 0, 0


def whole(ticks: Iterable[bytes], instruments: Sequence[bytes], at: int, why: str) -> list[Fields]:
    """Return the entries with the newest values of a partition, behind a gap."""
    builder = Builder()
    for json in instruments:
        builder.describe(json, at)
    for json in ticks:
        builder.tick(json, at)
    for json in instruments:
        if (state := state_in(json)) is not None:
            builder.state(state, at)
    return [_entry(at) | {b"gap": why.encode()}, *builder.entries(), _entry(at) | {b"end": b"1"}]


def mark(at: int) -> Fields:
    """Return the entry that says that the feed was alive."""
    return _entry(at) | {b"alive": b"1"}


def lines_of(fields: Mapping[bytes, bytes]) -> Fields:
    """Return the fields with all lines in plain text. Raises ValueError for what is not compressed."""
    found = dict(fields)
    for plain, field in PACKED.items():
        if (packed := found.pop(field, None)) is not None:
            found[plain] = _unpacked(packed, field.decode("ascii"))
    return found


def _unpacked(packed: bytes, field: str) -> bytes:
    reader = zlib.decompressobj()
    try:
        found = reader.decompress(packed, MAX_ENTRY_BYTES)
    except zlib.error as error:
        raise ValueError(f"{field}: {error}") from None
    if reader.unconsumed_tail or not reader.eof:
        raise ValueError(f"{field}: more than {MAX_ENTRY_BYTES} bytes, or cut off")
    return found


def has_lines(fields: Mapping[bytes, bytes]) -> bool:
    """Tell whether an entry holds more than a mark."""
    return any(name in fields for name in (b"d", b"z", b"i", b"y", b"h", b"r"))


def due(fields: Mapping[bytes, bytes]) -> int | None:
    """Return from when on the delay of an entry counts, µs since 1970; None: the delayer did not write it."""
    at = fields.get(b"at", b"")
    return int(at) if at.isdigit() and len(at) <= 16 else None


def description_of(json: bytes) -> bytes | None:
    """Return what a producer would say of an instrument; None for what is no instrument."""
    try:
        found = decode_instrument(json)
    except InstrumentError:
        return None
    said = encode_instrument(found._replace(given="", fixed=False))
    # An instrument without a tick size has 0 there, which no producer may say.
    return said if float(found.tick) > 0 else said.replace(b',"tick":%b' % found.tick.encode("ascii"), b"", 1)


def _entry(at: int) -> Fields:
    return {b"by": BY, b"at": b"%d" % at}


def as_arguments(entries: Sequence[Fields]) -> list[bytes | int]:
    """Return entries as HOLD takes them: for each the number of its parts, then fields and values."""
    found: list[bytes | int] = []
    for fields in entries:
        found.append(2 * len(fields))
        found += [part for pair in fields.items() for part in pair]
    return found
