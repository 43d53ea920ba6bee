"""The scripts and bars: they travel with the ticks, and as many are kept as were asked for."""

from tests.wire.conftest import Scripts, batches
from tickcast.wire.bar import INTERVALS, Bar, bar_key, encode_bar
from tickcast.wire.names import MAIN as names


def bar(start: int, close: str, q: int = 9, interval: str = "1s") -> Bar:
    """Return a bar of AAPL that begins `start` intervals after the epoch."""
    return Bar("AAPL", interval, start * INTERVALS[interval], "1.50", "2", "1", close, "100", 1, q)


async def kept(scripts: Scripts, interval: str = "1s") -> list[bytes]:
    """Return the bars of AAPL that Redis holds, oldest first."""
    key = bar_key(b"AAPL", interval)
    final = await scripts.client.lrange(names.bar_list(0, key), 0, -1)
    newest = await scripts.client.hget(names.bars(0), key)
    return [*final, newest]


async def test_bars_travel_in_the_batch_behind_its_ticks(scripts: Scripts) -> None:
    await scripts.claim()
    formed = [bar(7, "1.60"), bar(7, "1.60", interval="1m")]
    _, newest = await scripts.publish("0-0", bars=formed)
    await scripts.publish(newest, n=2, lines=b"", bars=[bar(8, "1.70")])
    both, alone = await batches(scripts)
    assert [symbol for symbol, _ in both.ticks] == [b"AAPL", b"MSFT"]
    assert both.bars == [(b"AAPL\t1s", encode_bar(formed[0])), (b"AAPL\t1m", encode_bar(formed[1]))]
    assert (alone.ticks, alone.bars) == ([], [(b"AAPL\t1s", encode_bar(bar(8, "1.70")))])
    assert not alone.is_heartbeat


async def test_a_bar_is_replaced_while_it_forms_and_final_when_the_next_one_comes(scripts: Scripts) -> None:
    await scripts.claim()
    newest: bytes = b"0-0"
    forming = [bar(7, "1.60"), bar(7, "1.65"), bar(8, "1.70"), bar(8, "1.75")]
    for n, each in enumerate(forming, 1):
        _, newest = await scripts.publish(newest, n=n, bars=[each])
    assert await kept(scripts) == [encode_bar(forming[1]), encode_bar(forming[3])]


async def test_bars_are_kept_up_to_the_number_asked_for_each_interval(scripts: Scripts) -> None:
    await scripts.claim()
    made = [[bar(n, "1", interval=interval) for interval in INTERVALS] for n in range(1, 11)]
    newest: bytes = b"0-0"
    for n, bars in enumerate(made, 1):
        _, newest = await scripts.publish(newest, n=n, bars=bars, keep=2)
    for place, interval in enumerate(INTERVALS):
        final = 2 * (place + 1)
        assert await kept(scripts, interval) == [encode_bar(bars[place]) for bars in made[-final - 1 :]]


async def test_a_repeated_batch_adds_its_bars_once(scripts: Scripts) -> None:
    await scripts.claim()
    _, newest = await scripts.publish("0-0", bars=[bar(7, "1.60")])
    for _ in range(2):
        await scripts.publish(newest, n=2, bars=[bar(8, "1.70")])
    assert await kept(scripts) == [encode_bar(bar(7, "1.60")), encode_bar(bar(8, "1.70"))]


async def test_a_claim_that_renews_writes_the_newest_bars_back(scripts: Scripts) -> None:
    written = encode_bar(bar(7, "1.60"))
    await scripts.claim(renew=1, bars=("AAPL\t1s", written))
    assert await kept(scripts) == [written]


async def test_an_epoch_whose_newest_bars_are_missing_is_not_continued(scripts: Scripts) -> None:
    await scripts.claim()
    await scripts.publish("0-0", bars=[bar(7, "1.60")])
    await scripts.client.delete(names.bars(0))
    _, epoch, _ = await scripts.claim(fence=2, epoch="fedcba9876543210")
    assert epoch == b"fedcba9876543210"


async def test_a_claim_counts_what_it_writes_back(scripts: Scripts) -> None:
    await scripts.claim(renew=1, last=("AAPL", "{t}"), bars=("AAPL\t1s", "{b}", "AAPL\t1m", "{b}"))
    assert await scripts.client.hmget(names.meta(0), "symbols", "bars") == [b"1", b"2"]
