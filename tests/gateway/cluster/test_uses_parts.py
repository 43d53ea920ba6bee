"""Whose counts a gateway asks for, and what it does while nobody can tell."""

import asyncio
import time
from collections.abc import Mapping, Sequence
from types import SimpleNamespace

import pytest

from tickcast.gateway.cluster.membership import ALIVE_WITHIN, ListError, Summary
from tickcast.gateway.cluster.uses import Uses, part_of
from tickcast.gateway.limits.work import Work
from tickcast.runtime.redis.errors import LinkError
from tickcast.wire.names import MAIN as names


def summary(gateway_id: str, started: int = 1) -> Summary:
    """Return what a gateway that is alive says of itself."""
    return Summary(gateway_id, started, time.time_ns() // 1000, 0, 0, 0, "live", False)


class Counts:
    """What others have, as it is set."""

    def __init__(self) -> None:
        self.found: int | None = 5
        self.asked: list[dict[str, bool]] = []

    def note(self, subject: str) -> None:
        """Take a subject."""

    async def tell(self, *args: object) -> None:
        """Tell nothing."""

    async def elsewhere(self, subject: str, others: Mapping[str, bool]) -> int | None:
        """Return what is set."""
        self.asked.append({**others})
        return self.found


class Alone:
    """The uses of a gateway, with a list of gateways that is set."""

    def __init__(self) -> None:
        self.members = [summary("own"), summary("one"), summary("two")]
        self.error: Exception | None = None
        self.counts, self.work = Counts(), Work(100)
        client = SimpleNamespace(names=names)
        self.uses = Uses(client, part_of("own", 1), self.counts, self.work, self.alive)  # type: ignore[arg-type]
        self.uses.told.exchange = self.counts.tell  # type: ignore[method-assign]
        self.uses._prune = self.counts.tell  # type: ignore[method-assign]

    async def alive(self) -> Sequence[Summary]:
        """Return those that are set."""
        if self.error is not None:
            raise self.error
        return self.members


@pytest.fixture
async def alone() -> Alone:
    """A gateway that knows two others."""
    made = Alone()
    await made.uses.exchange()
    made.uses._has_met.set()
    return made


async def test_a_gateway_without_others_asks_nobody(alone: Alone) -> None:
    alone.uses._seen.clear()
    assert await alone.uses.most_here("me", 12) == 12
    assert alone.counts.asked == []


async def test_who_no_longer_stands_in_the_list_counts_as_long_as_it_may_be_alive(alone: Alone) -> None:
    assert await alone.uses.most_here("me", 12) == 7
    alone.members = [summary("own"), summary("one")]
    await alone.uses.exchange()
    await alone.uses.most_here("me", 12)
    # It may have left, or not yet have entered a list that was made again: then its counts are there.
    assert alone.counts.asked[-1] == {part_of("one", 1): True, part_of("two", 1): False}
    alone.uses._seen[part_of("two", 1)] -= ALIVE_WITHIN
    await alone.uses.most_here("me", 12)
    assert alone.counts.asked[-1] == {part_of("one", 1): True}
    await alone.uses.exchange()
    assert [*alone.uses._seen] == [part_of("one", 1)]


async def test_what_nobody_knows_divides_the_limit_of_that_stream_alone(alone: Alone) -> None:
    alone.counts.found = None
    assert await alone.uses.most_here("me", 12) == 4
    assert not alone.uses.is_away


@pytest.mark.parametrize("error", [ListError("too long"), LinkError("down")])
async def test_without_a_list_limits_are_divided_by_those_last_seen(
    alone: Alone, error: Exception, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    assert (alone.work.gateways, alone.work.parts) == (3, 1)
    alone.error, turns = error, 0

    async def turn(seconds: float) -> None:
        # It comes and goes, again and again.
        nonlocal turns
        turns += 1
        if turns == 20:
            raise asyncio.CancelledError
        alone.error = None if alone.error else error

    monkeypatch.setattr(asyncio, "sleep", turn)
    with pytest.raises(asyncio.CancelledError):
        await alone.uses.run()
    monkeypatch.undo()
    said = capsys.readouterr().out
    assert said.count("limits are divided by the gateways last seen") == 1
    assert said.count("limits are shared again") == 1
    alone.uses._lose("away")
    assert await alone.uses.most_here("me", 12) == 4
    assert (alone.work.parts, alone.counts.asked) == (3, [])
    assert await alone.uses.most_here("me", 2) == 1
    assert await alone.uses.most_here("me", 0) == 0


async def test_no_stream_opens_before_it_is_known_who_else_there_is() -> None:
    alone = Alone()
    ask = asyncio.create_task(alone.uses.most_here("me", 12))
    run = asyncio.create_task(alone.uses.run())
    assert await ask == 7
    run.cancel()
