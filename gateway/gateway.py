"""A gateway: the parts and how they hang together. It decides nothing itself."""

import asyncio
import random
import time
from collections import Counter

import structlog

from tickcast.gateway.cluster.control import Control
from tickcast.gateway.cluster.presence import Presence
from tickcast.gateway.cluster.summary import Summary
from tickcast.gateway.fanout.hub import Hub
from tickcast.gateway.feed.broker import RedisLink
from tickcast.gateway.feed.client import RedisServers
from tickcast.gateway.feed.feed import Feed
from tickcast.gateway.feed.instruments import Instruments
from tickcast.gateway.feed.state import FeedState
from tickcast.gateway.http.debug import Debug
from tickcast.gateway.ingest import Intake
from tickcast.gateway.protocol import sse
from tickcast.gateway.settings import GatewaySettings
from tickcast.gateway.store.bar_history import BarHistory
from tickcast.gateway.store.last_values import LastValues
from tickcast.gateway.store.ring import Ring
from tickcast.gateway.streams.arrival import Arrivals, Wish
from tickcast.gateway.streams.closing import drain
from tickcast.gateway.streams.heartbeat import Sweep
from tickcast.gateway.streams.subscriber import State, Subscriber
from tickcast.runtime.tasks import end_tasks

log = structlog.get_logger()


class Gateway:
    """Redis -> Feed -> Intake -> Ring, LastValues, Hub -> Group -> frame -> Connection."""

    def __init__(self, settings: GatewaySettings) -> None:
        self.settings = settings
        parts = settings.partitions
        self.servers = RedisServers(settings.redis_url, settings.redis_password_file)
        self.link = RedisLink(self.servers)
        self.ring = Ring(parts, settings.ring_seconds, settings.ring_bytes)
        self.last = LastValues()
        self.hub = Hub(self.ring, self.last, parts)
        self.intake = Intake(self.hub)
        self.state = FeedState(parts)
        self.feed = Feed(self.link, self.intake, parts, settings.ring_seconds, self.state)
        self.bar_history = BarHistory(self.link, self.hub.bars, parts)
        self.instruments = Instruments(self.link, self.last, parts)
        self.arrivals = Arrivals(
            self.hub, self.state, self.instruments, settings.gateway_id, settings.heartbeat
        )
        self.sweep = Sweep(self.hub, self.arrivals, self.state, self.bye, settings.heartbeat, settings.stall)
        self.presence = Presence(self.servers, self.summary)
        self.control = Control(
            self.servers, self.presence, self.hub, settings.gateway_id, settings.max_symbols
        )
        self.debug = Debug(self.hub, self.presence, self.summary)
        self.started = time.time_ns() // 1000
        self.draining = False
        self.streams = 0
        """Streams opened."""
        self.refused = 0
        """Streams answered with 503."""
        self.byes = Counter({"drain": 0, "max_age": 0})
        """Streams ended by the gateway, by reason."""
        self._tasks: list[asyncio.Task[None]] = []
        self._wire()

    def _wire(self) -> None:
        self.feed.on_batch = self.arrivals.progress
        self.state.on_change = self._tell_status
        self.hub.status = self.arrivals.status

    def _tell_status(self) -> None:
        tell = log.info if self.state.is_live else log.warning
        tell("feed is " + self.state.name, reason=self.state.reason or None)
        self.hub.tell_status()

    @property
    def is_ready(self) -> bool:
        """Tell whether a balancer should send clients here."""
        return self.state.is_ready and not self.draining

    @property
    def has_room(self) -> bool:
        """Tell whether one more stream is allowed."""
        return len(self.hub.subscribers) < self.settings.max_connections

    def start(self) -> None:
        """Begin to follow the feed."""
        for name, work in (
            ("feed", self.feed.run()),
            ("sweep", self.sweep.run()),
            ("instruments", self.instruments.run()),
            ("control", self.control.run()),
            ("presence", self.presence.run()),
        ):
            task = asyncio.create_task(work, name=name)
            task.add_done_callback(_ended)
            self._tasks.append(task)

    async def stop(self) -> None:
        """End all tasks and connections."""
        await end_tasks(self._tasks)
        await self.presence.leave()
        self.hub.close()
        await self.servers.close()

    def summary(self) -> Summary:
        """Return what other gateways are told of this one."""
        return Summary(
            id=self.settings.gateway_id,
            started=self.started,
            t=time.time_ns() // 1000,
            clients=len(self.hub.subscribers),
            groups=len(self.hub.groups),
            lag=int(self.feed.lag * 1000),
            feed=self.state.name,
            draining=self.draining,
        )

    def open(self, subscriber: Subscriber, wish: Wish) -> None:
        """Let a stream begin."""
        self.streams += 1
        age = self.settings.max_age * random.uniform(0.8, 1.0)
        subscriber.expires = asyncio.get_running_loop().time() + age
        self.arrivals.arrive(subscriber, wish)

    def bye(self, subscriber: Subscriber, reason: str, retry: int) -> None:
        """End a stream: `retry` is the ms after which the client should come back."""
        if subscriber.state is State.CLOSED:
            return
        self.byes[reason] += 1
        event = sse.retry(retry) + sse.event("bye", {"reason": reason, "retry": retry})
        subscriber.finish(subscriber.group.key.framing.last([event]))
        subscriber.lost()

    async def drain(self) -> None:
        """Refuse new streams, and let go of the open ones over the drain window."""
        self.draining = True
        log.info("draining", streams=len(self.hub.subscribers), seconds=self.settings.drain)
        await drain(list(self.hub.subscribers), self.settings.drain, self.bye)


def _ended(task: asyncio.Task[None]) -> None:
    if not task.cancelled() and (error := task.exception()) is not None:
        # A gateway that no longer follows the feed must not look alive.
        log.critical("a part of the gateway failed", part=task.get_name(), exc_info=error)
        raise SystemExit(1)
