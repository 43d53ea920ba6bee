"""Metrics and the operator's page: on the private port alone."""

import json

import pytest
from pydantic import ValidationError

from tests.support.event_stream import answer_of
from tests.support.local_gateway import local_gateway
from tests.support.ports import free_port
from tests.support.programs import running_gateway
from tickcast.gateway.http.pages import DEBUG_PAGE, Page
from tickcast.gateway.http.private_port import PATHS, PrivatePort
from tickcast.gateway.settings import GatewaySettings
from tickcast.runtime.problem import Problem

PRIVATE = ["/metrics", "/debug", "/debug/index.html", "/debug/debug.js", "/v1/debug"]
TRICKS = ["/metrics?a=b", "/%6detrics", "/metrics%0A", "/v1/%64ebug", "//metrics", "/./metrics", "/metrics/"]


@pytest.mark.parametrize("host", ["127.0.0.1", "0.0.0.0"])
async def test_only_the_private_port_serves_what_is_for_operators(valkey_url: str, host: str) -> None:
    private = free_port()
    async with running_gateway(valkey_url, host=host, private_port=private, debug=True) as gateway:
        for path in (*PRIVATE, *TRICKS):
            assert (await answer_of(gateway.url, path)).status == 404, path
            if path in PRIVATE:
                assert (await answer_of(f"http://127.0.0.1:{private}", path)).status == 200, path
        # The description is that of what is served where it was asked for.
        for url, named in ((gateway.url, False), (f"http://127.0.0.1:{private}", True)):
            described = json.loads((await answer_of(url, "/openapi.json")).body)
            assert ("/metrics" in described["paths"]) is named
        # By the name of the other port in Host nobody gets further.
        forged = await answer_of(gateway.url, "/metrics", host=f"127.0.0.1:{private}".encode())
        assert forged.status == 404
        assert b"TICKCAST_PRIVATE_PORT" in forged.body
        assert (await answer_of(gateway.url, "/v1/snapshot")).status == 200


async def test_without_a_private_port_nobody_else_than_this_machine_sees_it(valkey_url: str) -> None:
    async with running_gateway(valkey_url, host="0.0.0.0", debug=True) as gateway:
        for path in PRIVATE:
            assert (await answer_of(gateway.url, path)).status == 404, path
    async with local_gateway(valkey_url, ready=False, debug=True) as local:
        for path in PRIVATE:
            assert (await answer_of(local.url, path)).status == 200, path


async def test_the_private_port_listens_where_it_is_told(valkey_url: str) -> None:
    private = free_port()
    settings = {"private_host": "127.0.0.2", "private_port": private}
    async with running_gateway(valkey_url, **settings):
        assert (await answer_of(f"http://127.0.0.2:{private}", "/metrics")).status == 200


@pytest.mark.parametrize(
    ("private_host", "host", "status"),
    [
        ("127.0.0.1", b"rebound.example", 421),
        ("0.0.0.0", b"gateway.tickcast.svc", 200),
    ],
)
async def test_on_loopback_a_page_of_another_site_cannot_read_the_private_port(
    valkey_url: str, private_host: str, host: bytes, status: int
) -> None:
    private = free_port()
    settings = {"host": "0.0.0.0", "private_host": private_host, "private_port": private}
    async with running_gateway(valkey_url, **settings):
        assert (await answer_of(f"http://127.0.0.1:{private}", "/metrics", host=host)).status == status


def test_every_file_of_the_operators_page_is_private() -> None:
    assert DEBUG_PAGE in PATHS
    files = [path for path in Page().paths if "debug" in path]
    assert files
    for path in files:
        with pytest.raises(Problem) as refused:
            PrivatePort(9101, is_local=True, public_is_local=True).check({"path": path, "server": ("", 1)})
        assert refused.value.status == 404


def test_one_port_cannot_be_both() -> None:
    with pytest.raises(ValidationError, match="another one than the public port"):
        GatewaySettings(port=8000, private_port=8000)
