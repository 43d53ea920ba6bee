import json
import tracemalloc
from typing import Any

import pytest

from tickcast.publisher.sources.capture import Capture
from tickcast.wire.tick import Tick, TickError

QUOTE = {
    "e": "bookTicker",
    "s": "BTCUSD_PERP",
    "b": "32.10",
    "B": "24",
    "a": "32.20",
    "A": "9",
    "T": 1626916403864,
}
TRADE = {"e": "aggTrade", "s": "BTCUSD_PERP", "p": "32.150", "q": "3", "T": 1626916403852, "E": 1626916404006}
TICKER = {
    "type": "ticker",
    "product_id": "SKL-USD",
    "price": "0.7900",
    "best_bid": "0.7890",
    "best_ask": "0.7910",
    "volume_24h": "34168548.50000000",
    "last_size": "18",
    "time": "2021-04-17T16:43:30.244075Z",
}
MATCH = {
    "type": "match",
    "product_id": "SKL-USD",
    "price": "0.79",
    "size": "1.50",
    "time": "2021-04-17T16:43:31Z",
}


def line(message: Any) -> bytes:
    return b"1626916403.8469708: " + json.dumps(message).encode()


def wrapped(data: dict[str, Any], stream: str = "btcusd_perp@any") -> bytes:
    return line({"stream": stream, "data": data})


def test_a_quote_before_the_first_trade_takes_the_bid_for_the_price_and_later_the_last_trade() -> None:
    capture = Capture()
    quote = Tick("BTCUSD_PERP", 1626916403864000, "32.10", None, "32.10", "24", "32.20", "9")

    assert capture.items(wrapped(QUOTE)) == [quote]
    assert capture.items(wrapped(QUOTE | {"b": "32.11"})) == [quote._replace(price="32.11", bid="32.11")]
    trade = quote._replace(price="32.150", size="3", bid="32.11", time=1626916403852000)
    assert capture.items(wrapped(TRADE)) == [trade]
    assert capture.items(wrapped(QUOTE)) == [trade._replace(bid="32.10", time=1626916403864000)]


def test_symbols_do_not_share_what_is_carried_over() -> None:
    capture = Capture()
    capture.items(wrapped(TRADE))

    [other] = capture.items(wrapped(QUOTE | {"s": "ETHUSD_PERP"}))
    assert (other.symbol, other.price, other.size) == ("ETHUSD_PERP", "32.10", None)


def test_a_spot_quote_has_the_time_of_receipt_and_its_kind_in_the_name_of_the_stream() -> None:
    spot = {"u": 1, "s": "BTCUSDT", "b": "1.10", "B": "1", "a": "1.20", "A": "2"}

    assert Capture().items(wrapped(spot, "btcusdt@bookTicker")) == [
        Tick("BTCUSDT", 1626916403846970, "1.10", None, "1.10", "1", "1.20", "2")
    ]


def test_messages_may_come_unwrapped_and_times_in_microseconds() -> None:
    [tick] = Capture().items(line(TRADE | {"T": 1626916403852123}))

    assert (tick.time, tick.price, tick.size) == (1626916403852123, "32.150", "3")


def test_coinbase_tickers_and_matches_add_up() -> None:
    capture = Capture()
    ticker = Tick(
        "SKL-USD", 1618677810244075, "0.7900", "18", "0.7890", None, "0.7910", None, "34168548.50000000"
    )

    assert capture.items(line(TICKER)) == [ticker]
    assert capture.items(line(MATCH)) == [ticker._replace(time=1618677811000000, price="0.79", size="1.50")]
    with_sizes = TICKER | {"best_bid_size": "7", "best_ask_size": "8"}
    assert capture.items(line(with_sizes)) == [ticker._replace(bid_size="7", ask_size="8")]


@pytest.mark.parametrize(
    "other",
    [
        b"wss://dstream.binance.com/stream?streams=a@depth",
        b'wss://ws-feed.pro.coinbase.com <- 1618677817.020616: {"type":"subscribe"}',
        line({"e": "depthUpdate", "s": "A", "b": []}),
        wrapped({"e": "kline", "s": "A"}),
        line({"type": "l2update", "product_id": "A"}),
        line({"type": "last_match", "product_id": "A", "price": "1"}),
        line({"data": [1]}),
        line([1, 2]),
        line("pong"),
    ],
)
def test_other_lines_are_no_ticks_and_not_malformed(other: bytes) -> None:
    assert Capture().items(other) == []


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        (b"hello", "RECEIVED: MESSAGE"),
        (b"1626916403.84: {", "not JSON"),
        (b"1626916403.84: " + b"[" * 100_000, "not JSON: nested too deeply"),
        (wrapped(QUOTE | {"b": None}), "b: missing"),
        (wrapped(QUOTE | {"b": "cheap"}), "p: 'cheap' is not a JSON number"),
        (wrapped(QUOTE | {"s": "A,B"}), "S: not a symbol"),
        (wrapped(QUOTE | {"T": "soon"}), "T: 'soon' is not a time"),
        (wrapped(TRADE | {"q": ["3"]}), "q: missing"),
        (line(TICKER | {"best_bid_size": {}}), "best_bid_size: missing"),
        (line(MATCH | {"time": "yesterday"}), "time: 'yesterday' is not a time"),
        (line(MATCH | {"time": "2021-04-17T16:43:31"}), "is not a time like"),
        (line(MATCH | {"size": True}), "size: missing"),
    ],
)
def test_a_malformed_message_is_refused_with_its_reason(text: bytes, reason: str) -> None:
    with pytest.raises(TickError, match=reason):
        Capture().items(text)


def test_a_malformed_message_leaves_nothing_behind() -> None:
    capture = Capture()
    with pytest.raises(TickError):
        capture.items(wrapped(TRADE | {"p": "x"}))

    [tick] = capture.items(wrapped(QUOTE))
    assert tick.size is None


def test_a_name_that_is_no_symbol_is_refused_and_not_kept() -> None:
    capture = Capture()
    tracemalloc.start()
    try:
        for number in range(20):
            with pytest.raises(TickError, match="S: not a symbol"):
                capture.items(wrapped(TRADE | {"s": "x" * 100_000 + str(number)}))
        held, _ = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert held < 1_000_000


def test_no_more_symbols_are_kept_than_a_feed_has(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("tickcast.publisher.sources.capture.MAX_SYMBOLS", 2)
    capture = Capture()
    for name in ("A", "B", "C"):
        capture.items(wrapped(TRADE | {"s": name}))
    for name, size in (("A", "3"), ("C", None)):
        [tick] = capture.items(wrapped(QUOTE | {"s": name}))
        assert tick.size == size
