"""A gateway: its parts, built and wired. It decides nothing itself."""

import asyncio
import time
from collections.abc import Callable, Sequence

import structlog

from tickcast.gateway.cluster.control import Control
from tickcast.gateway.cluster.membership import Membership, Summary
from tickcast.gateway.fanout.hub import Hub
from tickcast.gateway.fanout.rest import Rest
from tickcast.gateway.feed.broker import Broker
from tickcast.gateway.feed.client import FeedClient
from tickcast.gateway.feed.feed import Feed
from tickcast.gateway.feed.instruments import Instruments
from tickcast.gateway.feed.state import FeedState
from tickcast.gateway.ingest import Ingest
from tickcast.gateway.limits.address import Addresses
from tickcast.gateway.settings import GatewaySettings
from tickcast.gateway.store.bar_history import BarHistory
from tickcast.gateway.store.charts import Charts
from tickcast.gateway.store.last_values import LastValues
from tickcast.gateway.store.ring import Ring
from tickcast.gateway.streams.bounds import StreamBounds
from tickcast.gateway.streams.closing import Closing
from tickcast.gateway.streams.feed_events import status_event
from tickcast.gateway.streams.heartbeat import Heartbeat
from tickcast.gateway.streams.lifecycle import Lifecycle
from tickcast.gateway.streams.resume import Resume
from tickcast.gateway.transport.connections import Connections
from tickcast.runtime.idle import unused_cpu
from tickcast.runtime.networks import parse_networks
from tickcast.runtime.tasks import end_tasks
from tickcast.wire.notice import Notice, Retired

log = structlog.get_logger()


class Gateway:
    """Redis -> Feed -> Ingest -> Ring, LastValues, Hub -> Group -> frame -> Connection."""

    def __init__(self, settings: GatewaySettings, idle: Callable[[], float] = unused_cpu) -> None:
        """Build the parts; `idle` returns how many seconds the loop has been idle so far."""
        self.settings = settings
        parts = settings.partitions
        self.client = FeedClient(settings.redis_url, settings.redis_password_file, settings.names)
        self.broker = Broker(self.client)
        self.ring = Ring(parts, settings.ring_seconds, settings.ring_bytes)
        self.last = LastValues()
        rest = Rest(settings.rest_above / 100, idle, time.monotonic)
        self.addresses = Addresses(parse_networks(settings.trusted_proxies))
        self.connections = Connections(settings.stall, self.addresses.is_trusted)
        self.hub = Hub(self.ring, self.last, parts, rest, settings.stream_bytes)
        self.ingest = Ingest(self.hub)
        self.state = FeedState(parts, settings.max_lag / 1000)
        self.feed = Feed(self.broker, self.ingest, parts, settings.ring_seconds, self.state)
        self.bar_history = BarHistory(self.broker.final_bars, self.hub.bars, parts)
        self.charts = Charts(self.bar_history)
        self.instruments = Instruments(self.broker, self.last, parts)
        self.lifecycle = Lifecycle(self.hub, settings.stall)
        self.bounds = StreamBounds(self.hub)
        self.closing = Closing(self.lifecycle, settings.max_age, settings.drain)
        self.resume = Resume(
            self.lifecycle,
            self.closing,
            self.state,
            lambda: self.instruments.source,
            settings.gateway_id,
            settings.heartbeat,
            settings.feed,
            lambda: self.broker.case,
        )
        self.heartbeat = Heartbeat(self.lifecycle, self.resume, self.closing, self.state, settings.heartbeat)
        self.membership = Membership(self.client, self.summary)
        self.control = Control(
            self.client,
            self.membership,
            self.lifecycle,
            self.bounds,
            settings.gateway_id,
            settings.max_symbols,
            lambda: self.broker.case,
        )
        self.started = time.time_ns() // 1000
        self.is_listening = True
        """False before this gateway listens on a port that it shares with others (`GatewayServer`)."""
        self._tasks: list[asyncio.Task[None]] = []
        self._wire()

    def _wire(self) -> None:
        self.feed.on_batch = self.resume.waiting.progress
        self.ingest.on_notices = self._hear
        self.state.on_change = self._announce_status
        self.state.on_answer = self.resume.unknown.look
        self.hub.status = lambda: status_event(self.state)
        self.hub.scheduler.let_in = self.lifecycle.let_in
        self.hub.scheduler.cut = self.lifecycle.cut

    def _hear(self, notices: Sequence[Notice]) -> None:
        self.instruments.hear(notices)
        for notice in notices:
            if isinstance(notice, Retired):
                self.bar_history.forget(notice.symbol.encode("ascii"))

    def _announce_status(self) -> None:
        write = log.info if self.state.is_live else log.warning
        write("feed is " + self.state.name, reason=self.state.reason or None)
        self.hub.announce_status()

    @property
    def is_ready(self) -> bool:
        """Tell whether a balancer should send clients here."""
        return self.state.is_ready and self.is_listening and not self.closing.draining

    def start(self) -> None:
        """Begin to follow the feed."""
        for name, work in (
            ("feed", self.feed.run()),
            ("heartbeat", self.heartbeat.run()),
            ("instruments", self.instruments.run()),
            ("control", self.control.run()),
            ("membership", self.membership.run()),
        ):
            task = asyncio.create_task(work, name=name)
            task.add_done_callback(_ended)
            self._tasks.append(task)

    async def stop(self) -> None:
        """End all tasks and connections."""
        await end_tasks(self._tasks)
        await self.membership.leave()
        self.hub.close()
        await self.client.close()

    def summary(self) -> Summary:
        """Return what this gateway tells the others of itself."""
        return Summary(
            id=self.settings.gateway_id,
            started=self.started,
            t=time.time_ns() // 1000,
            clients=len(self.lifecycle.registry),
            groups=len(self.hub.groups),
            lag=int(self.feed.lag * 1000),
            feed=self.state.name,
            draining=self.closing.draining,
        )


def _ended(task: asyncio.Task[None]) -> None:
    if not task.cancelled() and (error := task.exception()) is not None:
        # A gateway that no longer follows the feed must not look alive.
        log.critical("a part of the gateway failed", part=task.get_name(), exc_info=error)
        raise SystemExit(1)
