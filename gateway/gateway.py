"""A gateway: its parts, built and wired. It decides nothing itself."""

import asyncio
import time
from collections.abc import Callable, Coroutine
from typing import Any

import structlog

from tickcast.access.revocations import Revocations
from tickcast.gateway.cluster.control import COMMANDS_AT_ONCE, Control
from tickcast.gateway.cluster.facts import facts_of
from tickcast.gateway.cluster.key_file import KeyFile
from tickcast.gateway.cluster.membership import Membership, Summary
from tickcast.gateway.cluster.own_streams import OwnStreams, Place
from tickcast.gateway.cluster.shared_key import SharedKey
from tickcast.gateway.cluster.stream_counts import StreamCounts
from tickcast.gateway.cluster.uses import Uses, part_of
from tickcast.gateway.feed.client import FeedClient
from tickcast.gateway.limits.address import Addresses
from tickcast.gateway.limits.pace import paces
from tickcast.gateway.settings import GatewaySettings
from tickcast.gateway.streams.cluster_key import ClusterKey
from tickcast.gateway.streams.heartbeat import run_timer
from tickcast.gateway.streams.lost_rights import LostRights
from tickcast.gateway.streams.stream_ids import StreamIds
from tickcast.gateway.transport.connections import Connections
from tickcast.gateway.view import Common, Views
from tickcast.runtime.idle import unused_cpu
from tickcast.runtime.networks import parse_networks
from tickcast.runtime.redis.errors import LinkError
from tickcast.runtime.tasks import end_tasks

log = structlog.get_logger()


class Gateway:
    """The views of its feeds, and what belongs to all of them."""

    def __init__(
        self, settings: GatewaySettings, idle: Callable[[], float] = unused_cpu, app_grants: bool = False
    ) -> None:
        """Build the parts; `idle` returns how many seconds the loop has been idle so far.

        `app_grants`: the app that it is mounted in says who may read what, until when.
        """
        self.settings = settings
        self._app_grants = app_grants
        self.wanted_streams = settings.max_connections
        """Most streams as set by the operator, where the limit of open files allows fewer."""
        self.control_client = FeedClient(
            *settings.control_address,
            settings.names,
            at_once=COMMANDS_AT_ONCE,
            security=settings.link_security,
        )
        self.key = ClusterKey()
        file = settings.cluster_key_file
        self._key_file = None if file is None else KeyFile(file, self.key)
        self.ids = StreamIds(self.key, settings.gateway_id)
        common = Common(settings, self.ids, idle)
        self.work, self.registry, self.closing = common.work, common.registry, common.closing
        self.views = Views(common)
        self.live = self.views.live
        self.addresses = Addresses(parse_networks(settings.trusted_proxies))
        self.connections = Connections(settings.stall, self.addresses.is_trusted)
        self.paces = paces()
        self.lost_rights = LostRights(self.registry, self.closing)
        shared = None if self._key_file else SharedKey(self.control_client, self.key)
        self.membership = Membership(
            self.control_client,
            self.summary,
            shared,
            bounds=settings.control_url is not None,
            facts=lambda: facts_of(settings, self.key, self.wanted_streams),
        )
        self.control = Control(
            self.control_client,
            self.membership,
            OwnStreams(
                self.registry,
                [Place(each.lifecycle, each.bounds, each.delay) for each in self.views.all],
                settings.max_symbols,
                lambda: self.live.broker.case,
            ),
            self.ids,
            self.key,
        )
        self.started = time.time_ns() // 1000
        part, by_subject = part_of(settings.gateway_id, self.started), self.registry.by_subject
        counts = StreamCounts(self.control_client, part, by_subject)
        self.uses = Uses(self.control_client, part, counts, self.work, self.membership.alive)
        self.authority = settings.authority()
        """Who proves tokens; None: everybody may read everything."""
        self.revocations = Revocations(self.live.client.ask, settings.names.revoked(), LinkError)
        if (authority := self.authority) is not None:
            authority.revokes = self.revocations.revokes
            authority.is_informed = lambda: self.revocations.are_known
            self.lost_rights.is_proved = authority.is_proved
            self.lost_rights.proofs = lambda: (authority.keyring.keys, self.revocations.changes)
            self.control.own.is_proved = authority.is_proved
            self.control.own.on_unknown_key = self._renew_keys
        self.is_listening = True
        """False before this gateway listens on a port that it shares with others (`GatewayServer`)."""
        self._tasks: list[asyncio.Task[None]] = []
        self._renewals: set[asyncio.Task[None]] = set()

    @property
    def is_ready(self) -> bool:
        """Tell whether a balancer should send clients here."""
        loaded = all(view.state.is_loaded for view in self.views.all)
        return loaded and self.live.state.is_ready and self.is_listening and not self.closing.draining

    def _renew_keys(self) -> None:
        if self.authority is not None:
            task = asyncio.create_task(self.authority.keyring.renew_for_unknown())
            self._renewals.add(task)
            task.add_done_callback(self._renewals.discard)

    async def load_keys(self) -> None:
        """Read the keys of tokens, if there are any; call it before `start`. Raises KeysError."""
        if self.authority is not None:
            await self.authority.keyring.load()

    def start(self) -> None:
        """Begin to follow the feed."""
        if self._key_file is None:
            log.info(
                "gateways share a key that they keep in Redis",
                hint="TICKCAST_CLUSTER_KEY_FILE gives them one that whoever reads Redis does not have",
            )
        for name, work in (
            # Before there are prices: no stream opens before it is known what is used elsewhere.
            ("membership", self.membership.run()),
            ("uses", self.uses.run()),
            ("control", self.control.run()),
        ):
            self._begin(name, work)
        for view in self.views.all:
            self._begin("feed", view.feed.run())
            self._begin("instruments", view.instruments.run())
        self._begin("timer", run_timer(self.closing, [view.heartbeat for view in self.views.all]))
        if self._key_file is not None:
            self._begin("cluster key", self._key_file.run())
        if self.authority is not None:
            self._begin("keys", self.authority.keyring.run())
            self._begin("revocations", self.revocations.run())
        if self.authority is not None or self._app_grants:
            self._begin("lost rights", self.lost_rights.run())

    def _begin(self, name: str, work: Coroutine[Any, Any, None]) -> None:
        task = asyncio.create_task(work, name=name)
        task.add_done_callback(_ended)
        self._tasks.append(task)

    async def stop(self) -> None:
        """End all tasks and connections."""
        await end_tasks([*self._tasks, *self._renewals])
        await self.membership.leave()
        await self.uses.leave()
        for view in self.views.all:
            await view.close()
        await self.control_client.close()

    def summary(self) -> Summary:
        """Return what this gateway tells the others of itself."""
        return Summary(
            id=self.settings.gateway_id,
            started=self.started,
            t=time.time_ns() // 1000,
            clients=len(self.registry),
            groups=sum(len(view.hub.groups) for view in self.views.all),
            lag=int(self.live.feed.lag * 1000),
            feed=self.live.state.name,
            draining=self.closing.draining,
            stale=",".join(view.names.feed for view in self.views.all[1:] if not view.state.is_live),
        )


def _ended(task: asyncio.Task[None]) -> None:
    if not task.cancelled() and (error := task.exception()) is not None:
        # A gateway that no longer follows the feed must not look alive.
        log.critical("a part of the gateway failed", part=task.get_name(), exc_info=error)
        raise SystemExit(1)
