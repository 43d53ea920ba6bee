"""Recordings of Kraken, OKX and Bitstamp, compared with what a plain reading of them finds."""

import gzip
import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.support.recordings import recording
from tickcast.publisher.source import SourceError
from tickcast.publisher.sources.capture import Capture
from tickcast.publisher.sources.complaints import Complaints
from tickcast.publisher.sources.recording import Recording
from tickcast.wire.tick import Tick, TickError

KRAKEN_TICKER = (
    '[1668,{"a":["13.253900",35,"35.72892241"],"b":["13.232900",185,"185.18432037"],'
    '"c":["13.253900","3.71672000"],"v":["1","2"]},"ticker","WAVES/EUR"]'
)
OKX_TICKER = (
    '{"arg":{"channel":"tickers","instId":"BTC-USDT"},"data":[{"instId":"BTC-USDT","last":"30243.5",'
    '"lastSz":"0.5","askPx":"30243.6","askSz":"2","bidPx":"30243.4","bidSz":"0.30","ts":"1652459226240"}]}'
)
OKX_TRADE = (
    '{"arg":{"channel":"trades","instId":"BTC-USDT"},"data":[{"instId":"BTC-USDT","tradeId":"1",'
    '"px":"30247.40","sz":"0.00042211","side":"sell","ts":"1652459228383"}]}'
)


def line(message: str) -> bytes:
    return b"1652459224.53: " + message.encode()


def read(path: Path) -> tuple[list[Any], Complaints]:
    complaints = Complaints("replay", path.name)
    return [item for block in Recording(str(path), complaints).blocks() for item in block], complaints


def messages(path: Path) -> Iterator[Any]:
    """Yield what the exchange sent, numbers as text."""
    with gzip.open(path, "rt") as file:
        for each in file:
            if match := re.match(r"[0-9.]+: (.+)", each):
                yield json.loads(match[1], parse_float=str, parse_int=str)


def test_kraken_comes_digit_for_digit() -> None:
    path = recording("kraken_2021-04-17.capture.gz")
    trades, bids = [], []
    for each in messages(path):
        if isinstance(each, list) and each[-2] == "trade":
            trades += [(each[-1], row[0], row[1], int(row[2].replace(".", ""))) for row in each[1]]
        elif isinstance(each, list) and each[-2] == "ticker":
            bids.append((each[-1], each[1]["b"][0], each[1]["a"][2]))
    found, complaints = read(path)
    assert complaints.count == 0
    assert trades
    assert bids
    assert len(found) == len(trades) + len(bids)
    assert {(t.symbol, t.price, t.size, t.time) for t in found} >= {*trades}
    assert {(t.symbol, t.bid, t.ask_size) for t in found} >= {*bids}


def test_okx_comes_digit_for_digit() -> None:
    path = recording("okx_2022-05-13.capture.gz")
    sent = [each for each in messages(path) if "data" in each]
    trades = [row for each in sent if each["arg"]["channel"] == "trades" for row in each["data"]]
    quotes = [row for each in sent if each["arg"]["channel"] == "tickers" for row in each["data"]]
    found, complaints = read(path)
    assert complaints.count == 0
    assert len(found) == len(trades) + len(quotes)
    assert {(t.symbol, t.price, t.size, t.time) for t in found} >= {
        (row["instId"], row["px"], row["sz"], int(row["ts"]) * 1000) for row in trades
    }
    assert {(t.symbol, t.bid, t.bid_size, t.ask) for t in found} >= {
        (row["instId"], row["bidPx"], row["bidSz"], row["askPx"]) for row in quotes
    }


def test_bitstamp_comes_digit_for_digit() -> None:
    path = recording("bitstamp_2022-01-05.capture.gz")
    trades = [each for each in messages(path) if each.get("event") == "trade"]
    found, complaints = read(path)
    assert complaints.count == 0
    assert [(t.symbol, t.price, t.size, t.time) for t in found] == [
        (
            each["channel"].rpartition("_")[2].upper(),
            each["data"]["price_str"],
            each["data"]["amount_str"],
            int(each["data"]["microtimestamp"]),
        )
        for each in trades
    ]


def test_what_a_ticker_says_of_the_last_trade_does_not_count_a_trade_twice() -> None:
    capture = Capture()
    first, trade, last = (capture.items(line(each))[0] for each in (OKX_TICKER, OKX_TRADE, OKX_TICKER))
    assert (first.price, first.size) == ("30243.5", "0.5")
    assert (trade.price, trade.size, trade.bid) == ("30247.40", "0.00042211", "30243.4")
    assert last == trade._replace(time=first.time)


def test_a_quote_of_kraken_has_the_time_of_receipt() -> None:
    assert Capture().items(line(KRAKEN_TICKER)) == [
        Tick(
            "WAVES/EUR", 1652459224530000, "13.253900", "3.71672000",
            "13.232900", "185.18432037", "13.253900", "35.72892241",
        )
    ]  # fmt: skip


@pytest.mark.parametrize(
    "message",
    [
        '[1,[["1","2"]],"trade","A/B"]',
        '[1,[7],"trade","A/B"]',
        '[1,[["1","2","never"]],"trade","A/B"]',
        '[1,[["NaN","2","1652459224.5"]],"trade","A/B"]',
        '[1,{"a":[],"b":[],"c":[]},"ticker","A/B"]',
        '{"arg":{"channel":"trades"},"data":[7]}',
        '{"arg":{"channel":"trades"},"data":[{"instId":"A","px":"1","sz":"1","ts":"x"}]}',
        '{"event":"trade","channel":"live_trades_a","data":7}',
        '{"event":"trade","channel":"live_trades_a","data":{"price_str":"1"}}',
    ],
)
def test_what_looks_like_a_message_of_a_venue_but_is_none_is_malformed(message: str) -> None:
    with pytest.raises(TickError):
        Capture().items(line(message))


def test_a_file_of_which_nothing_is_understood_names_the_exchanges_that_are_known(tmp_path: Path) -> None:
    path = tmp_path / "gemini.capture"
    path.write_text('1652459224.53: {"type":"update","socket_sequence":0}\n')
    with pytest.raises(SourceError, match="Binance, Bitstamp, Coinbase, Kraken, OKX"):
        read(path)
