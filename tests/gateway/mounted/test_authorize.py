"""The app's callable says who may see what, whichever way is taken to a price."""

import json
from collections.abc import AsyncIterator, Iterator
from pathlib import Path
from typing import Any

import pytest
import structlog
from fastapi import FastAPI
from starlette.applications import Starlette

import tickcast
from tests.gateway.http.test_http import problem_of
from tests.gateway.mounted.serving import Served, served
from tests.support.event_stream import answer_of, asked, comes_back
from tests.support.feeder import Feeder
from tests.support.granted import SYMBOLS, names

WAYS = ["/v1/stream", "/v1/snapshot", "/v1/symbols", "/v1/bars/A"]
APPS = ["async_app", "thread_app"]


@pytest.fixture(autouse=True)
def own_logging() -> Iterator[None]:
    """Let no later test of this process log by what `mount` has set."""
    yield
    structlog.reset_defaults()


@pytest.fixture(params=APPS)
async def guarded(
    request: pytest.FixtureRequest, feeder: Feeder, valkey_url: str, tmp_path: Path
) -> AsyncIterator[Served]:
    """An app with a callable of each kind, and a price of each symbol."""
    await feeder.tick(*SYMBOLS)
    module = "tests.gateway.mounted.guarded"
    async with served("uvicorn", request.param, tmp_path, valkey_url, module=module) as running:
        yield running


def user(name: str) -> bytes:
    return b"x-user: " + name.encode()


async def test_every_way_asks_and_gives_what_is_granted(guarded: Served, feeder: Feeder) -> None:
    for way in WAYS:
        nobody = await answer_of(guarded.url, f"/prices{way}")
        assert "does not know who you are" in problem_of(nobody, 401)
        assert nobody.headers["www-authenticate"] == 'Bearer realm="tickcast"'
        assert (
            problem_of(await answer_of(guarded.url, f"/prices{way}", user("banned")), 403) == "you are banned"
        )
        owing = await answer_of(guarded.url, f"/prices{way}", user("debtor"))
        assert problem_of(owing, 402) == "pay first"
        assert owing.headers["x-price"] == "5"
    async with asked(guarded.url, "/prices/v1/stream", user("alice")) as stream:
        await stream.expect("hello")
        assert sorted(await names(stream)) == ["A", "B", "BA", "BB"]
        await feeder.tick("C", "BZ")
        assert await stream.ticks(1) == [("BZ", 1)]
    async with asked(guarded.url, "/prices/v1/stream", user("bob")) as stream:
        assert (await stream.expect("hello"))["interval"] == 500
        assert await names(stream) == ["B"]
    snapshot = await answer_of(guarded.url, "/prices/v1/snapshot", user("bob"))
    assert [tick["S"] for tick in json.loads(snapshot.body)["ticks"]] == ["B"]
    assert "private" in snapshot.headers["cache-control"]
    for way in ("/v1/stream?symbols=A", "/v1/snapshot?symbols=A", "/v1/symbols?symbols=A", "/v1/bars/A"):
        assert (await answer_of(guarded.url, f"/prices{way}", user("bob"))).status == 403


async def test_a_patch_is_asked_about_too_and_only_of_ones_own_stream(guarded: Served) -> None:
    async with asked(guarded.url, "/prices/v1/stream?symbols=A", user("alice")) as stream:
        hello = await stream.begin()

        async def patch(who: str, body: bytes) -> Any:
            target = f"/prices/v1/streams/{hello['stream']}"
            return await answer_of(guarded.url, target, user(who), method="PATCH", body=body)

        assert "another subject" in problem_of(await patch("bob", b'{"add":["B"]}'), 403)
        assert "does not allow C" in problem_of(await patch("alice", b'{"add":["C"]}'), 403)
        assert problem_of(await patch("nobody", b'{"add":["B"]}'), 401)
        assert (await patch("alice", b'{"add":["B"]}')).status == 200
        assert (await stream.expect("symbols"))["added"] == ["B"]


async def test_a_patch_that_another_process_gets_is_judged_there_and_passed_on(
    guarded: Served, valkey_url: str, tmp_path: Path
) -> None:
    folder, module = tmp_path / "other", "tests.gateway.mounted.guarded"
    folder.mkdir()
    async with (
        served("uvicorn", "async_app", folder, valkey_url, module=module) as other,
        asked(guarded.url, "/prices/v1/stream?symbols=A", user("alice")) as stream,
    ):
        target = f"/prices/v1/streams/{(await stream.begin())['stream']}"
        for who, symbol, status in (("bob", "B", 403), ("alice", "C", 403), ("alice", "B", 200)):
            body = json.dumps({"add": [symbol]}).encode()
            answer = await answer_of(other.url, target, user(who), method="PATCH", body=body)
            assert answer.status == status
        assert (await stream.expect("symbols"))["added"] == ["B"]


async def test_a_grant_that_expires_ends_its_stream_and_a_new_token_renews_it(guarded: Served) -> None:
    async with (
        asked(guarded.url, "/prices/v1/stream", b"authorization: Bearer short") as ends,
        asked(guarded.url, "/prices/v1/stream", b"authorization: Bearer short") as goes_on,
    ):
        await ends.begin()
        hello = await goes_on.begin()
        renewed = await answer_of(
            guarded.url,
            f"/prices/v1/streams/{hello['stream']}",
            b"authorization: Bearer longer",
            method="PATCH",
            body=b'{"token":"longer"}',
        )
        assert renewed.status == 200
        last = (await ends.finish())[-1]
        assert (last.type, json.loads(last.data)["reason"]) == (b"bye", "expired")
        await goes_on.silent(1)


@pytest.mark.parametrize("way", WAYS)
async def test_what_fails_in_the_callable_is_logged_and_not_told(guarded: Served, way: str) -> None:
    for who, said in (
        ("broken", "RuntimeError: password is hunter2"),
        ("wrong", 'symbols: a list of texts is needed, such as ["AAPL", "B*"]'),
        ("teapot", "refused with the status 200"),
    ):
        answer = await answer_of(guarded.url, f"/prices{way}", user(who))
        assert problem_of(answer, 500) == "the app cannot decide who may see what; its log says why"
        assert b"hunter2" not in answer.body
        assert said in guarded.log


async def test_a_callable_that_hangs_is_given_up_and_the_app_goes_on(
    feeder: Feeder, valkey_url: str, tmp_path: Path
) -> None:
    await feeder.tick("A")
    module = "tests.gateway.mounted.guarded"
    async with (
        served("uvicorn", "thread_app", tmp_path, valkey_url, module=module) as running,
        asked(running.url, "/prices/v1/snapshot", user("alice")) as before,
    ):
        assert before.status == 200
        slow = await answer_of(running.url, "/prices/v1/snapshot", user("slow"))
        assert problem_of(slow, 503) == "the app has not decided in time"
        assert "took longer than 5 s" in running.log
        # After a 503 an EventSource would give up for good; who came through a balancer is sent to another.
        comes_back(
            await answer_of(running.url, "/prices/v1/stream", user("slow")), "the app has not decided in time"
        )
        balanced = user("slow"), b"x-tickcast-balanced: 1"
        assert problem_of(await answer_of(running.url, "/prices/v1/stream", *balanced), 503)
        assert (await answer_of(running.url, "/prices/v1/snapshot", user("alice"))).status == 200


def test_tokens_and_a_callable_exclude_each_other(tmp_path: Path) -> None:
    from tests.support.granted import Door

    with pytest.raises(ValueError, match="not both"):
        tickcast.mount(Starlette(), "/prices", authorize=lambda request: None, **Door(tmp_path).settings)


def test_a_gateway_that_is_open_to_all_says_so(caplog: pytest.LogCaptureFixture) -> None:
    from fastapi.testclient import TestClient

    app, closed = FastAPI(), FastAPI()
    tickcast.mount(app, "/prices", redis_url="redis://127.0.0.1:1", drain=0)
    tickcast.mount(
        closed, "/prices", redis_url="redis://127.0.0.1:1", drain=0, authorize=lambda request: None
    )
    with TestClient(closed):
        assert "may read every price" not in caplog.text
    with TestClient(app):
        assert "everybody who reaches the app may read every price" in caplog.text
