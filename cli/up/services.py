"""The services of one machine, Valkey, publisher and gateways, from start to stop."""

import asyncio
import contextlib
import heapq
import signal
import time
from collections.abc import Coroutine
from typing import Any

import httpx2

from tickcast.cli.up.child import Child
from tickcast.cli.up.note import noted
from tickcast.cli.up.plan import DRAIN, Plan
from tickcast.cli.up.screen import Screen
from tickcast.cli.up.status_line import GatewayMetrics, read_metrics, status_line
from tickcast.cli.up.supervisor import Supervisor

_READY_TIMEOUT = 30.0
"""Seconds after which a gateway that is not ready yet is named."""
_SYMBOLS_TIMEOUT = 2.0
_MIN_TICKS = 10
"""Ticks that a symbol needs to count as busy."""
_POLL = 0.1
_REFRESH = 1.0
_PLAIN_REFRESH = 10.0
_SIGNALS = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)


class Services:
    """Runs the children of a plan until a signal ends them."""

    def __init__(self, plan: Plan) -> None:
        self._plan = plan
        self._screen = screen = Screen()
        self._valkey = [] if plan.valkey is None else [Child("valkey", plan.valkey, _ignore, grace=0.5)]
        self._publisher = Child(
            "publisher", plan.publisher, screen.log, inherits_stdin=plan.reads_stdin, may_end=True
        )
        self._gateways = [
            Child(name, argv, screen.log, grace=DRAIN + 0.5) for name, argv in plan.gateways.items()
        ]

    async def run(self) -> None:
        """Start all children, show their status, stop them at a signal.

        Raises UserError if a child refuses its settings at its first start; no later fault ends the others.
        """
        supervisor = Supervisor(self._screen.say)
        with self._screen, self._noted():
            try:
                await self._until_stopped(supervisor, self._serve(supervisor))
            finally:
                # The publisher ends first, so that gateways still deliver its last ticks.
                await supervisor.stop([[self._publisher], self._gateways, self._valkey])

    def _noted(self) -> contextlib.AbstractContextManager[None]:
        plan = self._plan
        if plan.redis_port is None:
            return contextlib.nullcontext()
        return noted(plan.port, f"redis://127.0.0.1:{plan.redis_port}/0", plan.feed)

    async def _until_stopped(self, supervisor: Supervisor, serving: Coroutine[None, None, None]) -> None:
        loop = asyncio.get_running_loop()
        stop = asyncio.Event()

        def on_signal() -> None:
            if stop.is_set():
                supervisor.kill()
            stop.set()

        for number in _SIGNALS:
            loop.add_signal_handler(number, on_signal)
        work, stopped = asyncio.create_task(serving), asyncio.create_task(stop.wait())
        ends: set[asyncio.Future[Any]] = {work, stopped, supervisor.failed}
        await asyncio.wait(ends, return_when=asyncio.FIRST_COMPLETED)
        for task in (work, stopped):
            task.cancel()
        await asyncio.gather(work, stopped, return_exceptions=True)
        if supervisor.failed.done():
            supervisor.failed.result()
        if not work.cancelled():
            work.result()
        self._screen.say("stopping")

    async def _serve(self, supervisor: Supervisor) -> None:
        for valkey in self._valkey:
            supervisor.start(valkey)
        if self._plan.redis_port is not None:
            await _wait_for_port(self._plan.redis_port)
        for child in (self._publisher, *self._gateways):
            supervisor.start(child)
        async with httpx2.AsyncClient(timeout=2.0, trust_env=False) as http:
            for name, address in self._plan.private.items():
                await self._wait_until_ready(http, name, address)
            supervisor.is_starting = False
            address = next(iter(self._plan.private.values()))
            self._print_addresses(await _some_symbols(http, address))
            await self._show_status(http)

    async def _wait_until_ready(self, http: httpx2.AsyncClient, name: str, address: str) -> None:
        due = time.monotonic() + _READY_TIMEOUT
        while answer := await _unready(http, address):
            if time.monotonic() >= due:
                due += _READY_TIMEOUT
                self._screen.say(f"{name} is not ready yet: {answer}")
            await asyncio.sleep(_POLL)

    def _print_addresses(self, symbols: list[str]) -> None:
        plan = self._plan
        query = f"?symbols={','.join(symbols)}" if symbols else ""
        lines = [f"Tickcast is up: {plan.page}", ""]
        below = "/debug" if plan.shows_debug else ""
        addresses = {name: address + below for name, address in plan.private.items()}
        if plan.redis_port is not None:
            addresses["valkey"] = f"redis://127.0.0.1:{plan.redis_port}/0"
        lines += [
            f"  {child.name:<10} pid {child.pid or '–':<8} {addresses.get(child.name, '')}".rstrip()
            for child in (*self._gateways, *self._valkey, self._publisher)
        ]
        lines += ["", f"  curl -N '{plan.page}/v1/stream{query}'", "", "Ctrl-C stops everything."]
        for line in lines:
            self._screen.say(line)

    async def _show_status(self, http: httpx2.AsyncClient) -> None:
        pause = _REFRESH if self._screen.refreshes else _PLAIN_REFRESH
        before, then = await self._all_metrics(http), time.monotonic()
        while True:
            await asyncio.sleep(pause)
            samples, now = await self._all_metrics(http), time.monotonic()
            self._screen.status(status_line(before, samples, now - then))
            before, then = samples, now

    async def _all_metrics(self, http: httpx2.AsyncClient) -> list[GatewayMetrics | None]:
        return list(await asyncio.gather(*(_metrics_of(http, each) for each in self._plan.private.values())))


def _ignore(_name: str, _line: str) -> None:
    """Drop a line of Valkey, which warns of kernel settings; if it dies, its last line is printed."""


async def _wait_for_port(port: int) -> None:
    while True:
        try:
            _, writer = await asyncio.open_connection("127.0.0.1", port)
        except OSError:
            await asyncio.sleep(_POLL / 2)
        else:
            writer.close()
            await writer.wait_closed()
            return


async def _unready(http: httpx2.AsyncClient, address: str) -> str:
    """Return the reason why a gateway is not ready, empty if it is."""
    try:
        response = await http.get(f"{address}/readyz")
    except httpx2.HTTPError as error:
        return str(error) or type(error).__name__
    return "" if response.status_code == 200 else f"HTTP {response.status_code} {response.text[:200]}"


async def _some_symbols(http: httpx2.AsyncClient, address: str) -> list[str]:
    """Return the two busiest symbols, as an example to try; fewer if too few ticks come in time."""
    # The gateway may be ready before the publisher has written the first symbol.
    deadline = time.monotonic() + _SYMBOLS_TIMEOUT
    busiest: list[dict[str, Any]] = []
    while time.monotonic() < deadline:
        with contextlib.suppress(httpx2.HTTPError, ValueError, KeyError, TypeError):
            # Not by orjson, which refuses numbers beyond a double: a tick may hold 1e400.
            ticks = (await http.get(f"{address}/v1/snapshot")).json()["ticks"]
            # q counts a symbol's ticks.
            busiest = heapq.nlargest(2, ticks, key=lambda tick: int(tick["q"]))
            if len(busiest) == 2 and busiest[1]["q"] >= _MIN_TICKS:
                break
        await asyncio.sleep(_POLL)
    return [str(tick["S"]) for tick in busiest]


async def _metrics_of(http: httpx2.AsyncClient, address: str) -> GatewayMetrics | None:
    try:
        return read_metrics((await http.get(f"{address}/metrics")).text)
    except (httpx2.HTTPError, ValueError):
        return None
