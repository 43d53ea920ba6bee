"""The request that changes a stream: what is let in, how long it may take, and who may leave within it."""

import asyncio

import pytest

from tests.support.event_stream import answer_of
from tests.support.eventually import eventually
from tests.support.local_gateway import LocalGateway


async def test_only_patch_is_allowed(gateway: LocalGateway) -> None:
    for method in ("GET", "POST", "DELETE"):
        answer = await answer_of(gateway.url, "/v1/streams/test.x", b"content-length: 0", method=method)
        assert (answer.status, answer.headers["allow"]) == (405, "PATCH")


async def test_a_page_of_another_origin_is_not_let_in(gateway: LocalGateway) -> None:
    # A browser asks before it sends a PATCH across origins, and takes a refusal for a no.
    asked = (b"origin: https://elsewhere.example", b"access-control-request-method: PATCH")
    answer = await answer_of(gateway.url, "/v1/streams/test.x", *asked, method="OPTIONS")
    assert answer.status == 403
    assert not [name for name in answer.headers if name.startswith("access-control")]


async def test_a_body_without_an_end_is_given_up(
    gateway: LocalGateway, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("tickcast.gateway.http.requests.BODY_SECONDS", 0.2)
    answer = await answer_of(gateway.url, "/v1/streams/test.x", b"content-length: 9", method="PATCH")
    assert answer.status == 408


async def test_who_leaves_within_a_body_leaves_nothing_in_the_log(
    gateway: LocalGateway, caplog: pytest.LogCaptureFixture
) -> None:
    _, port = gateway.url.rsplit(":", 1)
    _, writer = await asyncio.open_connection("127.0.0.1", int(port))
    writer.write(b"PATCH /v1/streams/test.x HTTP/1.1\r\nhost: x\r\ncontent-length: 9\r\n\r\n{")
    await eventually(lambda: bool(gateway.server.server_state.tasks))
    writer.close()
    await writer.wait_closed()
    await eventually(lambda: not gateway.server.server_state.tasks)
    assert caplog.text == ""
