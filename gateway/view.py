"""A view: one feed as this gateway has it, from Redis to the streams that read it; the only way to data.

A gateway has a view of the live feed, and one of each delayed feed that it serves (`TICKCAST_DELAYS`): in the
view of a delayed feed there is no newer price, so no request can be answered with one.
"""

import time
from collections.abc import Callable, Sequence

import structlog

from tickcast.access.grant import Grant
from tickcast.gateway.fanout.hub import Hub
from tickcast.gateway.fanout.rest import Rest
from tickcast.gateway.feed.broker import Broker
from tickcast.gateway.feed.client import FeedClient
from tickcast.gateway.feed.feed import Feed
from tickcast.gateway.feed.instruments import Instruments
from tickcast.gateway.feed.state import FeedState
from tickcast.gateway.ingest import Ingest
from tickcast.gateway.limits.stream_bytes import StreamBytes
from tickcast.gateway.limits.work import Work
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
from tickcast.gateway.streams.registry import Registry
from tickcast.gateway.streams.resume import Resume
from tickcast.gateway.streams.stream_ids import StreamIds
from tickcast.runtime.problem import Problem
from tickcast.wire.names import FeedNames, delay_of, delayed_feed
from tickcast.wire.notice import Notice, Retired

log = structlog.get_logger()


class Common:
    """What all views of a gateway share."""

    def __init__(self, settings: GatewaySettings, ids: StreamIds, idle: Callable[[], float]) -> None:
        self.settings = settings
        self.ids = ids
        self.idle = idle
        self.work = Work(settings.work)
        self.bytes = StreamBytes(settings.stream_bytes)
        self.registry = Registry()
        self.closing = Closing(self.registry, settings.max_age, settings.drain)


class View:
    """Redis -> Feed -> Ingest -> Ring, LastValues, Hub -> Group -> frame -> Connection."""

    def __init__(self, common: Common, delay: int = 0) -> None:
        """Build the parts of the feed that is `delay` ms late; 0: the live one."""
        settings, parts = common.settings, common.settings.partitions
        self.names = FeedNames(delayed_feed(settings.feed, delay) if delay else settings.feed)
        self.delay = delay_of(self.names.feed)
        """ms by which the feed is late, as its name says."""
        self.client = FeedClient(
            settings.redis_url,
            settings.redis_password_file,
            self.names,
            security=settings.link_security,
        )
        self.broker = Broker(self.client)
        self.ring = Ring(parts, settings.ring_seconds, settings.ring_bytes)
        self.last = LastValues()
        rest = Rest(settings.rest_above / 100, common.idle, time.monotonic)
        self.hub = Hub(self.ring, self.last, parts, rest, common.bytes)
        self.ingest = Ingest(self.hub)
        self.state = FeedState(parts, settings.max_lag / 1000)
        self.feed = Feed(self.broker, self.ingest, parts, settings.ring_seconds, self.state)
        self.bar_history = BarHistory(self.broker.final_bars, self.hub.bars, parts)
        self.charts = Charts(self.bar_history)
        self.instruments = Instruments(self.broker, self.last, parts)
        self.lifecycle = Lifecycle(self.hub, settings.stall, common.work, common.registry)
        self.bounds = StreamBounds(self.hub)
        self.resume = Resume(
            self.lifecycle,
            common.closing,
            self.state,
            lambda: self.instruments.source,
            settings.gateway_id,
            common.ids,
            settings.heartbeat,
            self.names.feed,
            lambda: self.broker.case,
            self.delay,
        )
        self.heartbeat = Heartbeat(self.lifecycle, self.resume, self.state, settings.heartbeat)
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
        write("feed is " + self.state.name, feed=self.names.feed, reason=self.state.reason or None)
        self.hub.announce_status()

    async def close(self) -> None:
        """End all its connections to Redis and to clients."""
        self.hub.close()
        await self.client.close()


class Views:
    """The views of a gateway, the live one first, then the others by their delay."""

    def __init__(self, common: Common) -> None:
        self.live = View(common)
        self.all = [self.live, *(View(common, each) for each in common.settings.delay_classes)]

    def of(self, grant: Grant | None) -> View:
        """Return the view that a grant allows: the first one that is late enough. Raises Problem (403)."""
        least = 0 if grant is None else grant.delay_ms
        for view in self.all:
            if view.delay >= least:
                return view
        has = [f"{each.delay / 60_000:g} minutes late" if each.delay else "live" for each in self.all]
        raise Problem(
            403, f"the token is for prices {least / 60_000:g} minutes late; those of this gateway are "
            + ", ".join(has),
        )  # fmt: skip
