"""A delayer works under the user of publishers, and gateways serve what it writes."""

from pathlib import Path
from typing import Any

from tests.deploy.guarded import Guarded
from tests.support.event_stream import asked
from tests.support.eventually import eventually
from tests.support.granted import Door
from tests.support.programs import running, running_gateway, running_publisher

SECOND = 1 / 60
"""Minutes."""


async def test_a_delayer_needs_no_more_rights_than_a_publisher(guarded: Guarded, tmp_path: Path) -> None:
    def access(program: str) -> dict[str, Any]:
        return {
            "redis_url": guarded.url_of(program),
            "redis_password_file": guarded.password_file(program),
        }

    door = Door(tmp_path)
    late = door.header("*", delay=SECOND)
    async with (
        running_publisher(**access("publisher"), symbols=5, rate=200),
        running("delayer", **access("publisher"), delay_minutes=SECOND),
        running("delayer", **access("publisher"), delay_minutes=SECOND),
        running_gateway(**access("gateway"), delays=SECOND, **door.settings) as gateway,
    ):

        async def live() -> bool:
            async with asked(gateway.url, "/v1/stream", late) as stream:
                return bool((await stream.expect("hello"))["feed"] == "live")

        await eventually(live)
        async with asked(gateway.url, "/v1/stream?snapshot=false", late) as stream:
            assert (await stream.expect("hello"))["name"] == "main-d1s"
            while (await stream.next()).type != b"tick":
                pass
    with guarded.overseer() as client:
        assert client.acl_log() == []
