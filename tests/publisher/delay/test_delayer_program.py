"""The delayer as a process, between a real publisher and a real gateway."""

import json
import signal
from pathlib import Path
from typing import Any

import pytest

from tests.support.event_stream import EventStream, asked
from tests.support.eventually import eventually
from tests.support.granted import Door
from tests.support.programs import running, running_gateway, running_publisher

SECOND = 1 / 60
"""Minutes."""


async def live(url: str, header: bytes) -> bool:
    """Tell whether a stream with this token begins with a live feed."""
    async with asked(url, "/v1/stream", header) as stream:
        return bool((await stream.expect("hello"))["feed"] == "live")


async def counted(stream: EventStream, ticks: int) -> list[dict[str, Any]]:
    """Return the next ticks, of which none is missing."""
    found: list[dict[str, Any]] = []
    while len(found) < ticks:
        event = await stream.next()
        assert event.type not in (b"gap", b"bye"), event
        if event.type == b"tick":
            found.append(json.loads(event.data))
    return found


async def test_a_token_for_late_prices_reads_what_a_delayer_writes_through_kills(
    valkey_url: str, tmp_path: Path
) -> None:
    door = Door(tmp_path)
    late, now = door.header("*", delay=SECOND), door.header("*")
    async with (
        running_publisher(valkey_url, symbols=5, rate=200),
        running("delayer", redis_url=valkey_url, delay_minutes=SECOND) as first,
        running_gateway(valkey_url, delays=SECOND, **door.settings) as gateway,
    ):
        await eventually(lambda: live(gateway.url, late))
        async with (
            asked(gateway.url, "/v1/stream?snapshot=false", late) as behind,
            asked(gateway.url, "/v1/stream?snapshot=false", now) as ahead,
        ):
            hello = await behind.expect("hello")
            assert (hello["name"], hello["delay"], hello["source"]) == ("main-d1s", 1000, "delayed")
            assert (await ahead.expect("hello"))["name"] == "main"
            seen = await counted(behind, 50)
            async with running("delayer", redis_url=valkey_url, delay_minutes=SECOND):
                first.signal(signal.SIGKILL)
                await first.ended()
                seen += await counted(behind, 300)
            wanted = await counted(ahead, 600)
    # Each symbol counts up by one over the takeover, and each tick is one that the live feed has had.
    for symbol in {tick["S"] for tick in seen}:
        counts = [tick["q"] for tick in seen if tick["S"] == symbol]
        assert counts == list(range(counts[0], counts[0] + len(counts)))
    known = {(tick["S"], tick["t"], tick["p"], tick["v"]) for tick in wanted}
    first_wanted = min(tick["t"] for tick in wanted)
    late_ones = [(each["S"], each["t"], each["p"], each["v"]) for each in seen if each["t"] > first_wanted]
    assert set(late_ones) <= known


async def test_it_waits_for_the_feed_and_ends_when_it_is_asked_to(valkey_url: str) -> None:
    async with running("delayer", redis_url=valkey_url, delay_minutes=1) as delayer:
        await eventually(lambda: "waiting for the feed" in delayer.output())
        assert await delayer.stop() == 0


@pytest.mark.parametrize(
    ("settings", "said"),
    [
        ({"delay_minutes": 0}, "TICKCAST_DELAY_MINUTES"),
        ({"delay_minutes": 1441}, "TICKCAST_DELAY_MINUTES"),
        ({"feed": "f" * 31}, "too long a name"),
    ],
)
async def test_wrong_settings_end_it_with_one_line(
    valkey_url: str, settings: dict[str, Any], said: str
) -> None:
    async with running("delayer", redis_url=valkey_url, **settings) as delayer:
        assert await delayer.ended() == 2
        assert said in delayer.output()
