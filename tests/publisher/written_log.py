"""The log that a publisher writes: waiting until it is written, and what must be true of it."""

from tests.publisher.conftest import Publishing
from tests.support.eventually import eventually
from tickcast.wire.batch import Batch
from tickcast.wire.tick import decode_tick


def sequences(batches: list[Batch]) -> dict[bytes, list[int | None]]:
    """Return every q of each symbol, in the order of the log."""
    found: dict[bytes, list[int | None]] = {}
    for batch in batches:
        for symbol, json in batch.ticks:
            found.setdefault(symbol, []).append(decode_tick(json)[1])
    return found


def assert_continuous(batches: list[Batch]) -> None:
    """Check that each batch names the one before it."""
    assert [batch.prev for batch in batches[1:]] == [batch.id for batch in batches[:-1]]


async def published(publishing: Publishing, ticks: int) -> None:
    """Wait until so many ticks are written, and check that there are no more."""
    await eventually(lambda: publishing.stats.ticks >= ticks)
    assert publishing.stats.ticks == ticks
