"""What a new publisher makes of the bars and ticks that the one before left in Redis."""

from typing import Any

import pytest

from tests.publisher.bars.plain_bars import assert_true_to_the_ticks, decoded
from tests.publisher.bars.succession import START, Start, die, finished, give, newest, quotes
from tests.publisher.conftest import read_log
from tests.support.eventually import eventually
from tickcast.publisher.bars.recovery import LOOKBACK
from tickcast.wire.names import MAIN as names
from tickcast.wire.tick import Tick, decode_tick


@pytest.mark.usefixtures("quiet_bars")
async def test_ticks_whose_bars_were_never_sent_are_counted_by_the_next_publisher(
    client: Any, redis_url: str, publishing: Start
) -> None:
    first = publishing(redis_url)
    await give(first, quotes(0, 0.3), quotes(0.5, 1.5), quotes(61, 61.5, 62, symbol="MSFT"), quotes(1.6))
    await die(first)
    second = publishing(redis_url)
    await give(second, quotes(1.7), quotes(2, 3), quotes(62, symbol="MSFT"))
    await finished(second)
    batches = await read_log(client)
    assert_true_to_the_ticks(batches)
    # The same trade all along: known to the second publisher, too.
    assert newest(batches, "1m")["v"] == 5


@pytest.mark.usefixtures("quiet_bars")
async def test_ticks_in_the_log_are_counted_after_a_restart_of_redis_too(
    client: Any, redis_url: str, publishing: Start
) -> None:
    first = publishing(redis_url)
    await give(first, quotes(0, 0.3), quotes(0.5), quotes(1.5))
    await die(first)
    await client.hset(names.meta(0), "run", "0" * 40)
    second = publishing(redis_url)
    await give(second, quotes(1.7))
    await finished(second)
    batches = await read_log(client)
    assert (newest(batches, "1m")["n"], newest(batches, "1s")["n"]) == ("5", "2")
    assert not await client.exists(names.ended_log(0))


@pytest.mark.usefixtures("quiet_bars")
@pytest.mark.parametrize("new_epoch", [False, True])
async def test_ticks_are_counted_however_long_nobody_led(
    client: Any, redis_url: str, publishing: Start, new_epoch: bool
) -> None:
    first = publishing(redis_url)
    await give(first, quotes(0, 0.3), quotes(0.5), quotes(1.5))
    await die(first)
    await _shift(client, LOOKBACK * 2)
    if new_epoch:
        await client.delete(names.meta(0))
    second = publishing(redis_url)
    await give(second, quotes(1.7))
    await finished(second)
    assert newest(await read_log(client), "1m")["n"] == "5"


async def _shift(client: Any, ms: int) -> None:
    """Make the entries of the log older."""
    entries = await client.xrange(names.log(0))
    await client.delete(names.log(0))
    for id_, fields in entries:
        at, _, number = id_.partition(b"-")
        await client.xadd(names.log(0), fields, id=f"{int(at) - ms}-{number.decode()}")


@pytest.mark.usefixtures("quiet_bars")
async def test_bars_that_were_evicted_are_formed_again_from_the_log(
    client: Any, redis_url: str, publishing: Start
) -> None:
    first = publishing(redis_url)
    await give(first, quotes(0, 0.3), quotes(1.5), quotes(2.5), quotes(3.5))
    await die(first)
    await client.delete(names.bars(0))
    second = publishing(redis_url)
    await give(second, quotes(4.5))
    await finished(second)
    assert newest(await read_log(client), "1m")["n"] == "6"
    final = await client.lrange(names.bar_list(0, b"AAPL\t1s"), 0, -1)
    starts = [decoded(bar)["t"] for bar in final]
    assert starts == sorted(set(starts))
    assert [decoded(bar)["n"] for bar in final] == ["2", "1", "1", "1"]


async def test_publishers_in_turn_form_one_bar(valkey: Any, valkey_url: str, publishing: Start) -> None:
    for turn in range(4):
        publisher = publishing(valkey_url, bars=turn != 2)
        await give(publisher, quotes(turn / 10, turn / 10 + 0.05))
        await publisher.end()
    batches = await read_log(valkey)
    assert assert_true_to_the_ticks(batches) == 4
    assert newest(batches, "1s")["n"] == "8"


async def test_a_minute_goes_on_with_the_volume_of_all_its_seconds(
    valkey: Any, valkey_url: str, publishing: Start
) -> None:
    for second in range(4):
        publisher = publishing(valkey_url)
        begin = START + second * 700_000
        await give(publisher, [Tick("A", begin + n, f"{n + 1}", "2.5") for n in range(3)])
        await publisher.end()
    batches = await read_log(valkey)
    assert_true_to_the_ticks(batches)
    assert newest(batches, "1m")["v"] == 30


@pytest.mark.usefixtures("quiet_bars")
async def test_many_batches_are_searched_for_what_the_bars_lack(
    valkey: Any, valkey_url: str, publishing: Start
) -> None:
    first = publishing(valkey_url)
    await give(first, *(quotes(n / 100) for n in range(40)), *([Tick("B", START, "1")] for _ in range(5)))
    await die(first)
    await finished(second := publishing(valkey_url))
    assert second.stats.bars == 8
    assert assert_true_to_the_ticks(await read_log(valkey)) == 8


async def test_what_the_log_no_longer_holds_is_a_hole_that_the_chain_shows(
    valkey: Any, valkey_url: str, publishing: Start, monkeypatch: pytest.MonkeyPatch
) -> None:
    first = publishing(valkey_url)
    await give(first, quotes(0, 0.1))
    await eventually(lambda: first.stats.bars == 4)
    # What comes from now on must not be in a bar that was sent.
    monkeypatch.setattr("tickcast.publisher.bars.forming.MAX_UNSENT_AGE", 3600.0)
    await give(first, quotes(0.2), quotes(0.3), quotes(0.4))
    await die(first)
    await valkey.xtrim(names.log(0), maxlen=1, approximate=False)
    second = publishing(valkey_url)
    await give(second, quotes(0.5))
    await finished(second)
    bar = newest(await read_log(valkey), "1s")
    # Seen: 1, 2, 5 and 6.
    assert (bar["n"], bar["q"]) == ("4", "6")


@pytest.mark.parametrize(("left", "epochs"), [(0, 2), (1, 2), (3, 1)])
async def test_a_hole_in_the_bars_is_a_gap_to_readers(
    valkey: Any, valkey_url: str, publishing: Start, monkeypatch: pytest.MonkeyPatch, left: int, epochs: int
) -> None:
    first = publishing(valkey_url)
    await give(first, quotes(0, 0.1))
    await eventually(lambda: first.stats.bars == 4)
    monkeypatch.setattr("tickcast.publisher.bars.forming.MAX_UNSENT_AGE", 3600.0)
    await give(first, quotes(0.2), quotes(0.3), quotes(0.4))
    before = (await read_log(valkey))[-1].epoch
    await die(first)
    await valkey.xtrim(names.log(0), maxlen=left, approximate=False)
    second = publishing(valkey_url)
    await give(second, quotes(0.5))
    await finished(second)
    after = (await read_log(valkey))[-1].epoch
    assert len({before, after}) == epochs
    assert second.stats.lost_epochs == epochs - 1
    held = decode_tick(await valkey.hget(names.last(0), "AAPL"))
    assert held[1] == 6


async def test_without_the_tick_before_it_the_first_of_a_hole_is_not_counted(
    valkey: Any, valkey_url: str, publishing: Start
) -> None:
    first = publishing(valkey_url, bars=False)
    await give(first, quotes(0), quotes(0.1), quotes(0.2))
    await die(first)
    await valkey.xtrim(names.log(0), maxlen=2, approximate=False)
    await finished(publishing(valkey_url))
    bar = newest(await read_log(valkey), "1s")
    assert (bar["n"], bar["q"], bar["v"]) == ("1", "3", 0)


async def test_the_search_is_bounded(
    valkey: Any, valkey_url: str, publishing: Start, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("tickcast.publisher.bars.recovery.MAX_RECOVERED_TICKS", 10)
    first = publishing(valkey_url, bars=False)
    await give(first, *(quotes(n / 100) for n in range(30)))
    await die(first)
    await finished(publishing(valkey_url))
    bar = newest(await read_log(valkey), "1s")
    # Entries are read eight at a time, and the first tick only tells what follows it.
    assert (bar["n"], bar["q"]) == ("15", "30")
