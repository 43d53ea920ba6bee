"""How a stream with a token goes on and ends: renewed, expired, revoked, changed by its subject alone."""

import json
import time
from pathlib import Path
from typing import Any

import pytest

from tests.access.issuer import IssuerKey
from tests.gateway.http.test_http import problem_of
from tests.gateway.pair import two_gateways
from tests.support.changing import patch
from tests.support.event_stream import answer_of, asked
from tests.support.eventually import eventually
from tests.support.feeder import Feeder
from tests.support.granted import SYMBOLS, Door, names
from tests.support.local_gateway import LocalGateway, local_gateway


async def test_a_stream_ends_when_its_token_expires_and_says_so(closed: LocalGateway, door: Door) -> None:
    header = door.header("A", exp=time.time() + 3)
    async with asked(closed.url, "/v1/stream", header) as opened:
        await opened.begin()
        *_, last = await opened.finish()
        assert last.type == b"bye"
        assert json.loads(last.data)["reason"] == "expired"
    assert closed.gateway.closing.byes["expired"] == 1
    assert problem_of(await answer_of(closed.url, "/v1/stream", header), 401) == "the token has expired"


async def test_a_removed_key_ends_its_streams_and_no_others(closed: LocalGateway, door: Door) -> None:
    old, door.key = door.key, IssuerKey("ES256", "k2")
    door.put(old, door.key)
    authority = closed.gateway.authority
    assert authority is not None
    await eventually(lambda: len(authority.keyring.keys) == 2)
    first = b"authorization: Bearer " + old.token(tickcast={"symbols": ["A"]}).encode()
    async with (
        asked(closed.url, "/v1/stream", first) as opened,
        asked(closed.url, "/v1/stream", door.header("A")) as kept,
    ):
        await opened.begin()
        await kept.begin()
        door.put(door.key)
        *_, last = await opened.finish()
        assert json.loads(last.data)["reason"] == "revoked"
        assert "unknown key" in problem_of(await answer_of(closed.url, "/v1/stream", first), 401)
        await kept.silent(0.1)
        assert closed.gateway.closing.byes == {**closed.gateway.closing.byes, "revoked": 1, "expired": 0}


@pytest.mark.parametrize("through", [0, 1])
async def test_only_its_subject_changes_a_stream_and_only_to_what_is_allowed(
    feeder: Feeder, valkey_url: str, door: Door, through: int
) -> None:
    await feeder.tick(*SYMBOLS)

    async def changed(id: str, body: Any, token: str | None) -> tuple[int, str]:
        headers = {} if token is None else {"authorization": f"Bearer {token}"}
        answer = await patch(gateways[through].url, id, body, headers=headers)
        return answer.status_code, answer.json().get("detail", "")

    async with (
        two_gateways(valkey_url, **door.settings) as gateways,
        asked(gateways[0].url, "/v1/stream?symbols=A", door.header("A", "B*")) as opened,
    ):
        id = (await opened.begin())["stream"]
        assert (await changed(id, {"add": ["B*"]}, None))[0] == 401
        another = door.token("*", sub="another")
        assert await changed(id, {"add": ["B"]}, another) == (403, "the stream was opened by another subject")
        assert "does not allow C;" in (await changed(id, {"add": ["B", "C"]}, door.token("A", "B*")))[1]
        # A token of the same subject may have more rights; the stream has those that it was opened with.
        status, detail = await changed(id, {"add": ["C"]}, door.token("*"))
        assert (status, "does not allow C;" in detail) == (403, True)
        assert (await changed(id, {"add": ["*"], "drop": ["A"]}, door.token("A", "B*")))[0] == 200
        assert (await opened.expect("symbols"))["symbols"] == 4
        assert await names(opened) == ["B", "BA", "BB"]
        await feeder.tick("C", "A", "BA")
        assert await opened.ticks(2) == [("A", 2), ("BA", 2)]


@pytest.mark.parametrize("through", [0, 1])
async def test_a_new_token_renews_an_open_stream_without_a_hole(
    feeder: Feeder, valkey_url: str, door: Door, through: int
) -> None:
    await feeder.tick(*SYMBOLS)

    async def renewed(token: str, **more: Any) -> tuple[int, str]:
        headers = {"authorization": f"Bearer {token}"}
        answer = await patch(gateways[through].url, id, {"token": token, **more}, headers=headers)
        return answer.status_code, answer.json().get("detail", "")

    async with (
        two_gateways(valkey_url, **door.settings) as gateways,
        asked(gateways[0].url, "/v1/stream", door.header("A", "B", exp=time.time() + 20)) as opened,
    ):
        id = (await opened.begin())["stream"]
        # The same rights change nothing but the end.
        assert (await renewed(door.token("A", "B", exp=time.time() + 60)))[0] == 200
        await feeder.tick("A", "B")
        assert await opened.ticks(2) == [("A", 2), ("B", 2)]
        assert (await renewed(door.token("A", "B*", exp=time.time() + 60)))[0] == 200
        assert (await opened.expect("symbols")) == {"symbols": 4, "added": [], "dropped": []}
        assert await names(opened) == ["BA", "BB"]
        await feeder.tick("BA", "C", "A")
        assert await opened.ticks(2) == [("BA", 2), ("A", 3)]
        status, why = await renewed(door.token("A", exp=time.time() + 60))
        assert (status, why) == (403, "the new token allows less than the stream has; open a new one")
        assert (await renewed(door.token("A", "B*", interval=500)))[0] == 403
        assert (await renewed(door.token("A", "B*", sub="another")))[0] == 403
        assert (await renewed(door.token("*", exp=time.time() - 1)))[0] == 401
        assert (await renewed(door.token("A", "B*", exp=time.time() + 2)))[0] == 200
        *_, last = await opened.finish()
        assert json.loads(last.data)["reason"] == "expired"


async def test_the_token_of_a_patch_and_that_of_its_header_have_to_be_the_same(
    closed: LocalGateway, door: Door
) -> None:
    async with asked(closed.url, "/v1/stream", door.header("A")) as opened:
        id = (await opened.begin())["stream"]
        one, other = door.token("A", exp=2_000_000_000), door.token("A", exp=2_000_000_001)

        async def status(token: object, **headers: str) -> int:
            return (await patch(closed.url, id, {"token": token}, headers=headers)).status_code

        assert await status(one, authorization=f"Bearer {other}") == 400
        # The cookie may still be the one before.
        assert await status(one, cookie=f"__Host-tickcast={other}") == 200
        assert await status(one) == 200
        assert await status(7, authorization=f"Bearer {one}") == 400


async def test_a_renewal_by_a_key_that_the_streams_gateway_does_not_know_yet_is_put_off(
    feeder: Feeder, valkey_url: str, door: Door, tmp_path: Path
) -> None:
    await feeder.tick("A")
    (tmp_path / "other").mkdir()
    other = Door(tmp_path / "other")
    new = IssuerKey("ES256", "k2")
    other.put(door.key, new)
    async with (
        local_gateway(valkey_url, gateway_id="one", **door.settings) as holder,
        local_gateway(valkey_url, gateway_id="other", **other.settings) as asks,
        asked(holder.url, "/v1/stream", door.header("A")) as opened,
    ):
        id = (await opened.begin())["stream"]
        token = new.token(tickcast={"symbols": ["A"]})

        async def status() -> int:
            headers = {"authorization": f"Bearer {token}"}
            return (await patch(asks.url, id, {"token": token}, headers=headers)).status_code

        await eventually(lambda: holder.gateway.control._listening and asks.gateway.control._listening)
        assert await status() == 503
        await opened.silent(0.1)
        door.put(door.key, new)

        async def is_renewed() -> bool:
            return await status() == 200

        await eventually(is_renewed)
        await feeder.tick("A")
        assert await opened.ticks(1) == [("A", 2)]
