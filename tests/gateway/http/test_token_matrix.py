"""Every kind of token, right and wrong: the right answer by every way, and no price to the wrong client."""

import asyncio
import json
import time
from base64 import urlsafe_b64decode
from collections.abc import AsyncIterator, Callable
from pathlib import Path
from typing import Any, NamedTuple

import jwt
import pytest
from cryptography.hazmat.primitives import serialization

from tests.access.issuer import IssuerKey, encoded, usual_claims
from tests.support.changing import patch
from tests.support.event_stream import EventStream, answer_of, asked
from tests.support.eventually import eventually
from tests.support.feeder import Feeder
from tests.support.granted import SYMBOLS, Door
from tests.support.local_gateway import LocalGateway, local_gateway

ALGORITHMS = ("HS256", "RS256", "ES256", "EdDSA")
KEYS = {algorithm: IssuerKey(algorithm, algorithm.lower()) for algorithm in ALGORITHMS}
ES, RS, HS = KEYS["ES256"], KEYS["RS256"], KEYS["HS256"]
STRANGER = IssuerKey("ES256", "es256")
GOOD: dict[str, Any] = {"symbols": ["A"]}


def of(key: IssuerKey, header: dict[str, Any] | None = None, **claims: Any) -> str:
    return key.token(header, **{"tickcast": GOOD, **claims})


def unsigned(header: dict[str, Any], signature: str = "") -> str:
    parts = (header, usual_claims() | {"tickcast": GOOD})
    return ".".join([*(encoded(json.dumps(part).encode()) for part in parts), signature])


def public_pem(key: IssuerKey) -> bytes:
    form = serialization.PublicFormat.SubjectPublicKeyInfo
    return bytes(key.private.public_key().public_bytes(serialization.Encoding.PEM, form))


def confused(key: IssuerKey) -> str:
    """Return a token whose secret is the public key of another algorithm."""
    head = encoded(json.dumps({"alg": "HS256", "kid": key.id}).encode())
    body = encoded(json.dumps(usual_claims() | {"tickcast": GOOD}).encode())
    made = jwt.get_algorithm_by_name("HS256").sign(f"{head}.{body}".encode(), public_pem(key))
    return f"{head}.{body}.{encoded(made)}"


def changed(token: str) -> str:
    """Return a token with more rights than were signed."""
    head, body, signature = token.split(".")
    claims = json.loads(urlsafe_b64decode(body + "=="))
    claims["tickcast"] = {"symbols": ["*"]}
    return f"{head}.{encoded(json.dumps(claims).encode())}.{signature}"


class Wrong(NamedTuple):
    """A token that proves nothing, and why."""

    token: Callable[[], str]
    why: str


WRONG = {
    "another key by the same id": Wrong(lambda: of(STRANGER), "signature is wrong"),
    "rights added": Wrong(lambda: changed(of(ES)), "signature is wrong"),
    "signature of another token": Wrong(
        lambda: ".".join([*of(ES).split(".")[:2], of(ES, sub="x").split(".")[2]]), "signature is wrong"
    ),
    "no signature": Wrong(lambda: of(ES).rpartition(".")[0] + ".", "signature is wrong"),
    "none": Wrong(lambda: unsigned({"alg": "none", "kid": "es256"}), "signed otherwise"),
    "None": Wrong(lambda: unsigned({"alg": "nOnE", "kid": "hs256"}), "signed otherwise"),
    "none without kid": Wrong(lambda: unsigned({"alg": "none"}), "names no key"),
    "no alg": Wrong(lambda: unsigned({"kid": "es256"}), ""),
    "a public key of RSA as secret": Wrong(lambda: confused(RS), "signed otherwise"),
    "a public key of EC as secret": Wrong(lambda: confused(ES), "signed otherwise"),
    "the alg of another key": Wrong(lambda: of(RS, {"kid": "es256"}), "signed otherwise"),
    "no kid beside several keys": Wrong(lambda: of(IssuerKey("ES256", None, ES.private)), "names no key"),
    "unknown kid": Wrong(lambda: of(ES, {"kid": "k9"}), "unknown key"),
    "kid of a path": Wrong(lambda: of(ES, {"kid": "../../../dev/null"}), "unknown key"),
    "kid of SQL": Wrong(lambda: of(ES, {"kid": "' OR 1=1 --"}), "unknown key"),
    "kid in other case": Wrong(lambda: of(ES, {"kid": "ES256"}), "unknown key"),
    "kid of no text": Wrong(lambda: unsigned({"alg": "ES256", "kid": ["es256"]}, "x"), ""),
    "empty kid": Wrong(lambda: unsigned({"alg": "ES256", "kid": ""}, "x"), ""),
    "a key of its own": Wrong(lambda: of(STRANGER, {"jwk": STRANGER.jwk}), "signature is wrong"),
    "a place of keys": Wrong(lambda: of(STRANGER, {"jku": "https://evil.test/k"}), "signature is wrong"),
    "crit": Wrong(lambda: of(ES, {"crit": ["exp"]}), ""),
    "expired": Wrong(lambda: of(ES, exp=time.time() - 1), "has expired"),
    "expired in text": Wrong(lambda: of(ES, exp="tomorrow"), ""),
    "not yet valid": Wrong(lambda: of(ES, nbf=time.time() + 60), "not valid yet"),
    "issued in the future": Wrong(lambda: of(ES, iat=time.time() + 3600), "in the future"),
    "another audience": Wrong(lambda: of(ES, aud="other"), "another audience"),
    "another issuer": Wrong(lambda: of(ES, iss="https://evil.test"), "another issuer"),
    **{
        f"no {claim}": Wrong(lambda claim=claim: of(ES, **{claim: None}), f"has no {claim}")
        for claim in ("exp", "aud", "iss", "sub")
    },
    "no rights": Wrong(lambda: of(ES, tickcast=None), "an object is needed"),
    "rights that are unknown": Wrong(lambda: of(ES, tickcast=GOOD | {"all": True}), "unknown member"),
    "operator in text": Wrong(lambda: of(ES, tickcast=GOOD | {"operator": "yes"}), "true or false"),
    "oversized": Wrong(lambda: of(ES, jti="x" * 4096), "at most 4096"),
    "no JWT": Wrong(lambda: "sesame", "no JWT"),
    "five parts": Wrong(lambda: "a.b.c.d.e", ""),
    "the public key": Wrong(lambda: encoded(public_pem(ES)), ""),
}  # fmt: skip


@pytest.fixture
async def gate(feeder: Feeder, valkey_url: str, tmp_path: Path) -> AsyncIterator[LocalGateway]:
    """A gateway that takes keys of every algorithm, and tokens in the query."""
    door = Door(tmp_path)
    door.put(*KEYS.values())
    await feeder.tick(*SYMBOLS)
    async with local_gateway(valkey_url, auth_parameter=True, **door.settings) as running:
        yield running


def ways(token: str) -> dict[str, tuple[str, tuple[bytes, ...]]]:
    """Return the query and the headers that show a token, by way."""
    raw = token.encode()
    return {
        "header": ("", (b"authorization: Bearer " + raw,)),
        "cookie": ("", (b"cookie: __Host-tickcast=" + raw,)),
        "parameter": (f"access_token={token}", ()),
    }


def tells_no_price(answer: EventStream) -> bool:
    return b'"p"' not in answer.body and b'"S"' not in answer.body


@pytest.mark.parametrize("name", WRONG)
async def test_a_wrong_token_gets_401_by_every_way_and_no_price(
    gate: LocalGateway, feeder: Feeder, name: str
) -> None:
    wrong = WRONG[name]
    token = wrong.token()
    assert "=" not in token
    async with asked(gate.url, "/v1/stream?symbols=A", b"authorization: Bearer " + of(ES).encode()) as other:
        id = (await other.begin())["stream"]
        for query, headers in ways(token).values():
            for target in ("/v1/stream", "/v1/snapshot", "/v1/symbols", "/v1/bars/A"):
                answer = await answer_of(gate.url, f"{target}?{query}".rstrip("?"), *headers)
                assert answer.status == 401, (target, answer.body)
                assert wrong.why in json.loads(answer.body)["detail"]
                challenge = answer.headers["www-authenticate"]
                assert challenge.startswith('Bearer realm="tickcast", error="invalid_token", error_desc')
                assert challenge.isascii()
                assert tells_no_price(answer)
                assert token.encode() not in answer.body
        # It changes no stream either, nor renews it.
        for body in ({"add": ["B"]}, {"token": token}):
            answer_ = await patch(gate.url, id, body, headers={"authorization": f"Bearer {token}"})
            assert answer_.status_code == 401
        assert (await patch(gate.url, id, {"token": token})).status_code == 401
        assert gate.gateway.live.resume.opened == 1
        await feeder.tick("B", "A")
        assert await other.ticks(1) == [("A", 2)]


@pytest.mark.parametrize("way", ["header", "cookie", "parameter"])
@pytest.mark.parametrize("algorithm", ALGORITHMS)
async def test_a_right_token_of_every_algorithm_gets_what_it_allows(
    gate: LocalGateway, feeder: Feeder, algorithm: str, way: str
) -> None:
    query, headers = ways(of(KEYS[algorithm], nbf=time.time() + 20, iat=time.time()))[way]
    async with asked(gate.url, f"/v1/stream?{query}".rstrip("?"), *headers) as opened:
        await opened.begin()
        await feeder.tick("B", "A", "C")
        assert await opened.ticks(1) == [("A", 2)]


@pytest.mark.parametrize("first", ["header", "cookie", "parameter"])
@pytest.mark.parametrize("second", ["header", "cookie", "parameter"])
async def test_a_token_given_twice_is_one_and_two_that_differ_are_none(
    gate: LocalGateway, first: str, second: str
) -> None:
    one, other = of(ES), of(HS, sub="another")

    async def status(left: str, right: str) -> int:
        queries, headers = zip(ways(left)[first], ways(right)[second], strict=True)
        query = "&".join(filter(None, queries))
        answer = await answer_of(gate.url, f"/v1/snapshot?{query}".rstrip("?"), *headers[0], *headers[1])
        assert answer.status == 200 or tells_no_price(answer)
        return answer.status

    # A parameter comes once, whatever it says.
    twice = 400 if first == second == "parameter" else 200
    assert await status(one, one) == twice
    assert await status(one, other) == 400
    # A wrong one beside a right one counts for nothing, not even for being ignored.
    assert await status(one, of(STRANGER)) == 400


async def test_a_rotated_key_counts_while_it_is_in_the_set(
    feeder: Feeder, valkey_url: str, tmp_path: Path
) -> None:
    door, new = Door(tmp_path), IssuerKey("EdDSA", "new")
    await feeder.tick("A")
    async with local_gateway(valkey_url, **door.settings) as gateway:

        async def status(key: IssuerKey) -> int:
            header = b"authorization: Bearer " + of(key).encode()
            return (await answer_of(gateway.url, "/v1/snapshot", header)).status

        for keys, old_gets, new_gets in (
            ([door.key], 200, 401),
            ([door.key, new], 200, 200),
            ([new], 401, 200),
        ):
            door.put(*keys)

            async def has_changed(wanted: tuple[int, int] = (old_gets, new_gets)) -> bool:
                return (await status(door.key), await status(new)) == wanted

            await eventually(has_changed)


async def test_a_patch_is_refused_before_its_body_is_read(gate: LocalGateway) -> None:
    host, port = gate.url.rpartition("//")[2].split(":")
    head = "PATCH /v1/streams/a.b HTTP/1.1\r\nhost: localhost\r\ncontent-type: application/json\r\n"
    for field, sent in (
        (f"authorization: Bearer {of(STRANGER)}\r\n", b""),
        ("", b"x" * 9000),
        (f"cookie: __Host-tickcast={of(ES, exp=time.time() - 1)}\r\n", b"x" * 9000),
    ):
        reader, writer = await asyncio.open_connection(host, int(port))
        writer.write(f"{head}{field}content-length: 60000\r\n\r\n".encode() + sent)
        # The rest of the body never comes.
        answer = await asyncio.wait_for(reader.readuntil(b"\r\n\r\n"), 5)
        assert answer.startswith(b"HTTP/1.1 401 ")
        assert b"connection: close" in answer
        writer.close()


async def test_whoever_sends_no_token_is_told_so_without_an_error(gate: LocalGateway) -> None:
    for headers in ((), (b"authorization: Basic YTpi",)):
        answer = await answer_of(gate.url, "/v1/snapshot", *headers)
        assert answer.status == 401
        assert answer.headers["www-authenticate"] == 'Bearer realm="tickcast"'
