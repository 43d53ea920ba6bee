"""Mending goes through all values in turn, a few at a time, and Redis has time for others meanwhile."""

from collections.abc import Callable
from typing import Any

import pytest

from tests.publisher.conftest import Publishing
from tests.publisher.written_log import published
from tickcast.publisher.mending import Mending, Round
from tickcast.wire.names import MAIN as names

Start = Callable[..., Publishing]


def test_a_round_comes_to_every_value_once_and_to_what_is_added_in_the_next_one() -> None:
    values, going = {b"%d" % number: b"v" for number in range(10)}, Round()
    first = [going.next(values, 4)[::2] for _ in range(2)]
    values[b"new"] = b"v"
    del values[b"0"]
    seen = [key for part in [*first, going.next(values, 4)[::2]] for key in part]
    assert sorted(seen) == [b"%d" % number for number in range(1, 10)]
    assert b"new" in [key for _ in range(3) for key in going.next(values, 4)[::2]]


async def test_a_new_leader_looks_at_a_few_lengths_at_a_time(
    valkey: Any, valkey_url: str, publishing: Start, monkeypatch: pytest.MonkeyPatch
) -> None:
    # So many that Redis keeps them in a table, which alone is looked at in parts.
    values = {f"S{number}": "rubbish" for number in range(3000)}
    await valkey.hset(names.bars(0), mapping=values | {"long": b"x" * 100_000, "L" * 5000: "x"})
    looked = 0
    shorten = Mending._shorten

    async def counted(self: Mending, key: str) -> int:
        nonlocal looked
        await valkey.config_resetstat()
        gone = await shorten(self, key)
        if key == names.bars(0):
            looked = (await valkey.info("commandstats"))["cmdstat_hscan"]["calls"]
        return gone

    monkeypatch.setattr(Mending, "_shorten", counted)
    publisher = publishing(valkey_url)
    publisher.feed("A", "1")
    await published(publisher, 1)
    assert looked >= 5
    assert publisher.stats.mended >= 2
