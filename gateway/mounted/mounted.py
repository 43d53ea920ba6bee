"""A mounted gateway: what lies between an app and the gateway in it."""

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from typing import Any

import structlog
from starlette.responses import Response

from tickcast.gateway.gateway import Gateway
from tickcast.gateway.http.app import Around, build_app
from tickcast.gateway.http.authorizers import OUTER, AppAuthorizer, Authorize
from tickcast.gateway.http.private_port import PrivatePort
from tickcast.gateway.http.requests import PREFIX
from tickcast.gateway.mounted.stop_signs import StopSigns
from tickcast.gateway.settings import GatewaySettings
from tickcast.gateway.transport.descriptors import share_out
from tickcast.runtime.files import file_limit
from tickcast.runtime.hosts import AllowedHosts, parse_hosts
from tickcast.runtime.problem import TYPE, Problem

log = structlog.get_logger()

NOT_STARTED = (
    "the gateway does not run: it starts and stops with the lifespan of the app that it is mounted in, and "
    "that of an app that is mounted in another one never runs; mount it in the outermost app"
)


class Mounted:
    """A gateway that is mounted in an app, as `tickcast.mount` returns it. It is an ASGI application."""

    def __init__(self, settings: Callable[[], GatewaySettings], authorize: Authorize | None) -> None:
        """`settings` returns those of a new gateway: each process that runs the app has its own name."""
        self._settings = settings
        self._authorize = authorize
        self._gateway: Gateway | None = None
        self._routes: Any = None
        self._draining: asyncio.Task[None] | None = None

    @property
    def is_ready(self) -> bool:
        """Whether a balancer should send clients here: prices are live, and nothing is stopping."""
        return self._gateway is not None and self._gateway.is_ready

    def metrics(self) -> bytes:
        """Return the gateway's metrics, in Prometheus' text format; nothing while it does not run."""
        return b"" if self._routes is None else bytes(self._routes.state.metrics())

    async def drain(self, within: float | None = None) -> None:
        """End all streams with `bye`, over the seconds of the setting `drain`; no new ones open from now on.

        They all end `within` so many seconds, if given. Where the app's server gives a sign of its stop, that
        calls it (docs/inside_an_app.md).
        """
        if self._gateway is None:
            return
        if self._draining is None:
            self._draining = asyncio.create_task(self._gateway.closing.drain(within))
        await asyncio.shield(self._draining)

    @asynccontextmanager
    async def running(self) -> AsyncIterator[None]:
        """Run the gateway while the context is open. Raises KeysError if keys of tokens cannot be read."""
        settings = self._settings()
        wanted = settings.max_connections
        fitting = share_out(file_limit(), wanted).streams
        settings = settings.model_copy(update={"max_connections": fitting})
        gateway = Gateway(settings, app_grants=self._authorize is not None)
        gateway.wanted_streams = wanted
        await gateway.load_keys()
        self._routes = build_app(gateway, self._around(gateway))
        self._gateway = gateway
        if self._authorize is None and not settings.requires_tokens:
            log.warning("everybody who reaches the app may read every price", hint="mount it with authorize")
        gateway.start()
        signs = StopSigns(self.drain)
        signs.follow()
        try:
            yield
        finally:
            await self.drain()
            signs.forget()
            self._gateway = self._routes = self._draining = None
            await gateway.stop()

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        """Answer a request (ASGI) as a gateway of its own would, the path in which it is mounted left out."""
        if scope["type"] == "websocket":
            await send({"type": "websocket.close", "code": 1000, "reason": "prices are streamed over HTTP"})
            return
        if self._routes is None:
            problem = Problem(503, NOT_STARTED)
            await Response(problem.body(), 503, media_type=TYPE)(scope, receive, send)
            return
        prefix = scope.get("root_path", "")
        path = _within(scope["path"], prefix, scope.get("app_root_path", ""))
        inner = {**scope, "path": path, "root_path": "", "app_root_path": "", "path_params": {}}
        await self._routes({**inner, PREFIX: prefix, OUTER: scope}, receive, send)

    def _around(self, gateway: Gateway) -> Around:
        """Return what the routes of a mounted gateway know of where they are.

        Where the app listens is not known. Which hosts it has is its own matter, unless a setting names them.
        """
        around = Around.of(gateway)
        hosts = AllowedHosts(parse_hosts(gateway.settings.allowed_hosts), "")
        authorizer = AppAuthorizer(self._authorize) if self._authorize else around.authorizer
        return Around(hosts, PrivatePort(None, False, False), authorizer)


def _within(path: str, prefix: str, of_proxy: str) -> str:
    """Return a path without the prefix, of which a proxy may have cut off its own part already."""
    for each in (prefix, prefix.removeprefix(of_proxy)):
        if path.startswith(each):
            return path[len(each) :] or "/"
    return path
