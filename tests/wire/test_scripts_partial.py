"""The scripts on a partition of which some keys lack values, by DEL or eviction."""

import pytest

from tests.wire.conftest import EPOCH, Scripts, batches
from tests.wire.test_scripts_bars import bar
from tickcast.wire.names import MAIN as names

LAST = ("AAPL", '{"S":"AAPL","q":1,"t":1,"p":1.5}', "MSFT", '{"S":"MSFT","q":1,"t":1,"p":2}')


async def written(scripts: Scripts) -> bytes:
    """Claim the partition and write a tick of two symbols, a bar, and an instrument; return the newest id."""
    await scripts.claim(symbols=("AAPL", "{i}"))
    _, newest = await scripts.publish("0-0", bars=[bar(7, "1.60")])
    return newest


@pytest.mark.parametrize(
    "lines", [b"", b'AAPL\t{"S":"AAPL","q":2,"t":2,"p":1.6}\n'], ids=["heartbeat", "batch"]
)
@pytest.mark.parametrize("key", [names.last(0), names.bars(0)])
async def test_a_key_that_lacks_values_is_named_before_anything_is_written(
    scripts: Scripts, key: str, lines: bytes
) -> None:
    newest = await written(scripts)
    [field, *_] = await scripts.client.hkeys(key)
    await scripts.client.hdel(key, field)
    assert await scripts.publish(newest, n=2, lines=lines) == [b"partial", key.encode()]
    assert len(await batches(scripts)) == 1


async def test_a_heartbeat_names_instruments_that_are_missing(scripts: Scripts) -> None:
    newest = await written(scripts)
    assert await scripts.publish(newest, lines=b"", instruments=1) == [b"ok", newest, 1]
    await scripts.client.delete(names.symbols(0))
    assert await scripts.publish(newest, lines=b"", instruments=1) == [b"partial", names.symbols(0).encode()]


async def test_a_heartbeat_tells_that_the_log_is_gone(scripts: Scripts) -> None:
    newest = await written(scripts)
    await scripts.client.delete(names.log(0))
    assert await scripts.publish(newest, lines=b"") == [b"ok", newest, 0]


async def test_values_are_written_back_in_the_same_epoch(scripts: Scripts) -> None:
    newest = await written(scripts)
    await scripts.client.delete(names.last(0))
    back = await scripts.claim(epoch="f" * 16, renew=2, floor=newest.decode(), last=LAST)
    assert back == [b"ok", EPOCH.encode(), newest]
    assert (await scripts.publish(newest))[0] == b"ok"
    assert await scripts.client.hmget(names.meta(0), "symbols", "bars") == [b"2", b"1"]


async def test_counts_of_hand_do_not_stop_the_writer(scripts: Scripts) -> None:
    newest = await written(scripts)
    await scripts.client.hset(names.meta(0), mapping={"symbols": "9" * 30, "bars": "many"})
    assert (await scripts.publish(newest, n=2))[0] == b"partial"
    await scripts.claim(renew=2, floor=newest.decode(), last=LAST)
    assert (await scripts.publish(newest))[0] == b"ok"


async def test_a_claim_drops_the_bars_of_lost_symbols_with_few_commands(scripts: Scripts) -> None:
    await scripts.claim()
    pairs = {f"S{n}\t{interval}": "{b}" for n in range(3000) for interval in ("1s", "1m")}
    await scripts.client.hset(names.bars(0), mapping=pairs)
    await scripts.client.hset(names.last(0), "S7", "{t}")
    await scripts.client.hset(names.meta(0), mapping={"symbols": 3000, "bars": len(pairs)})
    await scripts.client.config_resetstat()
    await scripts.claim(fence=2)
    assert set(await scripts.client.hkeys(names.bars(0))) == {b"S7\t1s", b"S7\t1m"}
    calls = await scripts.client.info("commandstats")
    assert sum(each["calls"] for name, each in calls.items() if name != "cmdstat_hkeys") < 40
