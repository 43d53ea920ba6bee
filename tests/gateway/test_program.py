"""The gateway program: what it hands to the gateway that it runs."""

import asyncio
import time
from socket import socket

import pytest

from tests.support.ports import free_port
from tickcast.gateway import program
from tickcast.gateway.gateway import Gateway
from tickcast.gateway.settings import GatewaySettings


def test_rests_go_by_the_idle_time_of_the_loop_that_runs_the_gateway(monkeypatch: pytest.MonkeyPatch) -> None:
    busy: list[float] = []

    class Server:
        """Waits, then works; a server of the program's own."""

        def __init__(self, gateway: Gateway, sockets: list[socket], *_: object) -> None:
            self.rest, self.sockets = gateway.live.hub.scheduler.rest, sockets

        async def run_until_stopped(self) -> None:
            assert self.rest.busy >= 0
            await asyncio.sleep(0.3)
            busy.append(self.rest.busy)
            until = time.monotonic() + 0.3
            while time.monotonic() < until:
                time.sleep(0.01)
                await asyncio.sleep(0)
            busy.append(self.rest.busy)
            for each in self.sockets:
                each.close()

    monkeypatch.setattr(program, "GatewayServer", Server)
    monkeypatch.setattr(program, "configure_logging", lambda *_: None)
    program.run(GatewaySettings(port=free_port()))
    assert busy[0] < 0.6
    assert busy[1] > 0.9
