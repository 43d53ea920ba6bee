"""Symbols that an exchange does not know or does not take, and what the user may name."""

import dataclasses
import json

import pytest
from pydantic import ValidationError
from structlog.testing import capture_logs

from tests.publisher.sources.exchanges.conftest import BOUNDS, QUIET, SYMBOLS, VENUES, World
from tests.support.eventually import eventually
from tickcast.publisher.settings import PublisherSettings
from tickcast.publisher.source import SourceError, SourceOptions, load_source
from tickcast.publisher.sources.exchanges.source import Exchange


async def test_an_unknown_symbol_is_told_and_the_others_are_read(venue: str) -> None:
    world = World(venue, asked=(*SYMBOLS, "NOPE-USD"))
    if venue != "binance":  # which tells an unknown symbol by nothing but silence
        world.quiet = 60.0
    with capture_logs() as logs:
        # Those that were refused are not tried again meanwhile: the others must not wait for that.
        async with world.running(60, dataclasses.replace(BOUNDS, retry=60.0)) as judge:
            await eventually(lambda: judge.states.get("NOPE-USD") == "stale")
            await eventually(lambda: [judge.states.get(name) for name in SYMBOLS] == ["live"] * 4)
            await world.exchange.close_all()
            await eventually(lambda: len(world.exchange.attempts) > 1)
            await judge.catch_up(5)
    assert not judge.wrong
    said = [each for each in logs if "NOPE" in json.dumps(each, default=str)]
    assert said
    assert len(said) < 5


async def test_the_rest_of_too_many_symbols_is_read_and_goes_stale_beyond(venue: str) -> None:
    world = World(venue)
    world.exchange.dialect.most = 3
    async with world.running(60) as judge:
        if venue == "binance":
            # It refuses the whole list, and says so: nothing can be read.
            await judge.told_within(QUIET + BOUNDS.mute, lambda: len(judge.states) == 4, "stale")
            return
        await judge.told_within(
            QUIET + BOUNDS.open,
            lambda: sorted(judge.states.values()) == ["live", "live", "live", "stale"],
            "three of four",
        )
        world.exchange.dialect.most = 4
        await judge.told_within(BOUNDS.retry * 2 + 1, lambda: judge.all_are("live"), "room again")
    assert not judge.wrong


@pytest.mark.parametrize(
    ("venue", "name", "spelling"),
    [
        ("coinbase", "BTC/USD", "BTC-USD"),
        ("coinbase", "btc_usd", "BTC-USD"),
        ("kraken", "BTC-USD", "BTC/USD"),
        ("binance", "BTC-USDT", "BTCUSDT"),
        ("binance", "BTCUSDT", "BTCUSDT"),
    ],
)
def test_a_symbol_has_the_spelling_of_the_venue(venue: str, name: str, spelling: str) -> None:
    assert VENUES[venue]().spelling(name) == spelling


@pytest.mark.parametrize(
    ("options", "what"),
    [
        (SourceOptions(), "--symbols BTC-USD,ETH-USD"),
        (SourceOptions(names=("BTC-USD", "BTC/USD")), "BTC-USD and BTC/USD are both BTC-USD at coinbase"),
        (SourceOptions(names=("BTC*",)), "not a symbol"),
        (SourceOptions(names=("A-B",), exchange_url="http://127.0.0.1"), "wss://"),
        (SourceOptions(names=("A-B",), exchange_url="wss://"), "wss://"),
        (SourceOptions(names=("A-B",), exchange_url="ws://127.0.0.1:99999"), "wss://"),
    ],
)
def test_wrong_options_are_refused_in_words(options: SourceOptions, what: str) -> None:
    with pytest.raises(SourceError) as error:
        load_source("coinbase")(options)
    assert what in str(error.value)


def test_a_missing_library_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("tickcast.publisher.sources.exchanges.source.find_spec", lambda name: None)
    with pytest.raises(SourceError, match=r"pip install 'tickcast\[exchanges\]'"):
        load_source("kraken")(SourceOptions(names=("A-B",)))


def test_the_simulator_does_not_take_names() -> None:
    with pytest.raises(SourceError, match="takes a number"):
        load_source("simulated")(SourceOptions(names=("A",)))


def test_more_symbols_than_a_connection_takes_are_read_over_several() -> None:
    names = tuple(f"S{n}-USD" for n in range(250))
    source = Exchange(VENUES["kraken"](), SourceOptions(names=names))
    assert [len(part) for part in source.parts()] == [100, 100, 50]


async def test_a_trade_that_only_the_heartbeat_names_is_asked_for() -> None:
    world = World("coinbase")
    async with world.running(120) as judge:
        await eventually(lambda: judge.all_are("live"))
        world.exchange.fault = "beats only"
        await judge.catch_up(5)
    assert not judge.wrong
    assert {state.state for state in judge.told} == {"live"}


@pytest.mark.parametrize(
    ("text", "number", "names"),
    [
        ("50", 50, ()),
        ("BTC-USD", "BTC-USD", ("BTC-USD",)),
        ("BTC-USD, ETH-USD,", "BTC-USD, ETH-USD,", ("BTC-USD", "ETH-USD")),
    ],
)
def test_symbols_are_a_number_or_names(text: str, number: int | str, names: tuple[str, ...]) -> None:
    settings = PublisherSettings.model_validate({"symbols": text})
    assert (settings.symbols, settings.named_symbols) == (number, names)


@pytest.mark.parametrize("text", ["", " ", "0", "100001", "A," * 2001, "9" * 5000])
def test_neither_too_many_nor_no_symbols_are_taken(text: str) -> None:
    with pytest.raises(ValidationError, match="symbols"):
        PublisherSettings.model_validate({"symbols": text})
