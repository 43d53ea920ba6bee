"""Messages as the exchanges document them, and as Coinbase's recording has them."""

import gzip
import re
from typing import Any

import pytest

from tests.support.recordings import recording
from tickcast.publisher.sources.exchanges.binance import Binance
from tickcast.publisher.sources.exchanges.coinbase import Coinbase
from tickcast.publisher.sources.exchanges.events import (
    Beat,
    Confirmed,
    Event,
    Last,
    Leaving,
    Quote,
    Refused,
    Trade,
)
from tickcast.publisher.sources.exchanges.kraken import Kraken
from tickcast.wire.exact_json import load_digits
from tickcast.wire.tick import TickError

READERS: dict[str, Any] = {"coinbase": Coinbase, "kraken": Kraken, "binance": Binance}
KRAKEN_TICKER = (
    '{"channel":"ticker","type":"snapshot","data":[{"symbol":"ALGO/USD","bid":0.10025,"bid_qty":740.0,'
    '"ask":0.10036,"ask_qty":1361.44813783,"last":0.10035,"volume":997038.98383185,"vwap":0.10148,'
    '"low":0.09979,"high":0.10285,"change":-0.00017,"change_pct":-0.17}]}'
)
KRAKEN_TRADE = (
    '{"channel":"trade","type":"update","data":[{"symbol":"MATIC/USD","side":"sell","price":0.51170,'
    '"qty":40.0,"ord_type":"market","trade_id":4665906,"timestamp":"2023-09-25T07:49:37.708706Z"}]}'
)
BINANCE_TRADE = (
    '{"stream":"bnbbtc@aggTrade","data":{"e":"aggTrade","E":1672515782136,"s":"BNBBTC","a":12345,"p":"0.001",'
    '"q":"100","f":100,"l":105,"T":1672515782136,"m":true,"M":true}}'
)
BINANCE_QUOTE = (
    '{"stream":"bnbusdt@bookTicker","data":{"u":400900217,"s":"BNBUSDT","b":"25.35190000","B":"31.21000000",'
    '"a":"25.36520000","A":"40.66000000"}}'
)
MINI = (
    '{"stream":"bnbbtc@miniTicker","data":{"e":"24hrMiniTicker","E":1672515782136000,"s":"BNBBTC",'
    '"c":"0.0025","o":"0.0010","h":"0.0025","l":"0.0010","v":"10000","q":"18"}}'
)
KRAKEN_ACK = (
    '{"method":"subscribe","result":{"channel":"trade","snapshot":true,"symbol":"BTC/USD"},"success":true}'
)
KRAKEN_NO = (
    '{"error":"Currency pair not supported NO/USD","method":"subscribe","success":false,"symbol":"NO/USD"}'
)
COINBASE_BEAT = (
    '{"type":"heartbeat","sequence":90,"last_trade_id":20,"product_id":"BTC-USD",'
    '"time":"2014-11-07T08:19:28.464459Z"}'
)
COINBASE_NO = '{"type":"error","message":"Failed to subscribe","reason":"NO-USD is not a valid product"}'


@pytest.mark.parametrize(
    ("venue", "message", "events"),
    [
        ("kraken", KRAKEN_TICKER, [
            Quote("ALGO/USD", None, None, "0.10025", "740.0", "0.10036", "1361.44813783", "0.10035")]),
        ("kraken", KRAKEN_TRADE, [Trade("MATIC/USD", 4665906, 1695628177708706, "0.51170", "40.0")]),
        ("kraken", KRAKEN_ACK, [Confirmed(["BTC/USD"])]),
        ("kraken", KRAKEN_NO, [Refused(["NO/USD"], "Currency pair not supported NO/USD")]),
        ("kraken", '{"channel":"heartbeat"}', []),
        ("kraken", '{"channel":"status","type":"update","data":[{"system":"online"}]}', []),
        ("kraken", '{"method":"pong","time_in":"2023-09-24T14:10:23.799685Z"}', []),
        ("binance", BINANCE_TRADE, [Trade("BNBBTC", 12345, 1672515782136000, "0.001", "100")]),
        ("binance", BINANCE_QUOTE, [
            Quote("BNBUSDT", 400900217, None, "25.35190000", "31.21000000", "25.36520000", "40.66000000")]),
        ("binance", MINI, [Last("BNBBTC", 1672515782136000, "0.0025")]),
        ("binance", '{"result":null,"id":1}', []),
        ("binance", '{"result":["btcusdt@aggTrade"],"id":3}', []),
        ("binance", '{"code":2,"msg":"Invalid request: too many parameters","id":1}', [
            Refused([], "Invalid request: too many parameters")]),
        ("binance", '{"error":{"code":3,"msg":"Invalid JSON"},"id":1}', [Refused([], "Invalid JSON")]),
        ("binance", '{"e":"serverShutdown","E":1}', [Leaving("the server shuts down soon")]),
        ("coinbase", COINBASE_BEAT, [Beat("BTC-USD", 20)]),
        ("coinbase", COINBASE_NO, [
            Refused(["NO-USD"], "Failed to subscribe: NO-USD is not a valid product")]),
        ("coinbase", '{"type":"error","message":"ErrSlowConsume"}', [Refused([], "ErrSlowConsume")]),
        ("coinbase", '{"type":"subscriptions","channels":[{"name":"heartbeat","product_ids":["B-USD"]}]}', [
            Confirmed(["B-USD"])]),
        ("coinbase", '{"type":"l2update","product_id":"BTC-USD"}', []),
    ],
)  # fmt: skip
def test_a_documented_message_is_understood(venue: str, message: str, events: list[Event]) -> None:
    assert READERS[venue]().read(load_digits(message), ["NO-USD", "BTC-USD"]) == events


@pytest.mark.parametrize("venue", READERS)
@pytest.mark.parametrize("message", ["[]", "7", "null", '"text"'])
def test_what_is_no_object_is_refused(venue: str, message: str) -> None:
    with pytest.raises(TickError):
        READERS[venue]().read(load_digits(message), [])


def test_coinbases_recording_is_understood() -> None:
    reader = Coinbase()
    kinds: dict[type, int] = {}
    tickers = matches = 0
    with gzip.open(recording("coinbase_2021-04-17.capture.gz"), "rt") as file:
        for line in file:
            if match := re.match(r"[0-9.]+: (.+)", line):
                tickers += '"type":"ticker"' in line
                matches += '"type":"match"' in line or '"type":"last_match"' in line
                for event in reader.read(load_digits(match[1]), []):
                    kinds[type(event)] = kinds.get(type(event), 0) + 1
    assert tickers
    assert matches
    assert (kinds[Quote], kinds[Trade]) == (tickers, matches)


def test_a_message_of_binance_names_the_three_streams_of_each_symbol() -> None:
    messages = Binance().subscribe([f"S{n}USDT" for n in range(250)])
    assert [len(load_digits(each)["params"]) for each in messages] == [300, 300, 150]
    assert load_digits(messages[0])["params"][:3] == [
        "s0usdt@aggTrade",
        "s0usdt@bookTicker",
        "s0usdt@miniTicker",
    ]
    assert Binance.most * 3 <= 1024
