"""Pictures of few bytes: a PNG of 256 colours in place of one of all."""

import struct
import zlib
from collections import Counter
from collections.abc import Iterable

HEAD = b"\x89PNG\r\n\x1a\n"
COLOURS = 256
EXACT = 200
"""The most frequent colours, which are kept as they are; others stand for what is left, by its regions."""
REGION = 5
"""Bits of a channel that are left out to tell regions of colours."""


def small(png: bytes) -> bytes:
    """Return a picture with at most 256 colours, each pixel in the nearest one."""
    width, height, size, rows = _decoded(png)
    pixels = [[bytes(row[at : at + 3]) for at in range(0, width * size, size)] for row in rows]
    counts = Counter(pixel for row in pixels for pixel in row)
    palette = _palette(counts)
    places = {colour: place for place, colour in enumerate(palette)}
    for colour in counts:
        if colour not in places:
            places[colour] = min(range(len(palette)), key=lambda each: _distance(palette[each], colour))
    data = b"".join(b"\0" + bytes(places[pixel] for pixel in row) for row in pixels)
    return b"".join(
        (
            HEAD,
            _chunk(b"IHDR", struct.pack(">IIBBBBB", width, height, 8, 3, 0, 0, 0)),
            _chunk(b"PLTE", b"".join(palette)),
            _chunk(b"IDAT", zlib.compress(data, 9)),
            _chunk(b"IEND", b""),
        )
    )


def _palette(counts: Counter[bytes]) -> list[bytes]:
    ordered = [colour for colour, _ in counts.most_common()]
    regions: dict[bytes, Counter[bytes]] = {}
    for colour in ordered[EXACT:]:
        region = bytes(channel >> REGION for channel in colour)
        regions.setdefault(region, Counter())[colour] = counts[colour]
    largest = sorted(regions.values(), key=lambda each: -each.total())[: COLOURS - EXACT]
    return ordered[:EXACT] + [region.most_common(1)[0][0] for region in largest]


def _distance(one: bytes, other: bytes) -> int:
    return sum((a - b) ** 2 for a, b in zip(one, other, strict=True))


def _decoded(png: bytes) -> tuple[int, int, int, list[bytearray]]:
    """Return width, height, bytes of a pixel, and the rows of a picture as browsers draw it."""
    assert png.startswith(HEAD)
    place, data, head = len(HEAD), b"", b""
    while place < len(png):
        (length,) = struct.unpack_from(">I", png, place)
        kind, body = png[place + 4 : place + 8], png[place + 8 : place + 8 + length]
        head, data = (body if kind == b"IHDR" else head), (data + body if kind == b"IDAT" else data)
        place += length + 12
    width, height, depth, colours, _, _, interlaced = struct.unpack(">IIBBBBB", head)
    assert (depth, interlaced) == (8, 0)
    assert colours in (2, 6)
    size = 3 if colours == 2 else 4
    raw, stride = zlib.decompress(data), width * size
    rows: list[bytearray] = []
    before = bytearray(stride)
    for start in range(0, height * (stride + 1), stride + 1):
        before = _unfiltered(raw[start], bytearray(raw[start + 1 : start + 1 + stride]), before, size)
        rows.append(before)
    return width, height, size, rows


def _unfiltered(kind: int, row: bytearray, above: bytearray, size: int) -> bytearray:
    """Return a row without the filter of PNG that it was written with."""
    if kind == 0:
        return row
    before = bytes(size)
    for at in range(0, len(row), size):
        left, up, corner = before, above[at : at + size], above[at - size : at] if at else bytes(size)
        if kind == 1:
            guesses: Iterable[int] = left
        elif kind == 2:
            guesses = up
        elif kind == 3:
            guesses = ((one + other) >> 1 for one, other in zip(left, up, strict=True))
        else:
            guesses = map(_nearest, left, up, corner)
        before = bytes((guess + row[at + place]) & 255 for place, guess in enumerate(guesses))
        row[at : at + size] = before
    return row


def _nearest(left: int, up: int, corner: int) -> int:
    """Return the one that is the nearest to where the three lead."""
    to_left, to_up, to_corner = abs(up - corner), abs(left - corner), abs(left + up - 2 * corner)
    if to_left <= to_up and to_left <= to_corner:
        return left
    return up if to_up <= to_corner else corner


def _chunk(kind: bytes, body: bytes) -> bytes:
    return struct.pack(">I", len(body)) + kind + body + struct.pack(">I", zlib.crc32(kind + body))
