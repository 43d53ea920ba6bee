"""A rollout over a change of the batch's version, the way back, and the wrong order, before exact clients.

Processes stand for containers. They are replaced in the order of deploy/rollout.sh (test_rollout.py).
"""

from collections.abc import AsyncIterator
from contextlib import AsyncExitStack
from pathlib import Path

import pytest

from tests.cluster.watcher import watching
from tests.support.client import redis_client
from tests.support.eventually import eventually
from tests.support.ports import free_port
from tests.support.programs import Program, running
from tests.support.servers import valkey
from tickcast.wire.batch import VERSION
from tickcast.wire.names import MAIN
from tickcast.wire.tick import decode_tick

NEXT = VERSION + 1

RAISED = f"""
import tickcast.wire.batch as batch
import tickcast.wire.scripts as scripts

batch.VERSION = {NEXT}
batch.READABLE = frozenset((b"{VERSION}", b"{NEXT}"))
assert scripts.PUBLISH.count("{{ '{VERSION}', ") == 2
scripts.PUBLISH = scripts.PUBLISH.replace("{{ '{VERSION}', ", "{{ '{NEXT}', ")
"""
"""The next release: it writes another version of a batch, and reads the one before too."""


class Releases:
    """Publishers and gateways of two releases; the gateways share a port, as behind a balancer."""

    def __init__(self, programs: AsyncExitStack, redis_url: str, folder: Path) -> None:
        self.url = f"http://127.0.0.1:{free_port()}"
        self._programs, self._redis_url = programs, redis_url
        # Python runs a sitecustomize of this folder before the program.
        (folder / "sitecustomize.py").write_text(RAISED)
        self._folder = folder

    async def start(self, kind: str, version: int, **settings: object) -> Program:
        """Start a program of the release that writes a version."""
        with pytest.MonkeyPatch.context() as patch:
            if version == NEXT:
                patch.setenv("PYTHONPATH", str(self._folder))
            program = running(kind, redis_url=self._redis_url, **settings)
            return await self._programs.enter_async_context(program)

    async def gateway(self, version: int) -> Program:
        """Start a gateway; returns when it is ready."""
        private, port = free_port(), self.url.rpartition(":")[2]
        gateway = await self.start(
            "gateway", version, port=port, private_port=private, reuse_port=True, drain=1
        )
        gateway.url = f"http://127.0.0.1:{private}"
        await eventually(gateway.ready)
        return gateway

    async def publisher(self, version: int) -> Program:
        """Start a publisher; it leads when no other does."""
        return await self.start("publisher", version, symbols=4, rate=100, metrics_port=free_port())

    async def written(self, version: int) -> None:
        """Return when the newest batch of the log has a version."""
        async with redis_client(self._redis_url) as client:

            async def newest() -> bool:
                entries = await client.xrevrange(MAIN.log(0), count=1)
                return bool(entries) and entries[0][1][b"b"].startswith(b"%d " % version)

            await eventually(newest)

    async def ticked(self, times: int) -> None:
        """Return when each symbol has had so many more ticks in Redis."""
        async with redis_client(self._redis_url) as client:

            async def counts() -> dict[bytes, int]:
                held = await client.hgetall(MAIN.last(0))
                return {symbol: decode_tick(json)[1] or 0 for symbol, json in held.items()}

            before = await counts()

            async def have_grown() -> bool:
                now = await counts()
                return all(now[symbol] >= count + times for symbol, count in before.items())

            await eventually(have_grown)


@pytest.fixture
async def releases(tmp_path: Path) -> AsyncIterator[Releases]:
    async with AsyncExitStack() as programs:
        yield Releases(programs, programs.enter_context(valkey()), tmp_path)


async def test_a_rollout_loses_no_tick_and_the_way_back_none_untold(releases: Releases) -> None:
    publisher, gateway = await releases.publisher(VERSION), await releases.gateway(VERSION)
    async with watching(releases.url, 4, symbols="*") as watchers:
        await releases.written(VERSION)
        newer = await releases.gateway(NEXT)
        await gateway.stop()
        await watchers.advance()
        raised = await releases.publisher(NEXT)
        await publisher.stop()
        await releases.written(NEXT)
        await watchers.advance()
        watchers.assert_nothing_missed()
        assert all(watcher.client.reconnects for watcher in watchers)

        older = await releases.publisher(VERSION)
        await raised.stop()
        await releases.written(VERSION)
        await watchers.advance()
        # The gateways of the next release still serve: so far nothing is missed on the way back either.
        watchers.assert_nothing_missed()
        await releases.gateway(VERSION)
        await newer.stop()
        await watchers.advance()
        watchers.assert_exact()
        assert older.process.poll() is None


async def test_newer_publishers_over_older_gateways_are_stale_and_then_a_gap(releases: Releases) -> None:
    publisher, gateway = await releases.publisher(VERSION), await releases.gateway(VERSION)
    async with watching(releases.url, 4, symbols="*") as watchers:
        raised = await releases.publisher(NEXT)
        await publisher.stop()
        await releases.written(NEXT)
        await eventually(lambda: all("stale" in watcher.feed() for watcher in watchers))
        needed = f"a batch of version {NEXT}; version {VERSION} is needed: run publishers and gateways of one"
        assert needed in gateway.output()
        # The newest tick of each symbol comes after the gap; those before it are missing.
        await releases.ticked(2)
        await releases.publisher(VERSION)
        await raised.stop()
        await releases.written(VERSION)
        await watchers.advance()
        watchers.assert_exact()
        # What came meanwhile is missing, and each client knows.
        assert all(watcher.check.findings.gaps for watcher in watchers)
        assert watchers.findings.told > 0
