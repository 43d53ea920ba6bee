"""The query of a request."""

import pytest

from tickcast.gateway.protocol.compression import Encoding
from tickcast.gateway.protocol.request import (
    MAX_QUERY,
    SNAPSHOT,
    STREAM,
    StreamRequest,
    parse_query,
    parse_stream,
    parse_symbols,
)
from tickcast.gateway.protocol.selection import EVERYTHING, BarSelection, Selection
from tickcast.gateway.store.sorted_names import SortedNames
from tickcast.runtime.problem import Problem


def wish(raw: bytes, header: str | None = None) -> StreamRequest:
    return parse_stream(parse_query(raw, STREAM), header, Encoding.IDENTITY, 1000, 5000)


def test_a_bare_request_asks_for_every_tick_of_everything_and_a_snapshot() -> None:
    found = wish(b"")
    assert found.key.selection is EVERYTHING
    assert (found.key.interval, found.key.framing.array, found.snapshot, found.last_event_id) == (
        0, False, True, "",
    )  # fmt: skip


def test_every_parameter_is_understood() -> None:
    found = wish(b"symbols=msft%2CAAPL&interval=120&snapshot=false&format=array&lastEventId=abc")
    assert found.key.selection.names == (b"AAPL", b"MSFT")
    assert (found.key.interval, found.snapshot, found.last_event_id) == (250, False, "abc")
    assert found.key.framing.array


def test_bars_are_of_the_intervals_and_symbols_asked_for_in_one_order_for_all() -> None:
    assert wish(b"symbols=A").key.bars == BarSelection()
    assert wish(b"bars=1m").key.bars == BarSelection(("1m",))
    assert wish(b"bars=1m,1s,1m&symbols=A").key == wish(b"bars=1s,1m&symbols=A").key
    found = wish(b"symbols=A&bars=1s&bars_of=b*,c").key
    assert found.bars.of == Selection((b"C",), (b"B",))
    assert found.bar_keys(SortedNames([b"A\t1s", b"B\t1s", b"BB\t1m", b"BC\t1s"])) == [
        b"B\t1s",
        b"BC\t1s",
        b"C\t1s",
    ]


@pytest.mark.parametrize(
    ("asked", "granted"), [(1000, 1000), (1999, 1000), (2000, 2000), (4999, 2000), (5000, 0), (60_000, 0)]
)
def test_a_heartbeat_is_one_of_a_few_and_never_above_the_gateways(asked: int, granted: int) -> None:
    assert wish(b"heartbeat=%d" % asked).key.heartbeat == granted


def test_the_header_is_newer_than_the_parameter() -> None:
    assert wish(b"lastEventId=old", "new").last_event_id == "new"
    assert wish(b"lastEventId=old", "").last_event_id == "old"


@pytest.mark.parametrize(
    ("raw", "says"),
    [
        (b"symbol=AAPL", "unknown parameter 'symbol'; allowed are symbols, interval"),
        (b"symbols=A&symbols=B", "symbols is given twice"),
        (b"interval=", "interval: ''"),
        (b"interval=-1", "interval: '-1'"),
        (b"interval=1.5", "interval: '1.5'"),
        (b"interval=%D9%A3", "interval: "),
        (b"interval=3600001", "up to 3600000"),
        (b"interval=" + b"9" * 5000, "up to 3600000"),
        (
            b"heartbeat=999",
            "heartbeat: '999' is not allowed; it is 1000 to 60000, in ms, lowered",
        ),
        (b"heartbeat=60001", "it is 1000 to 60000"),
        (b"heartbeat=", "it is 1000 to 60000"),
        (b"padding=-1", "padding: '-1' is not allowed; it is 0 to 16384, in bytes"),
        (b"padding=16385", "it is 0 to 16384"),
        (b"snapshot=yes", "it is true or false"),
        (b"snapshot=", "it is true or false"),
        (b"format=xml", "it is events or array"),
        (b"symbols=%00", r"not symbols: '\x00'"),
        (b"symbols=A%0D%0AB", r"'A\r\nB'"),
        (b"symbols=%FF", "cannot be read"),
        (b"\xff", "cannot be read"),
        (b"&".join(b"symbols=A" for _ in range(30)), "cannot be read"),
        (b"symbols=" + b",".join(b"A%d" % number for number in range(2000)), "at most 1000"),
    ],
)
def test_what_is_wrong_is_named_with_what_is_allowed(raw: bytes, says: str) -> None:
    with pytest.raises(Problem) as caught:
        wish(raw)
    assert caught.value.status == 400
    assert says in caught.value.detail
    assert len(caught.value.body()) < 1000


def test_a_query_that_is_too_long_is_not_read() -> None:
    with pytest.raises(Problem) as caught:
        parse_query(b"x" * (MAX_QUERY + 1), STREAM)
    assert caught.value.status == 414
    assert str(MAX_QUERY) in caught.value.detail


def test_a_snapshot_takes_symbols_and_nothing_of_a_stream() -> None:
    assert parse_symbols(parse_query(b"symbols=A*", SNAPSHOT), 10).prefixes == (b"A",)
    with pytest.raises(Problem, match="unknown parameter 'interval'; allowed are symbols"):
        parse_query(b"interval=0", SNAPSHOT)


def test_where_no_parameter_is_allowed_that_is_said() -> None:
    with pytest.raises(Problem, match="unknown parameter 'x'; none is allowed here"):
        parse_query(b"x=1", ())
