"""The balancer: what it lets through, how, and what it writes down."""

import asyncio
import json

import httpx2
import pytest

from tests.cluster.cluster import Cluster
from tests.support.changing import open_stream
from tests.support.eventually import eventually

pytestmark = [pytest.mark.docker, pytest.mark.timeout(300)]


def client() -> httpx2.AsyncClient:
    return httpx2.AsyncClient(trust_env=False, timeout=60)


async def test_a_tick_is_passed_on_as_it_comes(cluster: Cluster) -> None:
    async with client() as http, http.stream("GET", f"{cluster.url}/v1/stream?symbols=AAPL") as answer:
        assert answer.status_code == 200
        assert answer.headers["content-type"] == "text/event-stream"
        # With buffering, some kilobytes would have to gather first.
        sizes = []
        async for part in answer.aiter_raw():
            sizes.append(len(part))
            if len(sizes) == 10:
                break
    assert min(sizes) < 1000


async def test_a_wrong_request_is_answered_by_the_gateway(cluster: Cluster) -> None:
    async with client() as http:
        answer = await http.get(f"{cluster.url}/v1/stream?symbols=%22")
    assert answer.status_code == 400
    assert answer.headers["content-type"] == "application/problem+json"


@pytest.mark.parametrize("path", ["/metrics", "/debug", "/debug/debug.js", "/v1/debug"])
async def test_what_is_the_operators_is_not_for_everybody(cluster: Cluster, path: str) -> None:
    async with client() as http:
        answer = await http.get(f"{cluster.url}{path}")
    assert answer.status_code == 404
    # By nginx itself: a gateway answers with a document of its own.
    assert answer.headers["content-type"] == "text/html"


async def test_a_stream_is_changed_by_any_gateway_and_its_id_stands_in_no_log(cluster: Cluster) -> None:
    async with open_stream(cluster.url, symbols="AAPL") as (opened, stream), client() as http:
        address = f"{cluster.url}/v1/streams/{stream}"
        # nginx spreads these over the gateways; one of them has the stream.
        for add, padding in (("MSFT", 0), ("TSLA", 0), ("AMZN", 0), ("NVDA", 0), ("MSFT", 65_000)):
            body = json.dumps({"add": [add]}) + " " * padding
            answer = await http.patch(address, content=body)
            assert answer.status_code == 200, answer.text
        assert answer.json()["symbols"] == ["AAPL", "AMZN", "MSFT", "NVDA", "TSLA"]
        await opened.until(lambda event: event.type == b"symbols")
        assert (await http.patch(address, content=body * 2)).status_code == 413

    async def logged() -> str:
        log = await cluster.compose("logs", "--no-color", "--no-log-prefix", "--tail", "500", "nginx")
        return log if '"path":"/v1/streams/-"' in log else ""

    assert stream not in await eventually(logged)


async def test_a_thousand_symbols_fit_in_a_request(cluster: Cluster) -> None:
    symbols = ",".join(f"{number:014}" for number in range(1000))
    async with client() as http:
        answer = await http.get(f"{cluster.url}/v1/snapshot?symbols={symbols}")
    assert answer.status_code == 200


async def test_a_token_stands_in_no_log(cluster: Cluster) -> None:
    async with client() as http:
        await http.get(f"{cluster.url}/v1/symbols?access_token=sesame")

    async def logged() -> str:
        log = await cluster.compose("logs", "--no-color", "--no-log-prefix", "--tail", "500", "nginx")
        return log if '"path":"/v1/symbols"' in log else ""

    log = await eventually(logged)
    assert "sesame" not in log
    line = json.loads(next(each for each in log.splitlines() if "/v1/symbols" in each))
    assert line["gateway"].endswith(":8000")


async def test_a_client_that_does_not_finish_its_request_is_cut(cluster: Cluster) -> None:
    reader, writer = await asyncio.open_connection("127.0.0.1", int(cluster.url.rpartition(":")[2]))
    writer.write(b"GET /v1/stream HTTP/1.1\r\nHost: x\r\n")
    async with asyncio.timeout(100):
        answer = await reader.read()
    writer.close()
    assert answer == b"" or answer.startswith(b"HTTP/1.1 408")


async def test_nginx_counts_its_connections_for_monitoring_alone(cluster: Cluster) -> None:
    inside = await cluster.compose("exec", "-T", "nginx", "curl", "-s", "http://127.0.0.1:8081/status")
    assert inside.startswith("Active connections: ")
    async with client() as http:
        assert (await http.get(f"{cluster.url}/status")).status_code == 404
