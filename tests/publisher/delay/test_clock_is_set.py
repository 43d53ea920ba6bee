"""Redis's clock is set while prices wait: none comes before it has waited for the whole delay; all come."""

import time
from collections.abc import AsyncIterator, Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.faults.referee.clock import Clock, sweep
from tests.publisher.delay.late import Delaying, arrived, written
from tests.support.client import redis_client
from tests.support.eventually import eventually
from tests.support.feeder import Feeder
from tests.support.redundant import Node
from tests.support.tools import need
from tickcast.wire.names import MAIN, DelayedNames

DELAY = 4000
"""ms: longer than a clock takes to be set, and a delayer to begin."""

LATER = DelayedNames("main-d4s")

FORWARD = 900
"""Seconds."""


@pytest.fixture
def clock(tmp_path: Path) -> Clock:
    need("faketime")
    return Clock(tmp_path / "clock")


@pytest.fixture
def node(clock: Clock) -> Iterator[Node]:
    """A Redis with that clock."""
    with Node(**clock.environment) as node:
        yield node
        node.kill()
        sweep(node.pid)


@pytest.fixture
async def client(node: Node) -> AsyncIterator[Any]:
    async with redis_client(node.url) as client:
        yield client


async def set_clock(client: Any, clock: Clock, seconds: int) -> None:
    """Set Redis's clock, and wait until it is."""

    async def is_set() -> bool:
        return bool(abs((await client.time())[0] - time.time() - seconds) < FORWARD / 2)

    clock.set(seconds)
    await eventually(is_set)


async def copied(client: Any, feeder: Feeder) -> None:
    """Wait until all that the feed has waits to be due."""
    newest = str(feeder.positions[0])

    async def has_all() -> bool:
        return newest in (await client.get(LATER.copied(0)) or b"").decode()

    await eventually(has_all)


async def test_a_clock_set_forward_while_no_delayer_runs_makes_nothing_early(
    client: Any, node: Node, clock: Clock, delaying: Callable[..., Delaying]
) -> None:
    async with Feeder(node.url) as feeder:
        first = delaying(node.url, wait=DELAY)
        began = time.monotonic()
        await feeder.tick("A")
        await copied(client, feeder)
        await first.end()
        # The log has it, and no delayer has copied it.
        await feeder.tick("A")
        await set_clock(client, clock, FORWARD)
        delaying(node.url, wait=DELAY)
        await arrived(client, 1, names=LATER)
        assert time.monotonic() - began >= DELAY / 1000
        assert [each.q for each in await arrived(client, 2, names=LATER)] == [1, 2]


async def test_a_leap_that_a_delayer_saw_is_known_to_the_next_one(
    client: Any, node: Node, clock: Clock, delaying: Callable[..., Delaying]
) -> None:
    async def knows() -> bool:
        return len((await client.get(LATER.clock(0)) or b"").split()) > 4

    async with Feeder(node.url) as feeder:
        first = delaying(node.url, wait=DELAY)
        began = time.monotonic()
        await feeder.tick("A")
        await copied(client, feeder)
        await set_clock(client, clock, FORWARD)
        # With what is kept next it notes the leap.
        await feeder.tick("B")
        await eventually(knows)
        await first.kill()
        delaying(node.url, wait=DELAY)
        await arrived(client, 1, names=LATER)
        assert time.monotonic() - began >= DELAY / 1000


async def test_a_clock_set_back_makes_nothing_wait_for_long(
    client: Any, node: Node, clock: Clock, delaying: Callable[..., Delaying]
) -> None:
    async with Feeder(node.url) as feeder:
        delaying(node.url, wait=DELAY)
        await eventually(lambda: client.get(LATER.copied(0)))
        for _ in range(20):
            await feeder.tick("A")
            await copied(client, feeder)
        await set_clock(client, clock, -FORWARD)
        began = time.monotonic()
        await feeder.tick("B")
        # If each waited for the delay, one after the other, this would take two minutes.
        late = await arrived(client, 21, names=LATER)
        assert [each.tick for each in late] == [each.tick for each in await written(client, MAIN)]
        assert time.monotonic() - began >= DELAY / 1000


async def test_an_inbox_that_begins_again_with_a_clock_that_is_behind_is_read(
    client: Any, node: Node, clock: Clock, delaying: Callable[..., Delaying]
) -> None:
    async with Feeder(node.url) as feeder:
        own = delaying(node.url, wait=DELAY)
        await feeder.tick("A")
        await arrived(client, 1, names=LATER)
        await set_clock(client, clock, -FORWARD)
        await client.delete(LATER.inbox(0))
        await feeder.tick("A")
        await eventually(lambda: own.stats.delay_gaps == 1)

        async def has_newest() -> bool:
            found = await written(client, LATER)
            return bool(found) and found[-1].q == 2

        await eventually(has_newest)


async def test_without_a_note_what_waits_is_counted_from_when_a_delayer_begins(
    client: Any, node: Node, delaying: Callable[..., Delaying], capsys: pytest.CaptureFixture[str]
) -> None:
    async with Feeder(node.url) as feeder:
        first = delaying(node.url, wait=DELAY)
        await feeder.tick("A")
        await copied(client, feeder)
        await first.end()
        await client.delete(LATER.clock(0))
        await client.hset(LATER.clock(0), "a", "b")
        began = time.monotonic()
        delaying(node.url, wait=DELAY)
        await eventually(lambda: "how long prices have waited is not known" in capsys.readouterr().out)
        await arrived(client, 1, names=LATER)
        assert time.monotonic() - began >= DELAY / 1000
