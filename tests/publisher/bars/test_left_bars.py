"""Which of the bars that a publisher left in Redis the next one goes on with, and which it makes again."""

from typing import Any

import pytest

from tests.publisher.bars.plain_bars import assert_true_to_the_ticks
from tests.publisher.bars.succession import START, Start, die, finished, give, newest, quotes
from tests.publisher.conftest import read_log
from tests.support.eventually import eventually
from tickcast.wire.bar import INTERVALS, Bar, bar_key, encode_bar
from tickcast.wire.names import MAIN as names
from tickcast.wire.tick import encode_tick


def pair(second: tuple[int, int, int], minute: tuple[int, int, int]) -> dict[str, str]:
    """Return both bars as Redis holds them, each of its start (s), `n` and `q`."""
    found = {}
    for interval, (start, ticks, q) in (("1s", second), ("1m", minute)):
        time = START + start * 1_000_000
        prices = '"o":1,"h":1,"l":1,"c":1'
        found[f"AAPL\t{interval}"] = (
            f'{{"S":"AAPL","i":"{interval}","t":{time},{prices},"n":{ticks},"q":{q}}}'
        )
    return found


def long(interval: str, start: int, ticks: int, q: int) -> dict[str, str]:
    """Return a quarter or a day as Redis holds it, beginning so many seconds after START."""
    bar = Bar("AAPL", interval, START + start * 1_000_000, "9", "9", "1", "2", None, ticks, q)
    return {f"AAPL\t{interval}": encode_bar(bar).decode()}


DAY = -START // 1_000_000 % 86_400 - 86_400
"""Start of the day of START, in seconds after it."""


@pytest.mark.parametrize(
    ("ticks", "q", "more"),
    [
        pytest.param(90, 93, 94, id="before the minute"),
        pytest.param(93, 95, 95, id="level with it"),
        pytest.param(90, 94, 4, id="with a part of it"),
        pytest.param(90, 97, 4, id="ahead of the newest tick"),
    ],
)
async def test_a_day_goes_on_if_it_fits_the_newest_minute(
    valkey: Any, valkey_url: str, publishing: Start, ticks: int, q: int, more: int
) -> None:
    """The newest minute has the ticks 94 and 95; then two more come, and the day has `more`."""
    held = pair((0, 2, 95), (0, 2, 95)) | long("1d", DAY, ticks, q)
    await valkey.hset(names.bars(0), mapping=held)
    await valkey.hset(names.last(0), "AAPL", encode_tick(quotes(0.5)[0], 95))
    publisher = publishing(valkey_url)
    await give(publisher, quotes(0.7, 60.2))
    await finished(publisher)
    day = newest(await read_log(valkey), "1d")
    assert (day["n"], day["q"]) == (str(more), "97")
    assert day["h"] == ("9" if more > 4 else "7.50")


async def test_a_day_outlives_the_loss_of_its_minute(valkey: Any, valkey_url: str, publishing: Start) -> None:
    first = publishing(valkey_url)
    await give(first, quotes(0, 30, 61, 62))
    await eventually(lambda: first.stats.bars == 12)
    await die(first)
    await valkey.hdel(names.bars(0), "AAPL\t1m")
    second = publishing(valkey_url)
    await give(second, quotes(63, 121))
    await finished(second)
    for interval in ("1d", "15m"):
        bar = newest(await read_log(valkey), interval)
        assert (bar["n"], bar["q"]) == ("6", "6")
    assert newest(await read_log(valkey), "1m")["n"] == "1"


async def test_long_bars_that_end_differently_cannot_go_on_without_the_minute(
    valkey: Any, valkey_url: str, publishing: Start, capsys: pytest.CaptureFixture[str]
) -> None:
    await valkey.hset(names.bars(0), mapping=long("1d", DAY, 4, 4) | long("15m", 0, 3, 3))
    await valkey.hset(names.last(0), "AAPL", encode_tick(quotes(0.5)[0], 5))
    publisher = publishing(valkey_url)
    await give(publisher, quotes(0.7))
    await finished(publisher)
    assert "they end with different ticks" in capsys.readouterr().out
    assert newest(await read_log(valkey), "1d")["n"] == "1"


FITTING = pair((0, 3, 3), (0, 3, 3))


@pytest.mark.parametrize(
    "poison",
    [
        FITTING | {"AAPL\t1s": "{", "AAPL\t1m": b"\xff\xfe"},
        {"AAPL\t1s": FITTING["AAPL\t1s"]},
        FITTING | {"AAPL\t1s": FITTING["AAPL\t1s"].replace("AAPL", "MSFT")},
        FITTING | {"AAPL\t1m": FITTING["AAPL\t1s"]},
        pair((0, 2, 2), (0, 3, 3)),
        pair((0, 900, 900), (0, 900, 900)),
        pair((0, 3, 3), (0, 2, 3)),
        pair((60, 3, 3), (0, 3, 3)),
        {"\r\n": "x", "AAPL": "x", "MSFT\t1m": FITTING["AAPL\t1m"]},
    ],
)
async def test_bars_that_do_not_fit_are_made_anew_of_the_ticks(
    valkey: Any,
    valkey_url: str,
    publishing: Start,
    poison: dict[str, str],
    capsys: pytest.CaptureFixture[str],
) -> None:
    first = publishing(valkey_url, bars=False)
    await give(first, quotes(0, 0.1), quotes(0.2))
    await die(first)
    await valkey.hset(names.bars(0), mapping=poison)
    second = publishing(valkey_url)
    await give(second, quotes(0.3))
    await finished(second)
    assert "ignored bars in redis" in capsys.readouterr().out
    assert assert_true_to_the_ticks(await read_log(valkey)) == 4


async def test_bars_that_were_ignored_are_not_given_back_to_an_emptied_redis(
    valkey: Any, valkey_url: str, publishing: Start
) -> None:
    await valkey.hset(names.bars(0), "MSFT\t1m", "x")
    publisher = publishing(valkey_url)
    await give(publisher, quotes(0))
    await valkey.flushall()
    await eventually(lambda: publisher.stats.lost_epochs == 1)
    await publisher.end()
    assert set(await valkey.hkeys(names.bars(0))) == {bar_key(b"AAPL", interval) for interval in INTERVALS}
