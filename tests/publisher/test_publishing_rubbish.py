"""Rubbish that another program wrote into the feed's keys: the feed goes on, and nobody has to mend it."""

from collections.abc import Awaitable, Callable
from typing import Any

import pytest

from tests.publisher.conftest import Publishing, read_log
from tests.publisher.written_log import assert_continuous, published
from tests.support.eventually import eventually
from tickcast.wire.bar import bar_key, is_bar, symbol_of
from tickcast.wire.names import MAIN as names
from tickcast.wire.tick import Tick, decode_tick, is_tick

Start = Callable[..., Publishing]
Write = Callable[[Any], Awaitable[Any]]
LIST = names.bar_list(0, bar_key(b"A", "1s")).decode()
KEYS = [names.meta(0), names.log(0), names.last(0), names.symbols(0), names.bars(0), LIST]


def replaced(key: str, kind: str) -> Write:
    """Return a function that writes a key of another type in the place of `key`."""

    async def write(client: Any) -> None:
        # In one step: the publisher may write the key again in between.
        steps = client.pipeline(transaction=True)
        steps.delete(key)
        match kind:
            case "string":
                steps.set(key, "rubbish")
            case "list":
                steps.rpush(key, "rubbish")
            case "set":
                steps.sadd(key, "rubbish")
            case "zset":
                steps.zadd(key, {"rubbish": 1})
            case "hash":
                steps.hset(key, "rubbish", "1")
            case _:
                steps.xadd(key, {"rubbish": "1"})
        await steps.execute()

    return write


def field(name: str, value: str) -> Write:
    return lambda client: client.hset(names.meta(0), name, value)


def entry(key: str, name: str | bytes, value: str | bytes) -> Write:
    return lambda client: client.hset(key, name, value)


def added(entry_id: str) -> Write:
    return lambda client: client.xadd(names.log(0), {"rubbish": "1"}, id=entry_id)


def ahead(write: Callable[[Any, int], Awaitable[Any]]) -> Write:
    """Return a function that writes a token of in half an hour, as no publisher has it."""

    async def written(client: Any) -> None:
        seconds, _ = await client.time()
        await write(client, (seconds + 1800) * 1000)

    return written


STRANGERS = {"last": names.last(0), "symbols": names.symbols(0), "bars": names.bars(0)}

RUBBISH = {
    "a fence that may be one": ahead(lambda client, token: client.hset(names.meta(0), "fence", token)),
    "a fence key that may be one": ahead(lambda client, token: client.set(names.fence(0), token)),
    "a last value that is no JSON": entry(names.last(0), "ZZZ", '{"S":"ZZZ",oops}'),
    "a last value that is no JSON of a symbol": entry(names.last(0), "A", '{"S":"A",oops}'),
    **{
        f"{what} in {where}": entry(key, field, value)
        for where, key in STRANGERS.items()
        for what, field, value in (
            ("a long value", "A", b"x" * 2_000_000),
            ("a long value of a stranger", "ZZZ", b"x" * 2_000_000),
            ("a long name", b"Z" * 2_000_000, b"x"),
        )
    },
    "a huge fence": field("fence", str(9 * 10**18)),
    "a fence of many digits": field("fence", "9" * 400),
    "a fence that is no number": field("fence", "rubbish"),
    "a fence that is nan": field("fence", "nan"),
    "a fence below zero": field("fence", "-1"),
    "an empty fence": field("fence", ""),
    "an epoch of a word": field("epoch", "rubbish"),
    "an epoch of capitals": field("epoch", "0123456789ABCDEF"),
    "an empty epoch": field("epoch", ""),
    "an epoch with a line end": field("epoch", "0123456789abcde\n"),
    "an id of a word": field("id", "rubbish"),
    "an empty id": field("id", ""),
    "an id beyond the bounds": field("id", "99999999999999999999-9"),
    "an id with a huge number": field("id", "1-99999999"),
    "an id of the year 2255": field("id", "9000000000000-0"),
    "a batch number of a word": field("n", "rubbish"),
    "a run of a word": field("run", "rubbish"),
    "a time of a word": field("sent", "rubbish"),
    "counts of words": lambda client: client.hset(names.meta(0), mapping={"symbols": "x", "bars": "y"}),
    "huge counts": lambda client: client.hset(names.meta(0), mapping={"symbols": "9" * 30, "bars": "1e300"}),
    "a source of bytes": field("source", "\xff\x00"),
    "no meta": lambda client: client.delete(names.meta(0)),
    "no fields but one": lambda client: client.hdel(names.meta(0), "id", "fence", "n", "symbols"),
    "an entry in the log": added("*"),
    "an entry of the future": added("9999999999999-0"),
    "the last entry there can be": added(f"{2**64 - 1}-{2**64 - 1}"),
    "a last value that is none": entry(names.last(0), "A", "rubbish"),
    "a last value of a name that is none": entry(names.last(0), b"\xff\n", b"\x00"),
    "a last value with a huge q": entry(names.last(0), "A", '{"S":"A","q":99999999999999999999,"t":1,"p":1}'),
    "an instrument that is none": entry(names.symbols(0), b"\xff", b"\x00"),
    "a bar that is none": entry(names.bars(0), "A\t1s", "rubbish"),
    "a bar of a key that is none": entry(names.bars(0), b"\xff", b"\x00"),
    "a list of bars that are none": lambda client: client.rpush(LIST, b"\xff\x00"),
    "a log with an end": lambda client: client.expire(names.log(0), 1),
    "a meta with an end": lambda client: client.expire(names.meta(0), 1),
    "a fence key that is huge": lambda client: client.set(names.fence(0), 9 * 10**18),
    "a lease of another type": replaced(names.lease(0), "list"),
    "a lease that does not end": lambda client: client.set(names.lease(0), "rubbish 2000"),
} | {
    f"{key.partition('}:')[2]} as {kind}": replaced(key, kind)
    for key in KEYS
    for kind in ("string", "list", "set", "zset", "hash", "stream")
    if kind != {names.log(0): "stream", LIST: "list"}.get(key, "hash")
}


@pytest.fixture(autouse=True)
def fast_heartbeats(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let the leader verify its keys ten times a second."""
    monkeypatch.setattr("tickcast.publisher.pipeline.HEARTBEAT", 0.1)


def second(at: int, symbol: str = "A") -> Tick:
    """Return a tick in the second `at`, so that each tick ends the bar before."""
    return Tick(symbol, 1_795_384_800_000_000 + at * 1_000_000, f"{at}")


async def give(publisher: Publishing, at: int) -> None:
    before = publisher.stats.ticks
    publisher.source.queue.put_nowait([second(at), second(at, "B")])
    await published(publisher, before + 2)


async def assert_sound(client: Any, price: str) -> None:
    """Check that readers can use what stands in Redis."""
    batches = await read_log(client)
    assert_continuous(batches)
    epoch, newest, symbols = await client.hmget(names.meta(0), "epoch", "id", "symbols")
    assert {batch.epoch for batch in batches} == {epoch.decode()}
    assert batches[-1].id == max(batch.id for batch in batches)
    assert str(batches[-1].id) == newest.decode()
    assert int(symbols) == await client.hlen(names.last(0))
    assert decode_tick(await client.hget(names.last(0), "A"))[0].price == price
    await eventually(lambda: is_clean(client))
    assert await client.type(names.log(0)) == b"stream"
    for key in (names.meta(0), names.last(0), names.symbols(0), names.bars(0)):
        assert await client.type(key) == b"hash"


async def is_clean(client: Any) -> bool:
    """Tell whether there are no values but those of A and B, each what it has to be."""
    last, symbols, bars = [await client.hgetall(key) for key in STRANGERS.values()]
    if {*last} != {b"A", b"B"} or not {*symbols} <= {*last}:
        return False
    if not all(is_tick(symbol, json) for symbol, json in last.items()):
        return False
    return all(is_bar(key, json) and symbol_of(key) in last for key, json in bars.items())


@pytest.mark.parametrize("kind", RUBBISH)
async def test_the_leader_goes_on_over_rubbish(
    valkey: Any, valkey_url: str, publishing: Start, kind: str
) -> None:
    publisher = publishing(valkey_url)
    await give(publisher, 0)
    await give(publisher, 1)
    await RUBBISH[kind](valkey)
    for at in range(2, 5):
        await give(publisher, at)
    beats = publisher.stats.heartbeats
    await eventually(lambda: publisher.stats.heartbeats > beats + 1)
    await give(publisher, 5)
    await assert_sound(valkey, "5")


@pytest.mark.parametrize("kind", RUBBISH)
async def test_a_new_publisher_starts_over_rubbish(
    valkey: Any, valkey_url: str, publishing: Start, kind: str
) -> None:
    first = publishing(valkey_url)
    await give(first, 0)
    await give(first, 1)
    await first.end()
    await RUBBISH[kind](valkey)
    second = publishing(valkey_url)
    for at in range(2, 5):
        await give(second, at)
    beats = second.stats.heartbeats
    await eventually(lambda: second.stats.heartbeats > beats + 1)
    await give(second, 5)
    await assert_sound(valkey, "5")


@pytest.mark.parametrize("key", KEYS)
async def test_a_key_of_another_type_is_named_and_moved_aside(
    client: Any, redis_url: str, publishing: Start, key: str, capsys: pytest.CaptureFixture[str]
) -> None:
    publisher = publishing(redis_url)
    await give(publisher, 0)
    await give(publisher, 1)
    [before, *_] = await read_log(client)
    await replaced(key, "zset")(client)
    await give(publisher, 2)
    await eventually(lambda: publisher.stats.displaced == 1)
    await give(publisher, 3)
    [aside] = await client.keys("*:displaced:*")
    assert aside.startswith(f"{key}:displaced:1".encode())
    assert await client.zscore(aside, "rubbish") == 1
    [line] = [each for each in capsys.readouterr().out.splitlines() if "moved it aside" in each]
    assert key.replace("\t", "\\t") in line
    assert "zset" in line
    [*_, after] = await read_log(client)
    # A list holds bars that are final: no reader has lost a tick with it.
    assert (after.epoch == before.epoch) == (key == LIST)


async def test_a_symbol_of_another_partition_is_no_other_number_of_partitions(
    valkey: Any, valkey_url: str, publishing: Start
) -> None:
    first = publishing(valkey_url, partitions=2)
    for n in range(20):
        first.feed(f"S{n}", "1")
    await published(first, 20)
    await first.end()
    # S0 is of the other partition.
    held = await valkey.hgetall(names.last(0)), await valkey.hgetall(names.last(1))
    home = 0 if b"S0" in held[0] else 1
    await valkey.hset(names.last(1 - home), "S0", held[home][b"S0"])
    second = publishing(valkey_url, partitions=2)
    second.feed("S0", "2")
    await published(second, 1)
    assert decode_tick(await valkey.hget(names.last(home), "S0"))[1] == 2


async def test_a_token_that_no_publisher_has_is_outbid_and_readers_hear_nothing_of_it(
    client: Any, redis_url: str, publishing: Start, capsys: pytest.CaptureFixture[str]
) -> None:
    publisher = publishing(redis_url)
    await give(publisher, 0)
    await RUBBISH["a fence that may be one"](client)
    for at in range(1, 4):
        await give(publisher, at)
    assert (publisher.stats.depositions, publisher.stats.lost_epochs, publisher.stats.mended) == (0, 0, 1)
    assert len({batch.epoch for batch in await read_log(client)}) == 1
    assert "another program wrote a fencing token; took a larger one" in capsys.readouterr().out
    # A standby takes over from the larger token.
    await publisher.end()
    other = publishing(redis_url)
    await give(other, 4)
    assert other.stats.depositions == 0


async def test_what_was_mended_is_counted_and_named(
    client: Any, redis_url: str, publishing: Start, capsys: pytest.CaptureFixture[str]
) -> None:
    publisher = publishing(redis_url)
    await give(publisher, 0)
    await give(publisher, 1)
    before = await client.hgetall(names.last(0))
    await client.hset(names.last(0), mapping={"A": "oops", "ZZZ": '{"S":"ZZZ",oops}'})
    await client.hset(names.symbols(0), "A", "oops")
    await eventually(lambda: publisher.stats.mended == 3)
    assert await client.hgetall(names.last(0)) == before
    said = capsys.readouterr().out
    assert "wrote back values that another program had changed" in said
    assert "removed values of another program" in said
    assert "ZZZ" in said
    assert publisher.stats.lost_epochs == 0
