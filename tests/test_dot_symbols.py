"""`.` and `..` are no symbols at any door: in the path of a URL they stand for folders."""

import json
from collections.abc import Callable
from typing import Any

import pytest
from structlog.testing import capture_logs

from tests.support.ticks import DAY
from tickcast.client.lines import description_line, retired_line, state_line, tick_line
from tickcast.gateway.feed.validation import BatchValidator
from tickcast.gateway.protocol.request import parse_path_symbol, parse_stream, parse_symbols
from tickcast.gateway.streams.patch import parse_patch
from tickcast.publisher.http.body import JSON, NDJSON
from tickcast.publisher.http.ticks import Checked, check, read_lines
from tickcast.publisher.source import Retire, SourceItem, State
from tickcast.publisher.sources.complaints import Complaints
from tickcast.publisher.sources.line_reader import LineReader
from tickcast.publisher.sources.lines import LineSplitter
from tickcast.publisher.sources.times import Times
from tickcast.publisher.stats import Stats
from tickcast.publisher.validation import Validator
from tickcast.runtime.problem import Problem
from tickcast.wire.inbox import Description, decode_entry
from tickcast.wire.instrument import Instrument, decode_instrument, encode_instrument
from tickcast.wire.layout import Layout
from tickcast.wire.symbol import ALLOWED
from tickcast.wire.tick import Tick

DOTS = [".", ".."]


def of_lines(*lines: object) -> list[str]:
    """Read lines as stdin, replay, NATS and Kafka do; return why each is refused."""
    texts = [line if isinstance(line, str) else json.dumps(line) for line in lines]
    with capture_logs() as logs:
        reader = LineReader(Complaints("stdin", "lines"), Times())
        items = reader.items(LineSplitter().feed("".join(f"{text}\n" for text in texts).encode()))
    assert items == []
    return [log["reason"] for log in logs]


def captured(dots: str) -> list[str]:
    """Return a line with a message of Coinbase, and one with a message of Binance."""
    ticker = {"type": "ticker", "product_id": dots, "price": "1", "time": "2026-04-17T16:43:30Z"}
    ticker |= dict.fromkeys(("best_bid", "best_ask", "volume_24h", "last_size"), "1")
    trade = {"e": "aggTrade", "s": dots, "p": "1", "q": "3", "T": 1795384800000}
    return [f"1618677817.020616: {json.dumps(each)}" for each in (ticker, trade)]


def of_a_source(dots: str) -> list[str]:
    """Hand a source's own items to the publisher; return why each is refused."""
    items: list[SourceItem] = [
        Tick(dots, DAY, "1"),
        Description(dots, "x"),
        Retire(dots),
        State(dots, "live"),
    ]
    with capture_logs() as logs:
        runs = list(Validator(type("Source", (), {})(), Stats()).split(items))
    assert not any(run.ticks or run.descriptions or run.notices for run in runs)
    return [log["error"] for log in logs]


def of_the_inbox(dots: str) -> list[str]:
    fields = {b"i": {"name": "x"}, b"d": {"p": 1}, b"h": {"state": "live"}}
    lines = {name: json.dumps({"S": dots} | rest).encode() for name, rest in fields.items()}
    entry = decode_entry(lines | {b"r": dots.encode()}, DAY)
    assert [entry.descriptions, entry.ticks, entry.states, entry.retired] == [[], [], [], []]
    return [fault.reason for fault in entry.faults]


def of_a_post(dots: str) -> list[str]:
    line = json.dumps({"S": dots, "p": 1, "t": DAY}).encode()
    into = Checked()
    for body, kind in ((line, NDJSON), (b"[%b]" % line, JSON)):
        for each in read_lines(body, kind):
            check(each, Layout(4, "upper"), Times(), DAY, into)
    assert not into.by_partition
    return [each.reason for each in into.refused]


def raised(*calls: Callable[[], object]) -> list[str]:
    """Return what each call raises."""
    said = []
    for call in calls:
        try:
            call()
        except (ValueError, Problem) as error:
            said.append(error.detail if isinstance(error, Problem) else str(error))
    return said


DOORS: dict[str, tuple[int, Callable[[str], list[str]]]] = {
    "lines of JSON": (4, lambda dots: of_lines(*({"S": dots, "t": DAY} | rest for rest in LINES))),
    "a table": (1, lambda dots: of_lines("S,t,p", f"{dots},{DAY},1")),
    "a capture": (2, lambda dots: of_lines(*captured(dots))),
    "a source of one's own": (4, of_a_source),
    "an instrument of a source": (
        1,
        lambda dots: raised(lambda: decode_instrument(encode_instrument(Instrument(dots, "", "1", "1", "")))),
    ),
    "the inbox": (4, of_the_inbox),
    "POST /v1/ticks": (2, of_a_post),
    "a program": (
        4,
        lambda dots: raised(
            lambda: tick_line(dots, 1),
            lambda: description_line(dots, "x"),
            lambda: state_line(dots, "live"),
            lambda: retired_line(dots),
        ),
    ),
    "a query": (
        2,
        lambda dots: raised(
            lambda: parse_symbols({"symbols": f"A,{dots}"}, 9),
            lambda: parse_stream({"bars": "1m", "bars_of": dots}, None, None, 9, 5000),  # type: ignore[arg-type]
        ),
    ),
    "a path": (1, lambda dots: raised(lambda: parse_path_symbol(dots))),
    "a PATCH": (
        3,
        lambda dots: raised(
            *(
                lambda name=name: parse_patch(json.dumps({name: [dots]}).encode(), 9)  # type: ignore[misc]
                for name in ("add", "drop", "bars_of")
            )
        ),
    ),
}

LINES: list[dict[str, Any]] = [{"p": 1}, {"name": "x"}, {"state": "live"}, {"retire": True}]


@pytest.mark.parametrize("dots", DOTS)
@pytest.mark.parametrize("door", DOORS)
def test_no_door_takes_a_symbol_of_dots_alone_and_each_says_what_is_allowed(door: str, dots: str) -> None:
    count, refused = DOORS[door]
    said = refused(dots)
    assert len(said) == count
    for words in said:
        assert repr(dots) in words
        assert ALLOWED in words


@pytest.mark.parametrize("dots", DOTS)
async def test_what_stands_in_redis_of_such_a_symbol_is_passed_on_to_nobody(dots: str) -> None:
    tick = b'{"S":"%b","q":1,"t":%d,"p":1}' % (dots.encode(), DAY)
    validator = BatchValidator(1)
    other = b"A.", tick.replace(dots.encode(), b"A.", 1)
    assert await validator.last_values(0, [(dots.encode(), tick), other]) == [other]
    header = b"2 0123456789abcdef 2-0 1-0 1795384800000000 1 0 0\n"
    assert validator.batch(header + b"%b\t%b\n" % (dots.encode(), tick), 0, "live") is None
    assert validator.rejects.count == 2


@pytest.mark.parametrize("symbol", ["...", "A..", ".A", "A/../B", "./A"])
def test_dots_within_a_symbol_are_allowed_everywhere(symbol: str) -> None:
    assert parse_path_symbol(symbol) == symbol.encode()
    assert tick_line(symbol, 1).symbol == symbol
    assert decode_entry({b"r": symbol.encode()}, DAY).retired[0][0] == symbol
