"""The clients' arithmetic: what they count, and what they notice."""

from itertools import pairwise

from hypothesis import given
from hypothesis import strategies as st

from tickcast.bench.client import BARE, EVERY_TICK, Client, ResumingClient

HEAD = b"HTTP/1.1 200 OK\r\ncontent-type: text/event-stream\r\n\r\n"
HELLO = b'retry: 900\nevent: hello\ndata: {"stream":"x","resumed":"%b","replayed":0}\n\n'
SNAPSHOT = b'event: snapshot\ndata: [{"S":"A","q":5,"t":1,"p":2},{"S":"B","q":7,"t":1,"p":2}]\nid: c0\n\n'


def tick(symbol: str, q: int, at: int = 1) -> bytes:
    data = f'event: tick\ndata: {{"S":"{symbol}","q":{q},"t":{at},"p":2}}\nid: c{q}\n\n'.encode()
    return b"%x\r\n%b\r\n" % (len(data), data)


START = HEAD + HELLO % b"live" + SNAPSHOT
TICKS = b"".join(tick("A", q) + tick("B", q + 2) for q in range(6, 20))


@given(st.lists(st.integers(1, len(START + TICKS)), max_size=12))
def test_a_client_counts_the_same_wherever_the_line_cuts(cuts: list[int]) -> None:
    client = Client(EVERY_TICK)
    data = START + TICKS
    places = sorted({0, *cuts, len(data)})
    for begin, end in pairwise(places):
        client.take(data[begin:end])
    assert client.ticks == 28
    assert client.owed({b"A": 19, b"B": 21}) == 28
    assert client.bytes == len(data)


def test_a_client_that_lost_a_tick_has_fewer_than_it_is_owed() -> None:
    client = Client(EVERY_TICK)
    client.take(START + tick("A", 6) + tick("A", 8))
    assert client.ticks == 2
    assert client.wrong({b"A": 8, b"B": 7}) == "got 2 ticks, owed 3"


def test_the_snapshot_itself_is_no_tick() -> None:
    client = Client(EVERY_TICK)
    client.take(START)
    assert client.opened
    assert client.ticks == 0


def test_a_stream_without_snapshot_stands_with_its_head() -> None:
    client = Client(BARE)
    client.take(HEAD[:-2])
    assert not client.opened
    client.take(HEAD[-2:] + b'data: {"S":"A","q":1,"t":1}\n\n')
    assert client.opened
    assert client.ticks == 1


def test_a_refusal_is_a_fault() -> None:
    client = Client(EVERY_TICK)
    client.take(b"HTTP/1.1 503 Service Unavailable\r\n\r\n")
    assert client.faults
    assert not client.opened


def test_a_gap_event_is_counted() -> None:
    client = Client(EVERY_TICK)
    client.take(START + b'event: gap\ndata: {"reason":"slow"}\n\n')
    assert client.gaps == 1


@given(st.integers(len(START), len(START + TICKS)))
def test_a_client_cut_off_anywhere_goes_on_from_its_newest_whole_event(cut: int) -> None:
    client = ResumingClient(EVERY_TICK)
    client.take((START + TICKS)[:cut])
    whole = (START + TICKS)[:cut].rpartition(b"\n\n")[0]
    client.cut()
    assert client.ticks == whole.count(b"event: tick")
    if client.ticks:
        assert client.cursor == whole.rpartition(b"id: ")[2].partition(b"\n")[0]
        client.take(HEAD + HELLO % b"replayed")
        assert client.opened
        assert client.ticks == whole.count(b"event: tick")
