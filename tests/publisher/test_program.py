"""Publisher processes: signals, exit codes, and two of them in turn."""

import signal
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any

import httpx2
import pytest

from tests.publisher.conftest import Process, read_log
from tests.support.eventually import eventually
from tests.support.ports import free_port
from tests.support.ticks import DAY
from tickcast.runtime.errors import BAD_SETTINGS
from tickcast.wire.batch import Batch
from tickcast.wire.names import MAIN as names
from tickcast.wire.tick import decode_tick

Start = Callable[..., Process]


async def leads(valkey: Any, process: Process) -> bool:
    return f":{process.popen.pid}:".encode() in (await valkey.get(names.lease(0)) or b"")


async def grows(valkey: Any, ticks: int = 100) -> None:
    """Wait until the log has that many ticks more."""
    before = sum(len(batch.ticks) for batch in await read_log(valkey))

    async def has_grown() -> bool:
        return sum(len(batch.ticks) for batch in await read_log(valkey)) >= before + ticks

    await eventually(has_grown)


def assert_exact(batches: list[Batch]) -> None:
    """Every batch follows the one before, and every q counts up by one from 1."""
    assert [batch.prev for batch in batches[1:]] == [batch.id for batch in batches[:-1]]
    counts: dict[bytes, int] = {}
    for batch in batches:
        for symbol, json in batch.ticks:
            counts[symbol] = counts.get(symbol, 0) + 1
            assert decode_tick(json)[1] == counts[symbol]


async def test_a_killed_leader_is_replaced_and_every_q_goes_on(
    valkey: Any, valkey_url: str, process: Start
) -> None:
    leader = process(valkey_url)
    await eventually(lambda: leads(valkey, leader))
    await grows(valkey)
    standby = process(valkey_url)
    await eventually(lambda: standby.said("standing by"))
    leader.signal(signal.SIGKILL)
    await eventually(lambda: leads(valkey, standby))
    await grows(valkey)
    batches = await read_log(valkey)
    assert_exact(batches)
    assert len({batch.epoch for batch in batches}) == 1


async def test_a_frozen_leader_that_wakes_up_cannot_write(
    valkey: Any, valkey_url: str, process: Start
) -> None:
    leader = process(valkey_url)
    await eventually(lambda: leads(valkey, leader))
    await grows(valkey)
    standby = process(valkey_url)
    await eventually(lambda: standby.said("standing by"))
    leader.signal(signal.SIGSTOP)
    await eventually(lambda: leads(valkey, standby))
    await grows(valkey)
    leader.signal(signal.SIGCONT)
    await eventually(lambda: leader.said("stepping down"))
    await grows(valkey)
    assert_exact(await read_log(valkey))
    assert await leads(valkey, standby)
    assert leader.popen.poll() is None
    # It stands by again, and leads when its turn comes.
    standby.signal(signal.SIGTERM)
    await eventually(lambda: leads(valkey, leader))
    await grows(valkey)
    assert_exact(await read_log(valkey))


async def test_sigterm_hands_over_at_once(valkey: Any, valkey_url: str, process: Start) -> None:
    # Without its release the lease would outlive the test.
    leader = process(valkey_url, TICKCAST_LEASE="60")
    await eventually(lambda: leads(valkey, leader))
    await grows(valkey)
    standby = process(valkey_url, TICKCAST_LEASE="60")
    await eventually(lambda: standby.said("standing by"))
    leader.signal(signal.SIGTERM)
    assert await eventually(lambda: leader.popen.poll() is not None)
    assert leader.popen.returncode == 0
    await eventually(lambda: leads(valkey, standby))
    await grows(valkey)
    assert_exact(await read_log(valkey))


async def test_the_end_of_standard_input_ends_the_publisher_when_all_is_written(
    valkey: Any, valkey_url: str, process: Start
) -> None:
    feeding = process(valkey_url, TICKCAST_SOURCE="stdin")
    assert feeding.popen.stdin is not None
    for n in range(1, 2001):
        feeding.popen.stdin.write(b'{"S":"AAPL","t":%d,"p":1.50}\n' % (DAY + n))
    feeding.popen.stdin.close()
    feeding.popen.stdin = None
    await eventually(lambda: feeding.popen.poll() is not None)
    assert feeding.popen.returncode == 0, feeding.log.read_text()
    batches = await read_log(valkey)
    assert_exact(batches)
    assert sum(len(batch.ticks) for batch in batches) == 2000
    assert await valkey.get(names.lease(0)) is None


async def test_sigterm_ends_a_publisher_that_never_reached_redis(process: Start) -> None:
    port = free_port()
    alone = process(f"redis://user:secret@127.0.0.1:{port}/0")
    await eventually(lambda: alone.said("no connection to Redis; trying again"))
    assert alone.said(f'"address": "redis://127.0.0.1:{port}/0"')
    assert alone.said("--redis-url")
    assert not alone.said("secret")
    alone.signal(signal.SIGTERM)
    await eventually(lambda: alone.popen.poll() is not None)
    assert alone.popen.returncode == 0


@pytest.mark.parametrize(
    ("environment", "message"),
    [
        ({"TICKCAST_SOURCE": "nonsense"}, "no source is called 'nonsense'"),
        ({"TICKCAST_SOURCE": "replay", "TICKCAST_FILE": "/nowhere"}, "/nowhere"),
    ],
)
async def test_what_a_user_can_mend_is_one_line(
    valkey_url: str, process: Start, environment: dict[str, str], message: str
) -> None:
    failing = process(valkey_url, **environment)
    await eventually(lambda: failing.popen.poll() is not None)
    assert failing.popen.returncode == BAD_SETTINGS
    last = failing.log.read_text().splitlines()[-1]
    assert last.startswith("tickcast publisher: ")
    assert message in last
    assert "Traceback" not in failing.log.read_text()


@pytest.mark.parametrize(
    ("environment", "message"),
    [
        ({"TICKCAST_SOURCE": "replay"}, "--file"),
        ({"TICKCAST_SOURCE": "replay", "TICKCAST_FILE": "/nowhere"}, "/nowhere"),
        ({"TICKCAST_SYMBOLS": "20000"}, "symbols: 20000"),
    ],
)
async def test_a_source_that_cannot_run_is_told_before_redis_is_asked(
    process: Start, environment: dict[str, str], message: str
) -> None:
    failing = process(f"redis://127.0.0.1:{free_port()}", **environment)
    await eventually(lambda: failing.popen.poll() is not None)
    assert failing.popen.returncode == BAD_SETTINGS
    (line,) = failing.log.read_text().splitlines()
    assert line.startswith("tickcast publisher: ")
    assert message in line


async def bars_of(metrics: Callable[[], Awaitable[dict[str, str]]]) -> float:
    return float((await metrics())["tickcast_publisher_bars_total"])


async def test_metrics_are_served_and_count(
    valkey: Any, valkey_url: str, process: Start, tmp_path: Path
) -> None:
    port = free_port()
    leader = process(valkey_url, TICKCAST_METRICS_PORT=str(port))
    await eventually(lambda: leads(valkey, leader))
    await grows(valkey)
    async with httpx2.AsyncClient(trust_env=False, timeout=60) as browser:

        async def metrics() -> dict[str, str]:
            text = (await browser.get(f"http://127.0.0.1:{port}/metrics")).text
            return dict(line.rsplit(" ", 1) for line in text.splitlines() if not line.startswith("#"))

        # Bars come when a second ends, and not all at once.
        await eventually(lambda: bars_of(metrics))

        async def of_one_moment() -> dict[str, str] | None:
            # It writes on while it is read.
            read = await metrics()
            whole = read["tickcast_publisher_batches_total"] == read["tickcast_publisher_batch_ticks_count"]
            return read if whole else None

        values = await eventually(of_one_moment)
    assert float(values["tickcast_publisher_ticks_total"]) >= 100
    assert float(values["tickcast_publisher_leader"]) == 1
    assert 0 <= float(values["tickcast_publisher_source_lag_seconds"]) < 60
