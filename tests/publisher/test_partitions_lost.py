"""A publisher that loses or gives up single partitions goes on with the others, and counts what it drops."""

import asyncio
from collections.abc import Callable
from typing import Any

import pytest

from tests.publisher.conftest import FedSource, Publishing
from tests.support.eventually import eventually
from tickcast.publisher.broker import Broker
from tickcast.publisher.chunk import Chunk
from tickcast.publisher.inbox.reader import InboxReader
from tickcast.publisher.lease import DeposedError
from tickcast.publisher.members import Members
from tickcast.publisher.sequencer import Sequencer
from tickcast.publisher.writer import Writer
from tickcast.wire.instrument import Instrument
from tickcast.wire.names import MAIN as names
from tickcast.wire.symbol import partition_of

Start = Callable[..., Publishing]
LOST, KEPT = (
    next(each for each in ("AAPL", "MSFT", "TSLA", "NVDA") if partition_of(each.encode(), 2) == partition)
    for partition in (0, 1)
)
"""A symbol of the partition that is lost, and one of the other."""


@pytest.fixture(autouse=True)
def shared(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let the source be one that publishers share, so that each partition has a lease of its own."""
    monkeypatch.setattr(FedSource, "shared", True, raising=False)


async def take_lease(client: Any, partition: int = 0) -> None:
    """Let somebody else lead a partition."""
    await client.set(names.lease(partition), "somebody 60000", px=60_000)


async def test_a_partition_lost_with_a_full_queue_does_not_hold_up_the_others(
    valkey: Any, valkey_url: str, publishing: Start, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("tickcast.publisher.batcher.MAX_PENDING", 10)
    hangs, write = asyncio.Event(), Writer.publish

    async def publish(self: Writer, chunk: Chunk) -> None:
        if self.partition == 0:
            hangs.set()
            await asyncio.Future()
        await write(self, chunk)

    monkeypatch.setattr(Writer, "publish", publish)
    publisher = publishing(valkey_url, partitions=2)
    for _ in range(5):
        publisher.feed(LOST, *["1"] * 10)
    await hangs.wait()
    await eventually(lambda: publisher.source.queue.qsize() < 5)
    publisher.feed(KEPT, "2")
    await take_lease(valkey)
    await eventually(lambda: valkey.hexists(names.last(1), KEPT))
    assert (publisher.stats.depositions, publisher.stats.led) == (1, 1)
    # Ten are written, ten are queued, ten wait for room; the others are not of this publisher any more.
    assert publisher.stats.dropped_ticks == 30
    assert publisher.stats.ticks == 1


async def test_a_lease_lost_while_instruments_are_written_costs_that_partition_alone(
    valkey: Any, valkey_url: str, publishing: Start, monkeypatch: pytest.MonkeyPatch
) -> None:
    write = Writer.write_instruments

    async def deposed(self: Writer, instruments: list[Instrument]) -> None:
        if self.partition == 0:
            raise DeposedError("the lease was lost")
        await write(self, instruments)

    monkeypatch.setattr(Writer, "write_instruments", deposed)
    publisher = publishing(valkey_url, partitions=2)
    publisher.source.instruments = [Instrument(each, each, "0.01", "1", "USD") for each in (LOST, KEPT)]
    await eventually(lambda: valkey.hexists(names.symbols(1), KEPT))
    publisher.feed(KEPT, "2")
    await eventually(lambda: valkey.hexists(names.last(1), KEPT))
    assert not publisher.task.done()
    assert publisher.stats.depositions == 1


async def test_a_partition_is_given_up_when_its_reader_has_ended(
    valkey: Any, valkey_url: str, publishing: Start, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What a reader took of the inbox after the numbers are let go would be taken, and never published."""
    order: list[str] = []
    read, leave = InboxReader.run, Sequencer.leave

    async def run(self: InboxReader) -> None:
        try:
            await read(self)
        finally:
            await asyncio.sleep(0)
            order.append("the reader has ended")

    def left(self: Sequencer, partition: int) -> None:
        order.append("its numbers are let go")
        leave(self, partition)

    monkeypatch.setattr(FedSource, "reads_inbox", True, raising=False)
    monkeypatch.setattr(InboxReader, "run", run)
    monkeypatch.setattr(Sequencer, "leave", left)
    publisher = publishing(valkey_url, partitions=2, source="inbox")
    await eventually(lambda: publisher.stats.led == 2)
    [own] = (await valkey.hgetall(names.publishers())).values()
    broker = Broker(valkey_url)
    other = Members(broker, "another", own.split(b" ", 3)[3].decode())

    async def given_up() -> bool:
        await other.renew(0)
        return len(order) >= 2

    await eventually(given_up)
    assert order[:2] == ["the reader has ended", "its numbers are let go"]
    assert publisher.stats.depositions == 0
    await broker.close()
