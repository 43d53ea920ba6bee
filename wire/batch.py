"""A batch: ticks, bars and notices of one atomic write, in the same bytes in the channel and in the log.

    2 EPOCH ID PREV SENT COUNT BARS NOTICES\\n   the header, made by publish.lua
    SYMBOL\\tJSON\\n                              a tick, COUNT times
    SYMBOL\\tJSON\\n                              a bar, BARS times
    SYMBOL\\tJSON\\n                              a notice (`wire.notice`), NOTICES times

They hold in this order. PREV is the id of the batch before it, so a reader can prove that it missed no batch.
A heartbeat is an empty batch whose ID equals its PREV, the log's newest id.
"""

import re
from typing import NamedTuple

from tickcast.wire.bar import INTERVALS, bar_key
from tickcast.wire.bounds import MAX_BATCH_BARS, MAX_BATCH_BYTES, MAX_BATCH_NOTICES, MAX_BATCH_TICKS
from tickcast.wire.notice import NoticeError, NoticeLine, decode_notice
from tickcast.wire.position import Position, PositionError, parse_position
from tickcast.wire.symbol import PATTERN

VERSION = 2
"""Version of the batches that publishers write."""
READABLE = frozenset({b"%d" % VERSION})
"""Versions that are read; a batch of another one is skipped.

When VERSION is raised, the one before stays here for a release: a rollout replaces gateways first, and a way
back publishers first (docs/deploy.md).
"""

_EPOCH = re.compile(rb"[0-9a-f]{16}")
# The JSON of a line begins with the symbol of the line: a cheap proof that no line is cut or mixed up.
# One findall over a batch takes a third of a µs a tick, less than a loop that checks half as much.
_LINE = re.compile(rb'^(%b)\t(\{"S":"\1",[ -~]*\})$' % PATTERN.encode(), re.MULTILINE)

_INTERVAL = re.compile(rb'\{"S":"[^"]*","i":"(%b)",' % "|".join(INTERVALS).encode("ascii"))


class BatchError(ValueError):
    """The bytes are not a batch. The message names the first difference."""


class Batch(NamedTuple):
    """One atomic write to one partition (docs/architecture.md, In Redis)."""

    epoch: str
    """The log's epoch: 16 hexadecimal digits. A new epoch begins when Redis has lost data."""
    id: Position
    """Position of this batch in the log."""
    prev: Position
    """Position of the batch before it."""
    sent: int
    """Time of the write by Redis's clock, µs since 1970."""
    ticks: list[tuple[bytes, bytes]]
    """(symbol, JSON) in order; empty in a heartbeat."""
    bars: list[tuple[bytes, bytes]] = []  # noqa: RUF012 - never changed
    """(`wire.bar.bar_key`, JSON) in order. Each tick that they count is in this batch or an earlier one."""
    notices: list[NoticeLine] = []  # noqa: RUF012 - never changed
    """In order: what is said of symbols after these ticks and bars."""

    @property
    def is_heartbeat(self) -> bool:
        """True for a heartbeat, which holds no line."""
        return self.id == self.prev


def encode_lines(ticks: list[tuple[bytes, bytes]]) -> bytes:
    """Return the lines of (symbol, JSON) pairs, of ticks, bars or notices, as publish.lua takes them."""
    return b"".join([b"%b\t%b\n" % tick for tick in ticks])


def parse_epoch(text: bytes) -> str:
    """Return the epoch of a log. Raises BatchError."""
    if not _EPOCH.fullmatch(text):
        raise BatchError(f"epoch {text[:40]!r}; expected 16 hexadecimal digits")
    return text.decode("ascii")


def decode_batch(data: bytes) -> Batch:
    """Return the batch in `data`. Lines are split into symbol and JSON; the JSON is not parsed.

    Raises BatchError, also for control characters: a CR would end a line of the event stream.
    """
    if len(data) > MAX_BATCH_BYTES:
        raise BatchError(f"{len(data)} bytes; a batch has at most {MAX_BATCH_BYTES}")
    header, newline, payload = data.partition(b"\n")
    words = header.split(b" ")
    if newline and words[0].isdigit() and words[0] not in READABLE:
        raise BatchError(
            f"a batch of version {words[0][:8].decode('ascii')}; "
            f"version {b' or '.join(sorted(READABLE)).decode('ascii')} is needed:"
            " run publishers and gateways of one release"
        )
    if not newline or len(words) != 8 or words[0] not in READABLE:
        raise BatchError(f"header {header[:80]!r}; expected: {VERSION} EPOCH ID PREV SENT COUNT BARS NOTICES")
    _, epoch, own, prev, sent, count, bars, notices = words
    own_epoch = parse_epoch(epoch)
    if not (sent.isdigit() and len(sent) <= 16 and all(map(_is_count, words[5:]))):
        raise BatchError(f"header {header[:80]!r}; SENT, COUNT, BARS and NOTICES are whole numbers")
    try:
        position, before = parse_position(own), parse_position(prev)
    except PositionError as error:
        raise BatchError(str(error)) from None
    ticks_end, bars_end = int(count), int(count) + int(bars)
    if int(count) > MAX_BATCH_TICKS or int(bars) > MAX_BATCH_BARS or int(notices) > MAX_BATCH_NOTICES:
        raise BatchError(
            f"{int(count)} ticks, {int(bars)} bars, {int(notices)} notices; "
            f"a batch has at most {MAX_BATCH_TICKS}, {MAX_BATCH_BARS} and {MAX_BATCH_NOTICES}"
        )
    lines = _lines(payload)
    if len(lines) != bars_end + int(notices):
        raise BatchError(
            f"{len(lines)} lines, the header says {' and '.join(str(int(n)) for n in words[5:])}"
        )
    # Ids only grow. Only a heartbeat, which is empty, keeps the id before it.
    if position < before or (position == before) != (not lines):
        raise BatchError(f"id {position} after {before} with {len(lines)} lines")
    held = [_with_bar_key(line) for line in lines[ticks_end:bars_end]]
    said = [_as_notice(line) for line in lines[bars_end:]]
    del lines[ticks_end:]
    return Batch(own_epoch, position, before, int(sent), lines, held, said)


def _is_count(word: bytes) -> bool:
    return word.isdigit() and len(word) <= 5


def _with_bar_key(line: tuple[bytes, bytes]) -> tuple[bytes, bytes]:
    symbol, json = line
    interval = _INTERVAL.match(json)
    if interval is None:
        raise BatchError(f"line {json[:80]!r}; expected a bar")
    return bar_key(symbol, interval[1].decode()), json


def _as_notice(line: tuple[bytes, bytes]) -> NoticeLine:
    symbol, json = line
    try:
        return NoticeLine(symbol, json, decode_notice(json))
    except NoticeError as error:
        raise BatchError(f"line {error}") from None


def _lines(payload: bytes) -> list[tuple[bytes, bytes]]:
    ticks: list[tuple[bytes, bytes]] = _LINE.findall(payload)
    # There are as many matches as lines, and each is a whole line: so the payload holds nothing else.
    if payload and (payload[-1:] != b"\n" or len(ticks) != payload.count(b"\n")):
        wrong = next((line for line in payload.split(b"\n") if not _LINE.fullmatch(line)), b"")
        raise BatchError(
            f"line {wrong[:80]!r}; expected SYMBOL<TAB>JSON<LF>, the JSON of that symbol in printable ASCII"
        )
    return ticks
