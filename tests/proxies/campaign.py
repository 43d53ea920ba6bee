"""Tries many proxies at once, before the same gateways: each fault hits all of them at the same moment."""

import asyncio
import signal
from collections.abc import AsyncIterator, Awaitable, Callable, Iterable
from contextlib import ExitStack, asynccontextmanager, suppress

from tests.proxies import slow
from tests.proxies.gateways import Gateways, running_gateways
from tests.proxies.proxy import Proxy, listens, running_proxy
from tests.proxies.reader import Reader
from tests.proxies.trial import AGES, HEARTBEAT, RATE, Result, Trial
from tests.support.eventually import eventually

AWAY = 4.5
"""Seconds without the gateway, or without any: EventSources come back after 1 to 5 s, and most meet that."""

PATIENCE = 14.0
"""Seconds after a fault: a reader that waits its `retry` twice, at most 5 s each, is there again."""

SETTLE = 2.0
"""Seconds without measuring, because all readers come at once."""

Lines = tuple[str, str]
"""A kind of proxy, and which of its lines in docs/proxies.md."""


Seen = dict[Lines, dict[str, Result]]
"""The cells of each row of the table."""


async def run(wanted: list[Lines]) -> Seen:
    """Try proxies; return every cell of theirs but "slow"."""
    async with running_gateways(RATE, HEARTBEAT) as gateways:
        direct = f"http://127.0.0.1:{gateways.ports[0]}"
        async with _running(wanted, gateways) as proxies:
            trials = {each: Trial(proxy, direct) for each, proxy in proxies.items()}
            async with asyncio.TaskGroup() as beside:
                beside.create_task(_all(trials.values(), Trial.quiet))
                # One after the other: what comes late because all come at once is no fault of a proxy.
                for trial in trials.values():
                    for step in (Trial.first_event, Trial.patch, Trial.http2):
                        await step(trial)
                await _ages(direct, [*trials.values()])
            for cell, fault in FAULTS.items():
                await _survive(cell, fault, gateways, [*trials.values()])
            await _all(trials.values(), Trial.close)
            return {each: trial.results for each, trial in trials.items()}


async def run_slow(wanted: list[Lines]) -> Seen:
    """Try proxies with clients that read nothing for a while; return the cell "slow" of each."""
    async with running_gateways(slow.RATE) as gateways, _running(wanted, gateways) as proxies:
        results = await asyncio.gather(*map(slow.catches_up, proxies.values()))
    return {each: {"slow": result} for each, result in zip(wanted, results, strict=True)}


@asynccontextmanager
async def _running(wanted: list[Lines], gateways: Gateways) -> AsyncIterator[dict[Lines, Proxy]]:
    with ExitStack() as stack:
        proxies = {each: stack.enter_context(running_proxy(*each, gateways.ports)) for each in wanted}
        await asyncio.gather(*map(listens, proxies.values()))
        yield proxies


async def _all(trials: Iterable[Trial], *steps: Callable[[Trial], Awaitable[None]]) -> None:
    await asyncio.gather(*(step(trial) for trial in trials for step in steps))


async def _ages(direct: str, trials: list[Trial]) -> None:
    """Measure the age of ticks behind all proxies, and without any: that counts as none of theirs."""
    control = Reader(direct, "*")
    for trial in trials:
        trial.begin_aging()
    await asyncio.sleep(SETTLE)
    control.judge.aging = True
    for trial in trials:
        trial.set_aging(True)
    await eventually(lambda: len(control.judge.ages) >= AGES)
    for trial in trials:
        trial.set_aging(False)
    for trial in trials:
        await trial.end_aging(control.judge.ages)
    await control.close()


async def _survive(
    cell: str, fault: Callable[[Gateways], Awaitable[None]], gateways: Gateways, trials: list[Trial]
) -> None:
    for trial in trials:
        trial.fill()
    with suppress(AssertionError):
        await eventually(lambda: all(trial.is_settled() for trial in trials), PATIENCE)
    await fault(gateways)
    with suppress(AssertionError):
        await eventually(lambda: all(trial.is_settled() for trial in trials), PATIENCE)
    for trial in trials:
        trial.survived(cell)


async def _killed(gateways: Gateways) -> None:
    await gateways.end(0, signal.SIGKILL)
    await asyncio.sleep(AWAY)
    await gateways.start(0)


async def _drained(gateways: Gateways) -> None:
    # One after the other, as a new version is rolled out.
    for number in (0, 1):
        await gateways.end(number, signal.SIGTERM)
        await asyncio.sleep(AWAY / 4)
        await gateways.start(number)


async def _all_down(gateways: Gateways) -> None:
    await asyncio.gather(*(gateways.end(number, signal.SIGKILL) for number in (0, 1)))
    await asyncio.sleep(AWAY)
    await asyncio.gather(*(gateways.start(number) for number in (0, 1)))


FAULTS: dict[str, Callable[[Gateways], Awaitable[None]]] = {
    "killed": _killed,
    "drained": _drained,
    "all down": _all_down,
}
