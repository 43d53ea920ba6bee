"""A gateway inside an app: its routes under a path, started and stopped with the app."""

import json
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import structlog
from fastapi import FastAPI
from fastapi.testclient import TestClient
from starlette.applications import Starlette
from starlette.routing import Mount

import tickcast
from tests.gateway.mounted.apps import fastapi_app
from tests.gateway.mounted.serving import Served, served
from tests.support.event_stream import answer_of, asked
from tests.support.eventually import eventually
from tests.support.feeder import Feeder


@pytest.fixture(autouse=True)
def own_logging() -> Iterator[None]:
    """Let no later test of this process log by what `mount` has set."""
    yield
    structlog.reset_defaults()


APPS = ["starlette_app", "fastapi_app"]


@pytest.mark.parametrize("server", ["granian", "hypercorn"])
async def test_every_way_of_reading_works_by_the_means_of_other_servers(
    server: str, feeder: Feeder, valkey_url: str, tmp_path: Path
) -> None:
    await feeder.tick("A", "B")
    async with served(server, "fastapi_app", tmp_path, valkey_url) as running:
        await check_reading(running, feeder, "AsgiConnection")
        assert "Traceback" not in running.log


@pytest.mark.parametrize("app", APPS)
@pytest.mark.parametrize("server", ["uvicorn", "uvicorn-h11"])
async def test_every_way_of_reading_works_under_the_path_and_streams_are_taken_over(
    server: str, app: str, feeder: Feeder, valkey_url: str, tmp_path: Path
) -> None:
    await feeder.tick("A", "B")
    async with served(server, app, tmp_path, valkey_url) as running:
        await check_reading(running, feeder)
        async with asked(running.url, "/prices/v1/stream", version="1.0") as old:
            await old.begin()
            # With httptools, uvicorn by itself sends chunks in HTTP/1.0 too.
            assert "transfer-encoding" not in old.headers
            assert (await running.inside())["streams"] == ["UnchunkedConnection"]
            await feeder.tick("A")
            assert (await old.ticks(1))[0][0] == "A"
        assert "Traceback" not in running.log


async def check_reading(running: Served, feeder: Feeder, kind: str = "Connection") -> None:
    """Be sure that prices are read in every way, streams on connections of a kind."""
    inside = await running.inside()
    assert (inside["app"], inside["theme"]) == (["started"], "dark")
    async with asked(running.url, "/prices/v1/stream?symbols=A") as stream:
        hello = await stream.begin()
        assert (stream.status, stream.headers["content-type"]) == (200, "text/event-stream")
        assert (await running.inside())["streams"] == [kind]
        await feeder.tick("A", "B")
        assert await stream.ticks(1) == [("A", feeder.counts["A"])]
        patch = await answer_of(
            running.url, f"/prices/v1/streams/{hello['stream']}", method="PATCH", body=b'{"add":["B"]}'
        )
        assert json.loads(patch.body)["symbols"] == ["A", "B"]
        cursor = stream.cursor
    await eventually(lambda: no_streams(running))
    await feeder.tick("A")
    resumed = b"last-event-id: " + cursor.encode()
    async with asked(running.url, "/prices/v1/stream?symbols=A", resumed) as stream:
        # Whether the gateway has heard the tick before or after it hears of the stream.
        assert (await stream.expect("hello"))["resumed"] in ("replayed", "live")
        assert await stream.ticks(1) == [("A", feeder.counts["A"])]
    by_body = b'{"symbols":["B"]}'
    json_type = b"content-type: application/json"
    async with asked(running.url, "/prices/v1/stream", json_type, method="POST", body=by_body) as stream:
        await stream.begin()
        assert (await running.inside())["streams"] == [kind]
        await feeder.tick("A", "B")
        assert await stream.ticks(1) == [("B", feeder.counts["B"])]
    snapshot = json.loads((await answer_of(running.url, "/prices/v1/snapshot")).body)
    assert [tick["S"] for tick in snapshot["ticks"]] == ["A", "B"]
    assert (await answer_of(running.url, "/prices/v1/symbols")).status == 200
    assert (await answer_of(running.url, "/prices/v1/bars/A")).status == 200
    assert (await answer_of(running.url, "/prices/readyz")).status == 200


async def no_streams(running: Served) -> bool:
    return (await running.inside())["streams"] == []


@pytest.mark.parametrize("encoding", ["gzip", "zstd"])
async def test_a_compressed_stream_begins_as_its_encoding_does(
    encoding: str, feeder: Feeder, valkey_url: str, tmp_path: Path
) -> None:
    await feeder.tick("A")
    async with (
        served("uvicorn", "starlette_app", tmp_path, valkey_url) as running,
        asked(running.url, "/prices/v1/stream", f"accept-encoding: {encoding}".encode()) as stream,
    ):
        await stream.begin()
        assert stream.headers["content-encoding"] == encoding
        assert (await running.inside())["streams"] == ["Connection"]


async def test_the_page_and_its_files_are_found_from_where_it_is(
    feeder: Feeder, valkey_url: str, tmp_path: Path
) -> None:
    async with served("uvicorn", "fastapi_app", tmp_path, valkey_url) as running:
        assert (await answer_of(running.url, "/prices")).headers["location"].endswith("/prices/")
        page = await answer_of(running.url, "/prices/")
        assert page.status == 200
        assert b'src="/' not in page.body
        assert b'href="/' not in page.body
        assert (await answer_of(running.url, "/prices/tickcast.js")).status == 200
        description = json.loads((await answer_of(running.url, "/prices/openapi.json")).body)
        assert description["servers"] == [{"url": "/prices"}]
        nothing = json.loads((await answer_of(running.url, "/prices/nothing")).body)
        assert nothing["detail"] == "there is nothing at /prices/nothing; the stream is at /prices/v1/stream"


async def test_what_is_private_stays_so_also_on_loopback(
    feeder: Feeder, valkey_url: str, tmp_path: Path
) -> None:
    async with served("uvicorn", "fastapi_app", tmp_path, valkey_url) as running:
        metrics = (await answer_of(running.url, "/inside/metrics")).body
        assert b"\ntickcast_gateway_clients " in metrics
        for path in ("/metrics", "/debug", "/v1/debug"):
            assert (await answer_of(running.url, f"/prices{path}")).status == 404
        description = json.loads((await answer_of(running.url, "/prices/openapi.json")).body)
        assert "/metrics" not in description["paths"]


def test_an_app_that_is_mounted_in_another_says_why_it_has_no_prices() -> None:
    outer = Starlette(routes=[Mount("/inner", app=fastapi_app())])
    with TestClient(outer) as client:
        answer = client.get("/inner/prices/v1/snapshot")
    assert answer.status_code == 503
    assert "mount it in the outermost app" in answer.json()["detail"]


def test_an_app_starts_and_stops_also_without_redis_and_once_more() -> None:
    app = FastAPI()
    prices = tickcast.mount(app, "/prices", redis_url="redis://127.0.0.1:1", drain=0)
    for _ in range(2):
        with TestClient(app) as client:
            assert client.get("/prices/healthz").json()["status"] == "ok"
            assert client.get("/prices/readyz").status_code == 503
        assert not prices.is_ready


@pytest.mark.parametrize("path", ["/api/prices/healthz", "/prices/healthz"])
def test_a_proxy_may_cut_its_own_part_of_the_path_off_or_not(path: str) -> None:
    app = FastAPI()
    tickcast.mount(app, "/prices", redis_url="redis://127.0.0.1:1", drain=0)
    with TestClient(app, root_path="/api") as client:
        assert client.get(path).json()["status"] == "ok"
        description = client.get(path.replace("healthz", "openapi.json")).json()
        assert description["servers"] == [{"url": "/api/prices"}]


@pytest.mark.parametrize(
    ("path", "settings", "error", "why"),
    [
        ("prices", {}, ValueError, "begins with a slash"),
        ("/prices/", {}, ValueError, "does not end with one"),
        ("/prices", {"port": 80}, TypeError, "port is no setting of a gateway inside an app"),
        ("/prices", {"colour": 1}, TypeError, "colour is no setting"),
        ("/prices", {"drain": -1}, ValueError, "drain"),
        ("/prices", {"redis_url": "http://x"}, ValueError, "redis_url"),
    ],
)
def test_what_is_wrong_is_said_at_the_call(
    path: str, settings: Any, error: type[Exception], why: str
) -> None:
    with pytest.raises(error, match=why):
        tickcast.mount(Starlette(), path, **settings)


def test_what_is_not_installed_is_said_with_what_to_install() -> None:
    code = "import sys; sys.modules['starlette.applications'] = None; import tickcast; tickcast.mount"
    done = subprocess.run(
        [sys.executable, "-P", "-c", code], check=False, capture_output=True, text=True, timeout=60
    )
    last = done.stderr.strip().splitlines()[-1]
    assert last.endswith(
        "tickcast.mount needs starlette.applications, not installed here: pip install 'tickcast[gateway]'"
    )


def test_an_app_that_runs_already_gets_no_gateway() -> None:
    app = Starlette()
    with TestClient(app), pytest.raises(RuntimeError, match="before it is started"):
        tickcast.mount(app, "/prices")
