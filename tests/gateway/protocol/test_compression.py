"""Pieces that are compressed once and read by every client, whichever pieces it gets."""

import sys
import zlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tickcast.gateway.protocol import sse
from tickcast.gateway.protocol.compression import Encoding, History, choose_encoding
from tickcast.gateway.protocol.framing import Framing

if sys.version_info >= (3, 14):
    from compression import zstd
else:
    from backports import zstd

PACKED = [Encoding.GZIP, Encoding.ZSTD]
pieces = st.binary(min_size=1, max_size=400) | st.integers(1, 2000).map(lambda count: b'{"p":1}' * count)


def unzipped(encoding: Encoding, data: bytes) -> bytes:
    """Return what a browser reads, which also must not wait for more."""
    if encoding is Encoding.IDENTITY:
        return data
    if encoding is Encoding.GZIP:
        return zlib.decompressobj(16 + zlib.MAX_WBITS).decompress(data)
    out, frame = b"", zstd.ZstdDecompressor()
    while data:
        # The last frame stays open as long as the stream does.
        frame = zstd.ZstdDecompressor() if frame.eof else frame
        out += frame.decompress(data)
        data = frame.unused_data if frame.eof else b""
    return out


@pytest.mark.parametrize("encoding", Encoding)
@given(st.lists(pieces, min_size=1, max_size=6), st.data())
def test_any_pieces_in_any_order_read_as_one_stream(
    encoding: Encoding, bodies: list[bytes], data: st.DataObject
) -> None:
    made = [(body, encoding.encode(body)) for body in bodies]
    got = data.draw(st.lists(st.sampled_from(made), min_size=1))
    stream = encoding.prologue + b"".join(piece for _, piece in got)
    assert unzipped(encoding, stream) == b"".join(body for body, _ in got)


@pytest.mark.parametrize("encoding", PACKED)
@given(st.lists(st.tuples(st.booleans(), pieces), min_size=1, max_size=12), st.data())
def test_who_comes_when_a_history_is_forgotten_reads_all_that_follows(
    encoding: Encoding, steps: list[tuple[bool, bytes]], data: st.DataObject
) -> None:
    history = History(encoding)
    clients: list[tuple[list[bytes], list[bytes]]] = []
    for come, body in steps:
        if come or not clients:
            history.forget()
            # What it was sent before, alone, lies between it and the first frame of the others.
            own = data.draw(st.lists(pieces, max_size=2))
            clients.append(([encoding.prologue, *map(encoding.encode, own)], own))
        piece = history.encode(body)
        for got, expected in clients:
            got.append(piece)
            expected.append(body)
    for got, expected in clients:
        assert unzipped(encoding, b"".join(got)) == b"".join(expected)


@pytest.mark.parametrize("encoding", PACKED)
def test_a_history_makes_frames_of_one_tick_small(encoding: Encoding) -> None:
    history = History(encoding)
    ticks = [
        b'event: tick\ndata: {"S":"AAPL","q":%d}\nid: 0123456789abcdef.1-%d\n\n' % (q, q) for q in range(99)
    ]
    assert sum(len(history.encode(tick)) for tick in ticks) < sum(map(len, ticks)) / 2.5
    assert sum(len(encoding.encode(tick)) for tick in ticks) > sum(map(len, ticks))


def test_a_zstd_stream_ends_as_one_that_is_whole() -> None:
    last = Framing(encoding=Encoding.ZSTD).last([b"event: bye\ndata: {}\n\n"])
    frame = zstd.ZstdDecompressor()
    frame.decompress(Encoding.ZSTD.prologue + sse.unchunk(last))
    whole = zstd.ZstdDecompressor()
    assert whole.decompress(frame.unused_data) == b"event: bye\ndata: {}\n\n"
    assert whole.eof


@pytest.mark.parametrize("encoding", PACKED)
def test_ticks_shrink_and_a_short_piece_hardly_grows(encoding: Encoding) -> None:
    ticks = b"".join(b'event: tick\ndata: {"S":"AAPL","q":%d,"p":189.34}\n\n' % q for q in range(20))
    assert len(encoding.encode(ticks)) < len(ticks) / 3
    assert len(encoding.encode(b"x" * 100)) <= 112


@pytest.mark.parametrize(
    ("header", "chosen"),
    [
        (None, Encoding.IDENTITY),
        ("", Encoding.IDENTITY),
        ("gzip, deflate, br, zstd", Encoding.ZSTD),
        ("gzip, deflate", Encoding.GZIP),
        ("GZIP", Encoding.GZIP),
        ("br", Encoding.IDENTITY),
        ("*", Encoding.ZSTD),
        ("*;q=0", Encoding.IDENTITY),
        ("gzip;q=1, zstd;q=0.5", Encoding.GZIP),
        ("gzip;q=0, zstd;q=0", Encoding.IDENTITY),
        ("gzip;q=0.2, identity;q=0.9", Encoding.IDENTITY),
        ("gzip;q=nonsense", Encoding.IDENTITY),
        ("gzip;q=nan", Encoding.IDENTITY),
        ("gzip;q=7", Encoding.IDENTITY),
        ("gzip" + "," * 5000, Encoding.IDENTITY),
    ],
)
def test_the_encoding_is_the_best_that_the_client_allows(header: str | None, chosen: Encoding) -> None:
    assert choose_encoding(header) is chosen


def test_a_history_has_no_compressor_but_its_own(monkeypatch: pytest.MonkeyPatch) -> None:
    # Each takes its memory when it is made, and there is one of them for every shared group.
    monkeypatch.delattr("tickcast.gateway.protocol.compression._zstd")
    assert (
        unzipped(Encoding.GZIP, Encoding.GZIP.prologue + History(Encoding.GZIP).encode(b"ticks")) == b"ticks"
    )
    monkeypatch.delattr("tickcast.gateway.protocol.compression._deflate")
    with pytest.raises(NameError, match="_zstd"):
        History(Encoding.ZSTD)
