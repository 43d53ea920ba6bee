"""Pages of other origins: allowed by a list, on every answer, the stream among them."""

from pathlib import Path

import pytest

from tests.support.event_stream import answer_of, asked
from tests.support.feeder import Feeder
from tests.support.granted import Door
from tests.support.local_gateway import local_gateway

LISTED = b"origin: https://desk.example"
OTHER = b"origin: https://evil.example"
ASKS = (b"access-control-request-method: PATCH", b"access-control-request-headers: authorization")
PATHS = ["/v1/snapshot", "/v1/symbols", "/v1/bars/A", "/v1/stream", "/tickcast.js", "/nothing"]


@pytest.mark.parametrize("target", PATHS)
@pytest.mark.parametrize("method", ["GET", "HEAD"])
async def test_a_listed_origin_reads_every_answer(
    feeder: Feeder, valkey_url: str, target: str, method: str
) -> None:
    await feeder.tick("A")
    async with (
        local_gateway(valkey_url, cors_origins="https://desk.example") as gateway,
        asked(gateway.url, target, LISTED, method=method) as answer,
    ):
        for name, value in {
            "access-control-allow-origin": "https://desk.example",
            "access-control-allow-credentials": "true",
            "cross-origin-resource-policy": "cross-origin",
            "x-content-type-options": "nosniff",
        }.items():
            assert [held for field, held in answer.fields if field == name] == [value], name
        assert "origin" in [value for name, value in answer.fields if name == "vary"]


async def test_another_origin_opens_no_stream_and_reads_nothing(feeder: Feeder, valkey_url: str) -> None:
    await feeder.tick("A")
    async with local_gateway(valkey_url, cors_origins="https://desk.example") as gateway:
        for target in ("/v1/stream", "/v1/snapshot"):
            answer = await answer_of(gateway.url, target, OTHER)
            assert answer.status == 403
            assert b"'https://evil.example' may not read this gateway" in answer.body
            assert "access-control-allow-origin" not in answer.headers
        assert gateway.gateway.live.resume.opened == 0
        assert (await answer_of(gateway.url, "/v1/snapshot", b"origin: http://test")).status == 200


async def test_a_preflight_is_answered_for_listed_origins_alone(feeder: Feeder, valkey_url: str) -> None:
    async with local_gateway(valkey_url, cors_origins="https://desk.example") as gateway:
        allowed = await answer_of(gateway.url, "/v1/streams/x", LISTED, *ASKS, method="OPTIONS")
        assert allowed.status == 204
        assert "PATCH" in allowed.headers["access-control-allow-methods"]
        assert "last-event-id" in allowed.headers["access-control-allow-headers"]
        assert allowed.headers["access-control-max-age"] == "600"
        assert (await answer_of(gateway.url, "/v1/streams/x", OTHER, *ASKS, method="OPTIONS")).status == 403
        assert (await answer_of(gateway.url, "/v1/streams/x", LISTED, method="OPTIONS")).status == 405


async def test_a_refusal_can_be_read_too(feeder: Feeder, valkey_url: str, tmp_path: Path) -> None:
    async with local_gateway(
        valkey_url, cors_origins="https://desk.example", **Door(tmp_path).settings
    ) as gateway:
        answer = await answer_of(gateway.url, "/v1/snapshot", LISTED)
        assert answer.status == 401
        assert answer.headers["access-control-allow-origin"] == "https://desk.example"
