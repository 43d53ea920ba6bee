"""The scripts, called as the publisher calls them, on every kind of Redis."""

from tests.support.client import redis_client
from tests.support.eventually import eventually
from tests.support.redundant import Node
from tests.wire.conftest import EPOCH, Scripts, batches
from tickcast.wire.batch import decode_batch
from tickcast.wire.names import MAIN as names
from tickcast.wire.position import Position, parse_position

OTHER = "fedcba9876543210"
FUTURE = 9_000_000_000_000


async def test_a_batch_is_logged_published_and_kept_as_last_values(scripts: Scripts) -> None:
    await scripts.claim()
    async with scripts.client.pubsub() as live:
        await live.subscribe(names.live(0))
        await live.get_message(timeout=60)
        ok, own = await scripts.publish("0-0")
        message = await live.get_message(timeout=60)
    [batch] = await batches(scripts)
    assert ok == b"ok"
    assert message["data"] == (await scripts.client.xrange(names.log(0)))[0][1][b"b"]
    assert (batch.epoch, batch.id, batch.prev) == (EPOCH, parse_position(own), Position(0, 0))
    assert [symbol for symbol, _ in batch.ticks] == [b"AAPL", b"MSFT"]
    assert await scripts.client.hgetall(names.last(0)) == dict(batch.ticks)


async def test_each_batch_names_the_one_before_it(scripts: Scripts) -> None:
    await scripts.claim()
    newest: bytes = b"0-0"
    for n in range(1, 20):
        _, newest = await scripts.publish(newest, n)
    found = await batches(scripts)
    assert [batch.prev for batch in found[1:]] == [batch.id for batch in found[:-1]]
    assert sorted(batch.id for batch in found) == [batch.id for batch in found]


async def test_a_repeated_batch_is_written_once(scripts: Scripts) -> None:
    await scripts.claim()
    first = await scripts.publish("0-0", n=1)
    assert await scripts.publish("0-0", n=1) == first
    assert len(await batches(scripts)) == 1


async def test_a_batch_is_repeated_at_a_server_that_was_started_again(scripts: Scripts) -> None:
    _, _, start = await scripts.claim()
    _, newest = await scripts.publish(start)
    # Here the first call was not carried out.
    _, newest = await scripts.publish(newest, n=2, again=1)
    await scripts.client.hset(names.meta(0), "run", "0" * 40)
    assert (await scripts.publish(newest, n=3, again=1))[0] == b"ok"


async def test_a_batch_repeated_at_a_promoted_replica_is_refused() -> None:
    with Node("repl-diskless-sync-delay 0") as master, Node(f"replicaof 127.0.0.1 {master.port}") as replica:
        async with redis_client(master.url) as client:
            _, epoch, start = await Scripts(client).claim()
            _, newest = await Scripts(client).publish(start)
            await eventually(lambda: replica.ask("HGET", names.meta(0), "id") == newest)
        replica.ask("REPLICAOF", "NO", "ONE")
        async with redis_client(replica.url) as client:
            # The first call may have been carried out by the master, and readers may have heard it.
            scripts = Scripts(client)
            assert await scripts.publish(newest, n=2, again=1) == [b"lost", epoch, newest]
            assert (await scripts.publish(newest, n=2))[0] == b"ok"


async def test_a_heartbeat_carries_the_newest_id_and_is_not_logged(scripts: Scripts) -> None:
    await scripts.claim()
    _, newest = await scripts.publish("0-0")
    async with scripts.client.pubsub() as live:
        await live.subscribe(names.live(0))
        await live.get_message(timeout=60)
        await scripts.publish(newest, n=1, lines=b"")
        message = await live.get_message(timeout=60)
    beat = decode_batch(message["data"])
    assert beat.is_heartbeat
    assert beat.id == parse_position(newest)
    assert len(await batches(scripts)) == 1


async def test_an_older_writer_is_fenced_off_and_a_newer_one_goes_on(scripts: Scripts) -> None:
    await scripts.claim(fence=1)
    _, newest = await scripts.publish("0-0")
    assert await scripts.claim(fence=2, epoch=OTHER) == [b"ok", EPOCH.encode(), newest]
    assert await scripts.publish(newest, n=2, fence=1) == [b"fenced", b"2"]
    assert await scripts.claim(fence=1) == [b"fenced", b"2"]
    assert (await scripts.publish(newest, n=1, fence=2))[0] == b"ok"


async def test_a_writer_that_has_not_claimed_is_told_that_data_was_lost(scripts: Scripts) -> None:
    assert await scripts.publish("5-0") == [b"lost", b"", b""]
    await scripts.claim(floor="7-0")
    assert await scripts.publish("9-0") == [b"lost", EPOCH.encode(), b"7-0"]
    assert await scripts.publish("7-0", epoch=OTHER) == [b"lost", EPOCH.encode(), b"7-0"]
    assert await scripts.publish("7-0", fence=2) == [b"lost", EPOCH.encode(), b"7-0"]
    assert await batches(scripts) == []


async def test_renewal_makes_an_epoch_and_writes_back(scripts: Scripts) -> None:
    await scripts.claim()
    await scripts.publish("0-0")
    answer = await scripts.claim(
        epoch=OTHER, renew=1, floor="77-3", symbols=("AAPL", "{i}"), last=("AAPL", "{t}")
    )
    assert answer == [b"ok", OTHER.encode(), b"77-3"]
    assert await batches(scripts) == []
    assert await scripts.client.hget(names.symbols(0), "AAPL") == b"{i}"
    assert await scripts.client.hget(names.last(0), "AAPL") == b"{t}"


async def test_what_another_run_of_the_server_left_is_another_epoch(scripts: Scripts) -> None:
    _, _, start = await scripts.claim()
    _, newest = await scripts.publish(start)
    await scripts.client.hset(names.meta(0), "run", "0" * 40)

    assert await scripts.claim(fence=2, epoch=OTHER) == [b"ok", OTHER.encode(), newest]

    assert await scripts.client.hlen(names.last(0)) == 2
    assert not await scripts.client.exists(names.log(0))
    assert await scripts.client.xlen(names.ended_log(0)) == 1
    assert 0 < await scripts.client.ttl(names.ended_log(0)) <= 60
    assert await scripts.claim(fence=3, epoch=EPOCH) == [b"ok", OTHER.encode(), newest]


async def test_a_heartbeat_vouches_for_what_a_server_holds_after_it_was_started_anew(
    scripts: Scripts,
) -> None:
    _, _, start = await scripts.claim()
    _, newest = await scripts.publish(start)
    await scripts.client.hset(names.meta(0), "run", "0" * 40)

    await scripts.publish(newest, lines=b"")

    assert await scripts.claim(fence=2, epoch=OTHER) == [b"ok", EPOCH.encode(), newest]


async def test_a_writer_vouches_for_its_own_newest_id(scripts: Scripts) -> None:
    _, _, start = await scripts.claim()
    _, newest = await scripts.publish(start)
    await scripts.client.hset(names.meta(0), "run", "0" * 40)

    assert await scripts.claim(floor=newest.decode(), epoch=OTHER) == [b"ok", EPOCH.encode(), newest]


async def test_thousands_of_symbols_are_claimed_and_published_at_once(scripts: Scripts) -> None:
    found = [f"S{n}" for n in range(9000)]
    pairs = tuple(part for symbol in found for part in (symbol, "{}"))
    await scripts.claim(renew=1, symbols=pairs, last=pairs)
    assert await scripts.client.hlen(names.symbols(0)) == await scripts.client.hlen(names.last(0)) == 9000
    encoded = [symbol.encode() for symbol in found[:4096]]
    lines = b"".join(b'%b\t{"S":"%b","q":1}\n' % (name, name) for name in encoded)
    await scripts.publish("0-0", lines=lines)
    assert await scripts.client.hget(names.last(0), "S4095") == b'{"S":"S4095","q":1}'


async def test_ids_go_on_above_the_newest_when_the_clock_was_set_back(scripts: Scripts) -> None:
    await scripts.claim(floor=f"{FUTURE}-7")
    assert await scripts.publish(f"{FUTURE}-7") == [b"ok", b"%d-8" % FUTURE]


async def test_ids_stay_within_what_readers_count(scripts: Scripts) -> None:
    await scripts.claim(floor=f"{FUTURE}-2097151")
    assert await scripts.publish(f"{FUTURE}-2097151") == [b"ok", b"%d-0" % (FUTURE + 1)]


async def test_an_entry_added_by_hand_does_not_stop_the_writer(scripts: Scripts) -> None:
    await scripts.claim()
    _, newest = await scripts.publish("0-0")
    seconds, micros = await scripts.client.time()
    ahead = seconds * 1000 + micros // 1000 + 500
    await scripts.client.xadd(names.log(0), {"x": "poison"}, id=f"{ahead}-0")
    ok, own = await scripts.publish(newest, n=2)
    assert (ok, own) == (b"ok", b"%d-1" % ahead)


async def test_an_entry_from_the_future_does_not_drag_the_ids_along(scripts: Scripts) -> None:
    await scripts.claim()
    _, newest = await scripts.publish("0-0")
    await scripts.client.xadd(names.log(0), {"x": "poison"}, id="18446744073709551614-0")
    _, own = await scripts.publish(newest, n=2)
    _, last = await scripts.publish(own, n=3)
    assert parse_position(newest) < parse_position(own) < parse_position(last) < Position(FUTURE, 0)
    assert [batch.prev for batch in await batches(scripts)] == [parse_position(newest), parse_position(own)]


async def test_entries_before_the_smallest_id_to_keep_are_dropped(scripts: Scripts) -> None:
    await scripts.claim()
    newest: bytes = b"0-0"
    padding = b"".join(b'P%d\t{"S":"P%d","q":1}\n' % (n, n) for n in range(300))
    ids = []
    for n in range(1, 11):
        _, newest = await scripts.publish(
            newest, n, minid=ids[4].decode() if n == 10 else "0-0", lines=padding
        )
        ids.append(newest)
    assert [entry for entry, _ in await scripts.client.xrange(names.log(0))] == ids[4:]


async def test_a_claim_names_the_source_behind_whatever_is_written_back(scripts: Scripts) -> None:
    await scripts.claim(
        symbols=("AAPL", "{i}"), last=("AAPL", "{t}"), bars=("AAPL\t1s", "{b}"), source=("stdin",)
    )
    assert await scripts.client.hget(names.meta(0), "source") == b"stdin"
    await scripts.claim(fence=2, source=("simulated",))
    assert await scripts.client.hget(names.meta(0), "source") == b"simulated"


async def test_an_epoch_whose_newest_values_are_missing_is_not_continued(scripts: Scripts) -> None:
    await scripts.claim()
    _, newest = await scripts.publish("0-0")
    await scripts.client.hdel(names.last(0), "AAPL")

    assert await scripts.claim(fence=2, epoch=OTHER) == [b"ok", OTHER.encode(), newest]

    assert await scripts.client.hmget(names.meta(0), "symbols", "bars") == [b"1", b"0"]
    assert await scripts.claim(fence=3, epoch=EPOCH) == [b"ok", OTHER.encode(), newest]


async def test_a_new_epoch_keeps_no_bar_of_a_symbol_whose_newest_value_is_gone(scripts: Scripts) -> None:
    await scripts.claim()
    await scripts.publish("0-0")
    bars = {"AAPL\t1s": "{}", "AAPL\t1m": "{}", "MSFT\t1s": "{}"}
    await scripts.client.hset(names.bars(0), mapping=bars)
    await scripts.client.hdel(names.last(0), "AAPL")

    await scripts.claim(fence=2, epoch=OTHER)

    assert await scripts.client.hkeys(names.bars(0)) == [b"MSFT\t1s"]
    assert await scripts.client.hget(names.meta(0), "bars") == b"1"


async def test_a_server_that_was_demoted_and_promoted_again_begins_a_new_epoch(scripts: Scripts) -> None:
    _, _, start = await scripts.claim()
    _, newest = await scripts.publish(start)
    await scripts.publish(newest, n=0, lines=b"")
    # A promotion gives the history of a server another id; that of before is the replica's.
    await scripts.client.replicaof("127.0.0.1", "1")
    await scripts.client.replicaof("NO", "ONE")

    assert await scripts.claim(fence=2, epoch=OTHER) == [b"ok", OTHER.encode(), newest]
