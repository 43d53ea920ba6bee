"""A gateway in this process, on a real port, so that a test can look inside."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import pytest

from tests.support.eventually import eventually
from tickcast.gateway.feed.state import FeedState
from tickcast.gateway.gateway import Gateway
from tickcast.gateway.server import GatewayServer, bind
from tickcast.gateway.settings import GatewaySettings


class LocalGateway:
    """A running gateway, its parts and its address."""

    def __init__(self, gateway: Gateway, server: GatewayServer) -> None:
        self.gateway = gateway
        self.server = server
        self.hub = gateway.live.hub
        self.streams = gateway.live.lifecycle
        self.url = f"http://127.0.0.1:{gateway.settings.port}"

    def is_empty(self) -> bool:
        """Tell whether nothing is left of any stream."""
        hub, streams = self.hub, self.streams
        return hub.index.is_empty and not (streams.registry or hub.groups or streams.slow.full)


@asynccontextmanager
async def local_gateway(url: str, ready: bool = True, **settings: Any) -> AsyncIterator[LocalGateway]:
    """Run a gateway on a free port, wait until it is ready unless told otherwise, and drain it at the end."""
    sock = bind("127.0.0.1", 0, reuse_port=False)
    known: dict[str, Any] = {"drain": 0.1, "gateway_id": "test", **settings}
    gateway = Gateway(GatewaySettings(redis_url=url, port=sock.getsockname()[1], **known))
    await gateway.load_keys()
    server = GatewayServer(gateway, [sock], shared=False)
    running = asyncio.create_task(server.run_until_stopped())
    try:
        await eventually(lambda: server.started and (gateway.is_ready or not ready))
        yield LocalGateway(gateway, server)
    finally:
        server.should_exit = True
        await running


def stale_after(monkeypatch: pytest.MonkeyPatch, seconds: float) -> None:
    """Let the feed of every gateway in this process become stale after so many seconds of silence."""
    fixed = property(lambda _: seconds, lambda *_: None)
    monkeypatch.setattr(FeedState, "max_lag", fixed, raising=False)
