"""Limits over all gateways: what a subject or an address uses of one counts at the others."""

import asyncio
from contextlib import AsyncExitStack

import pytest

from tests.gateway.pair import Pair, know_each_other, two_gateways
from tests.support.event_stream import EventStream, answer_of, asked
from tests.support.eventually import eventually
from tests.support.feeder import Feeder
from tests.support.granted import Door
from tests.support.local_gateway import LocalGateway
from tests.support.servers import PrivateValkey
from tickcast.gateway.cluster import uses
from tickcast.gateway.cluster.membership import ALIVE_WITHIN, encode_summary
from tickcast.gateway.cluster.uses import part_of
from tickcast.gateway.limits.payers import digest_of_subject, share_of
from tickcast.gateway.limits.work import BURST
from tickcast.gateway.streams.stream_ids import address_of
from tickcast.wire.gateway_list import BUCKETS, WORK
from tickcast.wire.names import MAIN as names


async def status(gateway: LocalGateway, header: bytes, target: str = "/v1/stream") -> int:
    """Return the status of an answer; its body is not read."""
    async with asked(gateway.url, target, header) as answer:
        return answer.status


async def test_a_subject_has_its_streams_over_all_gateways(pair: Pair, door: Door) -> None:
    header, (one, other) = door.header("A", streams=3), pair
    async with AsyncExitStack() as streams:
        for gateway in (one, one, other):
            await (await streams.enter_async_context(asked(gateway.url, "/v1/stream", header))).begin()
        for gateway in pair:
            answer = await answer_of(gateway.url, "/v1/stream", header)
            assert answer.status == 429
            assert (answer.headers["ratelimit-policy"], answer.headers["retry-after"]) == (
                '"streams";q=3',
                "10",
            )
            assert answer.headers["ratelimit"] == '"streams";r=0;t=10'
            assert gateway.gateway.live.bounds.refused["streams"] == 1
        async with asked(other.url, "/v1/stream", door.header("A", sub="another", streams=1)) as stream:
            await stream.begin()
    # They have ended: what one gateway had is free at the other.
    await eventually(lambda: one.is_empty() and other.is_empty())
    async with AsyncExitStack() as streams:

        async def three_at_the_other() -> bool:
            stream: EventStream = await streams.enter_async_context(asked(other.url, "/v1/stream", header))
            return stream.status == 200 and len(other.streams.registry) == 3

        await eventually(three_at_the_other)


async def test_of_many_that_ask_at_once_never_more_get_in_than_are_allowed(pair: Pair, door: Door) -> None:
    header = door.header("A", streams=5)
    async with AsyncExitStack() as streams:
        asks = [
            streams.enter_async_context(asked(pair[number % 2].url, "/v1/stream", header))
            for number in range(30)
        ]
        answers = await asyncio.gather(*asks)
        let_in = sum(answer.status == 200 for answer in answers)
        assert {answer.status for answer in answers} == {200, 429}
        assert 1 <= let_in <= 5
        assert sum(len(each.streams.registry) for each in pair) == let_in


async def test_the_part_of_a_gateway_that_was_killed_comes_back(
    pair: Pair, door: Door, feeder: Feeder, monkeypatch: pytest.MonkeyPatch
) -> None:
    header, (one, other) = door.header("A", streams=1), pair

    async def nothing() -> None:
        pass

    async with asked(one.url, "/v1/stream", header) as stream:
        await stream.begin()
        await one.gateway.uses.exchange()
        assert await status(other, header) == 429
        # It tells nothing any more, as if it were gone; its stream goes on here only to show that.
        monkeypatch.setattr(one.gateway.uses, "exchange", nothing)
        last = one.gateway.summary()
        monkeypatch.setattr(
            one.gateway.membership, "_summary", lambda: last._replace(t=last.t - ALIVE_WITHIN)
        )
        await feeder.redis.hdel(names.gateways(), address_of("one"))
        # What it was when it was last seen counts until then, and no longer.
        part = part_of("one", one.gateway.started)
        await other.gateway.uses.exchange()
        assert await status(other, header) == 429
        other.gateway.uses._seen[part] -= ALIVE_WITHIN
        assert await status(other, header) == 200


async def test_the_counts_of_a_gateway_that_ended_are_removed(pair: Pair, door: Door, feeder: Feeder) -> None:
    one = pair[0]
    part, bucket = part_of("gone", 7), digest_of_subject("me")[0]
    await feeder.redis.hset(names.uses(bucket), mapping={part: 1, part + digest_of_subject("me"): 3})
    # A field of work is a part and no more.
    works = {part: b"{}", part_of("one", one.gateway.started) + "more": b"{}"}
    await feeder.redis.hset(names.uses(WORK), mapping=works)
    async with asked(one.url, "/v1/stream", door.header("A", streams=2)) as stream:
        await stream.begin()
        await one.gateway.uses.exchange()
        for gateway in pair:
            for what in (*BUCKETS, WORK):
                await gateway.gateway.uses._prune(what)
        left = {part_of(each.gateway.settings.gateway_id, each.gateway.started).encode() for each in pair}
        mine = part_of("one", one.gateway.started) + digest_of_subject("me")
        assert {*await feeder.redis.hkeys(names.uses(bucket))} == left | {mine.encode()}
        assert {*await feeder.redis.hkeys(names.uses(WORK))} == left


async def test_one_of_all_removes_what_ended_ones_have_left(
    pair: Pair, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(uses, "PRUNED_EVERY", 1)
    pruned: list[tuple[str, str]] = []
    for each in pair:

        async def prune(what: str, own: str = each.gateway.uses._part) -> None:
            pruned.append((own, what))

        monkeypatch.setattr(each.gateway.uses, "_prune", prune)
    first = min(each.gateway.uses._part for each in pair)
    for _ in range(20):
        for each in pair:
            await each.gateway.uses.exchange()
    assert {own for own, _ in pruned} == {first}
    assert {what for _, what in pruned} == {*BUCKETS, WORK}


async def test_a_gateway_that_stops_takes_its_counts_with_it(
    feeder: Feeder, valkey_url: str, door: Door
) -> None:
    await feeder.tick("A")
    async with two_gateways(valkey_url, **door.settings) as pair:
        await eventually(lambda: know_each_other(pair))
        async with asked(pair[0].url, "/v1/stream", door.header("A", streams=1)) as stream:
            await stream.begin()
            await pair[0].gateway.uses.exchange()
    for what in (*BUCKETS, WORK):
        assert not await feeder.redis.exists(names.uses(what))


async def test_while_redis_is_away_each_gateway_allows_its_part(
    private_valkey: PrivateValkey, patience: None, door: Door
) -> None:
    header = door.header("A", streams=4)
    async with Feeder(private_valkey.url) as feeder:
        await feeder.tick("A")
        async with two_gateways(private_valkey.url, **door.settings) as pair, AsyncExitStack() as streams:
            await eventually(lambda: know_each_other(pair))
            private_valkey.pause()
            try:
                for gateway in pair:
                    for expected in (200, 200, 429):
                        ask = asked(gateway.url, "/v1/stream", header)
                        assert (await streams.enter_async_context(ask)).status == expected
                    assert gateway.gateway.uses.is_away
                    # A share of work is divided as well: nobody hears what is spent elsewhere.
                    assert gateway.gateway.work.parts == 2
                    # However long it is away: those last seen count.
                    gateway.gateway.uses._seen = dict.fromkeys(gateway.gateway.uses._seen, 0)
                    assert await gateway.gateway.uses.most_here("me", 12) == 6
            finally:
                private_valkey.resume()
            await eventually(lambda: all(each.gateway.work.parts == 1 for each in pair))


async def test_work_done_at_one_gateway_is_owed_at_the_other(pair: Pair, door: Door) -> None:
    one, other = pair
    await eventually(lambda: all(each.gateway.uses.told.heard for each in pair))
    # 70 s of its share: more than a burst.
    one.gateway.work.charge("10.1.2.3", 0.1 * (BURST + 10))
    seconds = other.gateway.work.seconds
    await eventually(lambda: other.gateway.work.wait("10.1.2.3") > 0)
    header = b"x-forwarded-for: 10.1.2.3\r\n" + door.header("A")
    answer = await answer_of(other.url, "/v1/snapshot", header)
    assert answer.status == 429
    assert answer.headers["ratelimit-policy"] == '"work";q=6000;w=60'
    assert answer.headers["ratelimit"] == f'"work";r=0;t={answer.headers["retry-after"]}'
    assert await status(other, door.header("A"), "/v1/snapshot") == 200
    # It is told once, and neither told back nor counted as work of that gateway.
    owed = other.gateway.work.wait("10.1.2.3")
    for each in (one, other, one, other):
        await each.gateway.uses.exchange()
    assert one.gateway.work.wait("10.1.2.3") <= owed + 1
    assert other.gateway.work.wait("10.1.2.3") <= owed
    assert other.gateway.work.seconds - seconds < 1


async def test_the_work_of_a_subject_counts_from_whatever_address(pair: Pair, door: Door) -> None:
    one, _ = pair
    one.gateway.work.charge_besides(share_of("greedy"), 10)
    for address in (b"10.0.0.2", b"10.0.0.3"):
        header = b"x-forwarded-for: %b\r\n" % address + door.header("A", sub="greedy")
        for target in ("/v1/snapshot", "/v1/bars/A", "/v1/symbols"):
            answer = await answer_of(one.url, target, header)
            assert answer.status == 429
            assert b"requests of your subject" in answer.body
    header = b"x-forwarded-for: 10.0.0.2\r\n" + door.header("A", sub="modest")
    assert await status(one, header, "/v1/snapshot") == 200


async def test_the_part_of_a_gateway_that_starts_again_is_another(pair: Pair, feeder: Feeder) -> None:
    one, other = pair
    started_again = one.gateway.summary()._replace(started=5)
    await feeder.redis.hset(names.gateways(), address_of("one"), encode_summary(started_again))
    one.gateway.membership._summary = lambda: started_again
    await other.gateway.uses.exchange()
    # It has not written its counts yet: each has its part of the limit.
    assert other.gateway.uses._listed == {part_of("one", 5)}
    assert await other.gateway.uses.most_here("me", 12) == 6
