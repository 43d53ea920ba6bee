"""One connection to an exchange, opened again and again: the only code of the exchanges that does I/O."""

import asyncio
import random
import time
from collections.abc import Awaitable, Callable, Iterable, Sequence

import structlog

from tickcast.publisher.source import SourceItem
from tickcast.publisher.sources.complaints import Complaints
from tickcast.publisher.sources.exchanges.bounds import Bounds, back_off, retry_after
from tickcast.publisher.sources.exchanges.counts import CONNECTIONS, LOST
from tickcast.publisher.sources.exchanges.events import Beat, Confirmed, Event, Leaving, Refused, Venue
from tickcast.publisher.sources.exchanges.health import Health
from tickcast.publisher.sources.exchanges.merging import Merger, newest_old
from tickcast.publisher.sources.exchanges.socket import RefusalError, Socket, SocketError, open_socket
from tickcast.runtime.tasks import end_tasks
from tickcast.wire.exact_json import load_digits
from tickcast.wire.tick import TickError

_log = structlog.get_logger("publisher.sources.exchanges")

Put = Callable[[Sequence[SourceItem]], Awaitable[None]]
"""Hands items on; waits while Redis is slower."""


class Link:
    """Keeps the subscription of some symbols at one exchange, whatever it does."""

    def __init__(
        self,
        venue: Venue,
        url: str,
        mergers: dict[str, Merger],
        health: Health,
        put: Put,
        bounds: Bounds,
    ) -> None:
        self._venue, self._url, self._bounds = venue, url, bounds
        self._mergers, self._health, self._put = mergers, health, put
        self._complaints = Complaints(venue.name, url)
        self._frames = 0
        self._why = ""
        self._told: dict[str, str] = {}
        """What was logged of a symbol."""
        self._confirmed: set[str] = set()
        self._refused: set[str] = set()
        self._queued: set[str] = set()
        """Symbols that a message waiting to be sent subscribes to again."""
        self._parted = False
        """Whether symbols were subscribed to one by one, because all were refused without a name."""
        self._outbox: asyncio.Queue[str] = asyncio.Queue()

    async def run(self, delay: float) -> None:
        """Stay connected for ever, from `delay` seconds on."""
        await asyncio.sleep(delay)
        attempts = 0
        while True:
            began, asked, planned = time.monotonic(), 0.0, False
            try:
                planned = await self._session()
            except RefusalError as error:
                asked = retry_after(error.retry_after)
                self._why = f"it answers {error.status}"
            except SocketError as error:
                self._why = self._why or str(error)
            settled = time.monotonic() - began > self._bounds.settled
            attempts = 0 if settled else attempts + 1
            wait = back_off(self._bounds, max(0, attempts - 1), random.random(), asked)
            say = _log.info if planned else _log.warning
            say(
                "connecting to the exchange again",
                source=self._venue.name,
                reason=self._why,
                wait=round(wait, 3),
            )
            await asyncio.sleep(wait)

    async def _session(self) -> bool:
        """Serve one connection until it ends; tell whether that was planned. Raises SocketError."""
        self._why = ""
        socket = await open_socket(self._url, self._bounds.open)
        CONNECTIONS.labels(self._venue.name).inc()
        self._confirmed.clear()
        self._refused.clear()
        self._queued.clear()
        self._parted = False
        self._outbox = asyncio.Queue()
        for merger in self._mergers.values():
            merger.connected()
        self._send(self._venue.subscribe([*self._mergers]))
        helpers = [asyncio.create_task(each) for each in (self._watch(socket), self._write(socket))]
        for helper in helpers:
            # None of them ends before the connection does.
            helper.add_done_callback(lambda _: socket.abort())
        try:
            while True:
                data = await socket.receive()
                await self._take(data, socket)
        except SocketError:
            for helper in helpers:
                # A fault of our own must not look like one of the exchange.
                if helper.done():
                    helper.result()
            if self._why.startswith("planned"):
                return True
            raise
        finally:
            await end_tasks(helpers)
            await socket.close()

    def _end(self, socket: Socket, why: str) -> None:
        self._why = self._why or why
        socket.abort()

    async def _write(self, socket: Socket) -> None:
        while True:
            message = await self._outbox.get()
            if not await socket.send(message):
                return
            if self._outbox.empty():
                self._queued.clear()
            await asyncio.sleep(self._venue.pause)

    def _send(self, messages: Iterable[str]) -> None:
        for message in messages:
            self._outbox.put_nowait(message)

    async def _watch(self, socket: Socket) -> None:
        """Look at the clock: ask, subscribe again, and end what is mute or old."""
        bounds = self._bounds
        began = tried = woken = time.monotonic()
        ends = began + bounds.life * (0.97 + 0.03 * random.random())
        asked = heard = began
        while True:
            await asyncio.sleep(bounds.check)
            now = time.monotonic()
            heard = max(began, self._health.newest)
            if self._health.waits:
                continue
            if now - heard > bounds.mute:
                self._end(socket, f"it said nothing for {bounds.mute:g} s")
            elif now > ends:
                self._end(socket, "planned: the connection is old")
            if now - max(heard, asked) > bounds.probe and (probe := self._venue.probe()) is not None:
                asked = now
                self._send([probe])
            if now - tried > bounds.retry:
                tried = now
                self._subscribe_again(self._missing())
            if now - woken > self._health.quiet / 2:
                woken = now
                self._subscribe_again(self._health.quiet_names(now))

    def _missing(self) -> set[str]:
        return self._mergers.keys() - self._confirmed if self._venue.confirms else set()

    def _subscribe_again(self, names: Iterable[str]) -> None:
        """Subscribe again to symbols; to unconfirmed ones each by itself where one fails the others."""
        every = {*names} - self._queued
        self._queued |= every
        known = every & self._confirmed if self._venue.confirms else every
        if known:
            self._send(self._venue.unsubscribe(sorted(known)))
        alone = every - known if self._venue.fails_whole else set()
        for part in (sorted(every - alone), *([name] for name in sorted(alone))):
            if part:
                self._send(self._venue.subscribe(part))

    async def _take(self, data: bytes, socket: Socket) -> None:
        self._frames += 1
        received = time.time_ns() // 1000
        try:
            events = self._venue.read(load_digits(data), self._mergers)
        except ValueError as error:  # TickError is one
            self._complaints.add(self._frames, str(error))
            return
        items: list[SourceItem] = []
        heard: set[str] = set()
        for event in newest_old(events, self._mergers):
            try:
                self._apply(event, received, items, heard, socket)
            except TickError as error:
                self._complaints.add(self._frames, str(error))
        states = self._health.hear(heard, time.monotonic())
        if items or states:
            self._health.waits = True
            try:
                await self._put([*states, *items])
            finally:
                self._health.waits = False
                self._health.newest = time.monotonic()

    def _apply(
        self, event: Event, received: int, items: list[SourceItem], heard: set[str], socket: Socket
    ) -> None:
        if isinstance(event, Confirmed):
            self._confirmed.update(self._mergers.keys() & {*event.names})
        elif isinstance(event, Refused):
            items += self._refuse(event)
        elif isinstance(event, Leaving):
            self._end(socket, f"planned: {event.reason}")
        else:
            merger = self._mergers.get(event.name)
            if merger is None:
                raise TickError(f"{event.name[:40]!r} was not asked for")
            if isinstance(event, Beat):
                self._beat(event, merger)
            elif (tick := merger.tick(event, received)) is not None:
                items.append(tick)
            self._count(merger)
            heard.add(event.name)

    def _count(self, merger: Merger) -> None:
        if merger.lost:
            LOST.labels(self._venue.name).inc(merger.lost)
            merger.lost = 0

    def _beat(self, beat: Beat, merger: Merger) -> None:
        """Subscribe again where the newest trade did not come: the exchange then repeats it."""
        if beat.number is not None and merger.number is not None and beat.number > merger.number:
            if merger.number == merger.behind:
                self._subscribe_again([beat.name])
            merger.behind = merger.number

    def _refuse(self, event: Refused) -> list[SourceItem]:
        names = [name for name in event.names if name in self._mergers]
        for name in names or [""]:
            if self._told.get(name) != event.reason:
                self._told[name] = event.reason
                _log.warning(
                    "the exchange refuses", source=self._venue.name, symbol=name, reason=event.reason
                )
        self._confirmed.difference_update(names)
        first = {*names} - self._refused
        self._refused.update(names)
        if self._venue.fails_whole:
            # The others of that message were not subscribed to either.
            left = sorted(self._missing() - self._refused)
            if first and left:
                self._send(self._venue.subscribe(left))
            elif not names and not self._parted:
                self._parted = True
                self._subscribe_again(left)
        return list(self._health.refuse(names))
