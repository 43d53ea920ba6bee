"""Pictures of few bytes show the same."""

import struct
import zlib

from tests.web.png import HEAD, _chunk, _decoded, small


def png_of(width: int, height: int, filtered: bytes, colours: int = 2) -> bytes:
    head = struct.pack(">IIBBBBB", width, height, 8, colours, 0, 0, 0)
    chunks = (_chunk(b"IHDR", head), _chunk(b"IDAT", zlib.compress(filtered)), _chunk(b"IEND", b""))
    return HEAD + b"".join(chunks)


def palette_of(png: bytes) -> bytes:
    at = png.index(b"PLTE")
    (length,) = struct.unpack_from(">I", png, at - 4)
    return png[at + 4 : at + 4 + length]


def places_of(png: bytes, width: int) -> list[list[int]]:
    at = png.index(b"IDAT")
    (length,) = struct.unpack_from(">I", png, at - 4)
    raw = zlib.decompress(png[at + 4 : at + 4 + length])
    return [[*raw[start + 1 : start + 1 + width]] for start in range(0, len(raw), width + 1)]


def test_few_colours_are_kept_exactly() -> None:
    row = bytes([0, 255, 0, 0, 255, 0, 0, 1, 2, 3])
    drawn = small(png_of(3, 2, row * 2))
    assert palette_of(drawn) == bytes([255, 0, 0, 1, 2, 3])
    assert places_of(drawn, 3) == [[0, 0, 1]] * 2


def test_every_filter_of_png_is_read() -> None:
    # Each row says the same by another filter: 9 9 9, 10 10 10.
    same = [
        bytes([0, 9, 9, 9, 10, 10, 10]),
        bytes([1, 9, 9, 9, 1, 1, 1]),
        bytes([2, 0, 0, 0, 0, 0, 0]),
        bytes([3, 5, 5, 5, 1, 1, 1]),
        bytes([4, 0, 0, 0, 0, 0, 0]),
    ]
    rows = _decoded(png_of(2, 5, b"".join(same)))[3]
    assert {bytes(row) for row in rows} == {bytes([9, 9, 9, 10, 10, 10])}


def test_of_many_colours_each_pixel_has_a_near_one_and_alpha_is_left_out() -> None:
    colours = [bytes([red, green, 7, 255]) for red in range(0, 256, 8) for green in range(0, 256, 8)]
    drawn = small(
        png_of(32, 32, b"".join(b"\0" + b"".join(colours[at : at + 32]) for at in range(0, 1024, 32)), 6)
    )
    palette = palette_of(drawn)
    assert len(palette) <= 3 * 256
    places = [place for row in places_of(drawn, 32) for place in row]
    off = [
        max(abs(palette[3 * place + channel] - colour[channel]) for channel in range(3))
        for place, colour in zip(places, colours, strict=True)
    ]
    assert max(off) <= 32
