"""Work that clients ask for counts for their address; beyond its share they wait, and nobody else does."""

import asyncio
import json
from collections.abc import AsyncIterator
from typing import Any

import pytest

from tests.support.event_stream import answer_of, asked, opened, stream
from tests.support.eventually import eventually
from tests.support.feeder import Feeder
from tests.support.local_gateway import LocalGateway, local_gateway
from tests.support.market import Market, key
from tickcast.gateway.limits.work import BURST, Work

OTHER = b"x-forwarded-for: 192.0.2.7"
COSTLY = ("/v1/snapshot", "/v1/symbols", "/v1/bars/AAPL?interval=1m", "/v1/stream")


@pytest.fixture
async def gateway(feeder: Feeder, valkey_url: str) -> AsyncIterator[LocalGateway]:
    """A gateway that believes what clients say of their addresses."""
    await feeder.tick("AAPL", "MSFT")
    async with local_gateway(valkey_url, trusted_proxies="127.0.0.0/8") as running:
        yield running


def spend(gateway: LocalGateway, address: str = "127.0.0.1") -> Work:
    """Let an address owe as much as it can."""
    work = gateway.gateway.work
    work.charge(address, 12.0)
    return work


def spend_once_opened(gateway: LocalGateway, monkeypatch: pytest.MonkeyPatch) -> None:
    """Let an address owe as much as it can right after a stream has opened: its first piece is sent then."""
    open_stream = gateway.gateway.live.resume.open

    def open_and_spend(*args: Any) -> None:
        open_stream(*args)
        spend(gateway)

    monkeypatch.setattr(gateway.gateway.live.resume, "open", open_and_spend)


def pay(work: Work) -> None:
    """Let everybody have paid off what they owe."""
    work._own._paid_off.clear()
    work._all._paid_off.clear()


@pytest.mark.parametrize("target", COSTLY[:3])
async def test_who_has_had_its_share_is_refused_and_nobody_else(gateway: LocalGateway, target: str) -> None:
    work = spend(gateway)
    # Together they may have four times as much.
    answer = await answer_of(gateway.url, target)
    assert (answer.status, answer.headers["connection"]) == (429, "close")
    assert 0 < int(answer.headers["retry-after"]) <= BURST
    assert "your address" in json.loads(answer.body)["detail"]
    assert work.refused["work"] == 1
    assert (await answer_of(gateway.url, target, OTHER)).status == 200
    # What costs nothing is answered in any case.
    assert (await answer_of(gateway.url, "/healthz")).status == 200
    pay(work)
    assert (await answer_of(gateway.url, target)).status == 200


async def test_a_stream_comes_back_by_itself_and_through_a_balancer_it_hears_429(
    gateway: LocalGateway,
) -> None:
    spend(gateway)
    async with stream(gateway.url) as client:
        await client.finish()
        assert (client.status, client.seen) == (200, [])
        assert "busy with other requests of your address" in client.text.decode()
        # When its address has paid off enough, and not all who wait at once.
        assert BURST * 1000 - 2000 < (client.sse.retry or 0) <= BURST * 1000 + 5000
    assert (await answer_of(gateway.url, "/v1/stream", b"x-tickcast-balanced: 1")).status == 429
    assert (await answer_of(gateway.url, "/v1/stream", b"connection: close", method="HEAD")).status == 429
    async with asked(gateway.url, "/v1/stream", OTHER) as answer:
        assert answer.status == 200


async def test_when_all_have_had_too_much_a_balancer_asks_another_gateway(gateway: LocalGateway) -> None:
    for number in range(8):
        spend(gateway, f"192.0.2.{number}")
    gateway.gateway.work.charge("127.0.0.1", 0.5)
    answer = await answer_of(gateway.url, "/v1/stream", b"x-tickcast-balanced: 1")
    assert (answer.status, answer.headers["connection"]) == (503, "close")
    assert (await answer_of(gateway.url, "/v1/snapshot")).status == 503
    async with stream(gateway.url) as client:
        await client.finish()
        assert (client.status, client.seen) == (200, [])
        assert "busy with other requests" in client.text.decode()


@pytest.mark.parametrize("target", COSTLY)
async def test_each_request_counts_for_its_address(gateway: LocalGateway, target: str) -> None:
    work = gateway.gateway.work
    async with asked(gateway.url, target, OTHER) as answer:
        assert answer.status == 200
        assert 0.0002 < work.seconds < 0.2
        assert [*work._own._paid_off] == ["192.0.2.7"]


async def test_a_change_counts_and_is_refused(gateway: LocalGateway) -> None:
    async with opened(gateway.url, symbols="AAPL") as client:
        target = f"/v1/streams/{json.loads(client.seen[0].data)['stream']}"
        before = gateway.gateway.work.seconds
        answer = await answer_of(gateway.url, target, method="PATCH", body=b'{"add":["MSFT"]}')
        assert answer.status == 200
        assert gateway.gateway.work.seconds > before + 0.0002
        spend(gateway)
        answer = await answer_of(gateway.url, target, method="PATCH", body=b'{"add":["TSLA"]}')
        assert answer.status == 429
        # Whoever else holds the stream asks from another address.
        answer = await answer_of(gateway.url, target, OTHER, method="PATCH", body=b'{"add":["TSLA"]}')
        assert answer.status == 200


async def test_a_change_by_another_gateway_counts_for_the_address_of_the_stream(
    gateway: LocalGateway, valkey_url: str
) -> None:
    async with (
        local_gateway(valkey_url, gateway_id="second") as second,
        opened(gateway.url, symbols="AAPL") as client,
    ):
        await eventually(lambda: second.gateway.control._listening and gateway.gateway.control._listening)
        target = f"/v1/streams/{json.loads(client.seen[0].data)['stream']}"
        before = gateway.gateway.work.seconds
        answer = await answer_of(second.url, target, method="PATCH", body=b'{"add":["MSFT"]}')
        assert answer.status == 200
        assert gateway.gateway.work.seconds > before
        spend(gateway)
        answer = await answer_of(second.url, target, method="PATCH", body=b'{"add":["TSLA"]}')
        assert (answer.status, answer.headers["retry-after"]) == (429, "2")


async def far_behind(gateway: LocalGateway, feeder: Feeder) -> str:
    """Return the cursor of a stream that has gone, and lacks 5,000 ticks."""
    async with opened(gateway.url, symbols="AAPL") as client:
        await feeder.tick("AAPL")
        await client.ticks(1)
        cursor = client.cursor
    for _ in range(5):
        await feeder.tick(*["AAPL"] * 1000)
    await eventually(lambda: gateway.gateway.live.ring.number >= 5000)
    return cursor


async def test_a_replay_waits_while_its_address_has_had_its_share_and_is_exact_then(
    gateway: LocalGateway, feeder: Feeder, monkeypatch: pytest.MonkeyPatch
) -> None:
    cursor = await far_behind(gateway, feeder)
    work = gateway.gateway.work
    spend_once_opened(gateway, monkeypatch)
    async with stream(gateway.url, cursor, symbols="AAPL") as client:
        assert (await client.expect("hello"))["replayed"] == 5000
        await eventually(lambda: work.held > 0)
        # Another address is served meanwhile, and sees all there is.
        async with asked(gateway.url, "/v1/stream?symbols=AAPL", OTHER) as other:
            assert json.loads((await other.until(lambda event: event.type == b"snapshot"))[-1].data)
        assert gateway.gateway.work.wait("127.0.0.1") > 0
        [replaying] = [each for each in gateway.streams.registry if each.account.address == "127.0.0.1"]
        assert replaying.replay is not None
        pay(work)
        gateway.streams._send_queue._release(("127.0.0.1", None))
        assert [q for _, q in await client.ticks(5000)] == list(range(3, 5003))


async def test_who_leaves_while_it_waits_is_left_alone(
    gateway: LocalGateway, feeder: Feeder, monkeypatch: pytest.MonkeyPatch
) -> None:
    cursor = await far_behind(gateway, feeder)
    spend_once_opened(gateway, monkeypatch)
    async with stream(gateway.url, cursor, symbols="AAPL") as client:
        await client.expect("hello")
        await eventually(lambda: gateway.gateway.work.held > 0)
    await eventually(gateway.is_empty)
    gateway.streams._send_queue._release(("127.0.0.1", None))
    await asyncio.sleep(0)
    assert not gateway.streams._send_queue._held


async def test_two_thousand_dashboards_behind_one_address_may_reload_at_once(
    gateway: LocalGateway, feeder: Feeder
) -> None:
    """What each of them costs is measured here, in CPU time; the budget has to hold 2,000 of them."""
    work, dashboards = gateway.gateway.work, 100
    await feeder.tick(*(f"S{number:03}" for number in range(500)))
    await eventually(lambda: len(gateway.gateway.live.last) >= 500)

    async def reload(number: int) -> None:
        names = ",".join(f"S{(number * 7 + each) % 500:03}" for each in range(20))
        async with opened(gateway.url, symbols=names):
            for target in COSTLY[1:3]:
                assert (await answer_of(gateway.url, target)).status == 200

    await asyncio.gather(*map(reload, range(dashboards)))
    assert work.refused.total() == 0
    assert work.seconds / dashboards * 2000 < 0.1 * BURST


async def test_a_change_that_waits_for_the_end_of_a_piece_counts_for_who_asked(
    market: Market, monkeypatch: pytest.MonkeyPatch
) -> None:
    market.tick("A", "B")
    member, scheduler = market.join(key("A")), market.hub.scheduler
    before = market.work.seconds
    monkeypatch.setattr(scheduler, "_piece", iter(()))
    market.streams.change_key(member, key("B"))
    assert (member.group.key.selection, market.work.seconds) == (key("A").selection, before)
    monkeypatch.undo()
    [put_off] = scheduler._between
    scheduler._between.clear()
    put_off()
    assert member.group.key.selection == key("B").selection
    assert market.work.seconds > before
