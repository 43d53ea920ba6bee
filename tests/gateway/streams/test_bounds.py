"""What a stream may ask for beside the others: names that nobody publishes, and bytes of memory."""

import asyncio
import json
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack

import pytest

from tests.support.event_stream import EventStream, answer_of, asked, comes_back, opened, stream
from tests.support.eventually import eventually
from tests.support.feeder import Feeder
from tests.support.local_gateway import LocalGateway, local_gateway
from tests.support.slow_client import small
from tickcast.gateway.limits.stream_bytes import SHARE, STREAM
from tickcast.gateway.streams.bounds import MAX_UNKNOWN
from tickcast.runtime.settings import MIB

NOBODYS = [f"NONE{number:04}" for number in range(400)]


@pytest.fixture
def settled(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let no feed be young: what it has not, it does not get."""
    monkeypatch.setattr("tickcast.gateway.fanout.hub.BEGINNING", 0.0)


@pytest.fixture
async def tight(feeder: Feeder, valkey_url: str, settled: None) -> AsyncIterator[LocalGateway]:
    """A gateway whose streams may hold 1 MiB, those of an address 256 KiB; proxies here are trusted."""
    await feeder.tick("AAPL", "MSFT")
    async with local_gateway(valkey_url, stream_bytes=MIB, trusted_proxies="127.0.0.0/8") as running:
        yield running


def listed(count: int, first: int = 0) -> str:
    return ",".join(NOBODYS[first : first + count])


async def refused(gateway: LocalGateway, target: str, *headers: bytes) -> tuple[int, str]:
    answer = await answer_of(gateway.url, target, *headers)
    assert answer.headers["content-type"] == "application/problem+json", answer.text
    if answer.status == 429:
        assert int(answer.headers["retry-after"]) > 0
    return answer.status, json.loads(answer.body)["detail"]


async def test_a_stream_may_name_a_hundred_symbols_that_nobody_publishes(tight: LocalGateway) -> None:
    async with opened(tight.url, symbols=f"AAPL,{listed(MAX_UNKNOWN)}"):
        pass
    status, why = await refused(tight, f"/v1/stream?symbols=AAPL,{listed(MAX_UNKNOWN + 1)}")
    assert (status, why.split(";")[0]) == (400, "101 symbols that nobody publishes")
    # Those of bars count with them.
    both = f"/v1/stream?symbols={listed(60)}&bars=1s&bars_of={listed(60, 100)}"
    assert (await refused(tight, both))[0] == 400
    assert tight.gateway.live.bounds.refused["names"] == 2


async def test_a_feed_that_begins_may_get_its_symbols_yet(feeder: Feeder, valkey_url: str) -> None:
    async with local_gateway(valkey_url) as gateway:
        # It has none at all.
        async with opened(gateway.url, symbols=listed(400)):
            pass
        await feeder.tick("AAPL")
        await eventually(lambda: b"AAPL" in gateway.gateway.live.last)
        async with opened(gateway.url, symbols=listed(400)):
            pass


async def test_names_are_not_counted_for_a_while_after_an_epoch_began(
    tight: LocalGateway, feeder: Feeder, monkeypatch: pytest.MonkeyPatch
) -> None:
    await feeder.redis.flushall()
    monkeypatch.setattr("tickcast.gateway.fanout.hub.BEGINNING", 60.0)
    tight.hub._emptied = -1e9
    assert not tight.hub.expects_names()
    await feeder.claim(renew=True)
    await feeder.tick("AAPL")
    await eventually(tight.hub.expects_names)
    async with opened(tight.url, symbols=listed(101)):
        pass


async def test_an_address_has_a_quarter_of_all_and_another_one_its_own(tight: LocalGateway) -> None:
    async with AsyncExitStack() as streams:
        opened_streams = 0
        while True:
            answer = await streams.enter_async_context(
                asked(
                    tight.url,
                    f"/v1/stream?symbols={listed(100, opened_streams)}",
                    b"x-forwarded-for: 192.0.2.1",
                )
            )
            if answer.status != 200:
                break
            opened_streams += 1
        assert answer.status == 429
        # Each of them takes some 35 KiB.
        assert 4 <= opened_streams <= 10
        account = tight.hub.bytes.account("192.0.2.1")
        assert account.streams == opened_streams
        assert account.used <= MIB // SHARE
        # The same list once more is not free, but it is shared.
        again = f"/v1/stream?symbols={listed(100)}"
        async with asked(tight.url, again, b"x-forwarded-for: 192.0.2.1") as answer:
            assert answer.status == 200
        async with asked(tight.url, again, b"x-forwarded-for: 192.0.2.2") as answer:
            assert answer.status == 200
            assert tight.hub.bytes.account("192.0.2.2").used < 3 * account.used // opened_streams
    await eventually(tight.is_empty)
    assert (tight.hub.bytes.used, len(tight.hub.bytes)) == (0, 0)


async def fill(tight: LocalGateway, streams: AsyncExitStack) -> EventStream:
    """Open streams of ever new lists from ever new addresses until one is refused; return its answer."""
    for number in range(60):
        headers = b"x-forwarded-for: 192.0.2.%d" % number, b"x-tickcast-balanced: 1"
        target = f"/v1/stream?symbols={listed(100, number)}"
        answer = await streams.enter_async_context(asked(tight.url, target, *headers))
        if answer.status != 200:
            return answer
    raise AssertionError("nothing was refused")


async def test_all_together_have_so_much_and_then_a_balancer_asks_another_gateway(
    tight: LocalGateway,
) -> None:
    async with AsyncExitStack() as streams:
        answer = await fill(tight, streams)
        assert (answer.status, answer.headers["connection"]) == (503, "close")
        assert tight.hub.bytes.used <= tight.hub.bytes.total == MIB
        # A client without a balancer comes back by itself.
        async with stream(tight.url, symbols=listed(100, 100)) as other:
            await other.finish()
            comes_back(other, "short of memory")
        assert tight.gateway.live.bounds.refused["total"] == 2
    await eventually(tight.is_empty)
    assert tight.hub.bytes.used == 0


async def test_a_change_is_bounded_like_a_new_stream(tight: LocalGateway) -> None:
    async with stream(tight.url, symbols="AAPL") as client:
        hello = await client.begin()
        [subscriber] = tight.streams.registry
        target = f"/v1/streams/{hello['stream']}"

        async def change(**body: list[str]) -> tuple[int, str]:
            answer = await answer_of(tight.url, target, method="PATCH", body=json.dumps(body).encode())
            return answer.status, json.loads(answer.body).get("detail", "")

        assert await change(add=NOBODYS[:100]) == (200, "")
        status, why = await change(add=NOBODYS[:101])
        assert (status, "nobody publishes" in why) == (400, True)
        async with AsyncExitStack() as others:
            while True:
                number = tight.hub.bytes.account("127.0.0.1").streams
                target_ = f"/v1/stream?symbols={listed(100, number + 100)}"
                answer = await others.enter_async_context(asked(tight.url, target_))
                if answer.status != 200:
                    break
            status, why = await change(drop=NOBODYS[:100], add=NOBODYS[300:400])
            assert (status, "your address" in why) == (429, True)
        assert tight.gateway.control.results["limited"] == 1
        # Nothing has changed.
        assert len(subscriber.group.symbols) == 101


async def test_what_waits_for_clients_that_do_not_read_counts_and_is_cut(
    feeder: Feeder, valkey_url: str, settled: None
) -> None:
    symbols = [f"S{number:04}" for number in range(4000)]
    for at in range(0, len(symbols), 1000):
        await feeder.tick(*symbols[at : at + 1000])
    # A snapshot has some 400 KB.
    async with local_gateway(valkey_url, stream_bytes=8 * MIB, compress=False, stall=300) as gateway:
        slow = [await small(gateway.url) for _ in range(4)]
        await eventually(lambda: gateway.streams.slow.full or gateway.streams.slow.beyond)
        for number in range(40):
            # Each gets a snapshot of its own, because the feed has gone on.
            await feeder.tick(symbols[number])
            slow.append(await small(gateway.url))
        await eventually(lambda: gateway.streams.slow.beyond > 0)
        await eventually(lambda: gateway.hub.bytes.account("127.0.0.1").used <= 2 * MIB)
        held = sum(each.waiting() + sum(map(len, each.backlog or ())) for each in gateway.streams.registry)
        assert held <= 2 * MIB
        for client in slow:
            client.close()
        await eventually(gateway.is_empty)
        assert gateway.hub.bytes.used == 0


async def test_a_list_that_waits_for_a_slow_client_counts(tight: LocalGateway, feeder: Feeder) -> None:
    async with stream(tight.url, symbols="AAPL") as client:
        hello = await client.begin()
        [subscriber] = tight.streams.registry
        before = tight.hub.bytes.used
        subscriber.paused()
        body = json.dumps({"add": NOBODYS[:100]}).encode()
        answer = await answer_of(tight.url, f"/v1/streams/{hello['stream']}", method="PATCH", body=body)
        assert answer.status == 200
        assert subscriber.held > 5000
        assert tight.hub.bytes.used == before + subscriber.held
        subscriber.drained()
        await client.expect("symbols")
        assert subscriber.held == 0
    await eventually(tight.is_empty)
    assert tight.hub.bytes.used == 0


async def test_what_a_prefix_matches_counts_as_it_grows(tight: LocalGateway, feeder: Feeder) -> None:
    async with opened(tight.url, symbols="A*"):
        before = tight.hub.bytes.used
        assert before > STREAM
        await feeder.tick(*(f"A{number}" for number in range(100)))
        await eventually(lambda: tight.hub.bytes.used > before + 100 * 40)
        await asyncio.sleep(0)
        assert tight.hub.bytes.account("127.0.0.1").used == tight.hub.bytes.used
