"""A key set has what can prove a token, and nothing that is weaker than it looks."""

import json
from pathlib import Path
from typing import Any

import pytest
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import rsa

from tests.access.issuer import IssuerKey, encoded, jwks
from tickcast.access.errors import KeysError
from tickcast.access.key_files import KeyFiles
from tickcast.access.keys import MAX_BYTES, Keys, parse_keys

EC = IssuerKey("ES256").jwk
OCT = IssuerKey("HS256").jwk


def parsed(*jwk: dict[str, Any]) -> list[str]:
    """Return the algorithms of the keys that are taken."""
    return [key.algorithm for key in parse_keys(json.dumps({"keys": jwk}).encode())]


def test_keys_of_every_algorithm_are_taken_and_others_left_out() -> None:
    ours = [IssuerKey(name, name).jwk for name in ("HS256", "RS256", "ES256", "EdDSA")]
    foreign = [
        {**EC, "alg": "ECDH-ES", "use": "enc"},
        {**EC, "alg": "ES384"},
        {**EC, "use": "enc"},
        {**EC, "key_ops": ["encrypt"]},
        {name: value for name, value in EC.items() if name != "alg"},
    ]
    assert parsed(*foreign, *ours) == ["HS256", "RS256", "ES256", "EdDSA"]
    # A single JWK is a set of one.
    assert [key.id for key in parse_keys(json.dumps(EC).encode())] == ["k1"]


@pytest.mark.parametrize(
    ("document", "why"),
    [
        (b"", "no JSON"),
        (b"[]", "no JWK set"),
        (b'{"keys": 1}', "no JWK set"),
        (b'{"keys": [1]}', "no JWK set"),
        (json.dumps({"keys": [EC] * 101}).encode(), "at most 100"),
        (b" " * (MAX_BYTES + 1), "at most"),
        (json.dumps({**OCT, "k": encoded(b"short")}).encode(), "at least 32 bytes"),
        (json.dumps({**OCT, "alg": "RS256"}).encode(), "kty RSA"),
        (json.dumps({**EC, "alg": "HS256"}).encode(), "kty oct"),
        (json.dumps({**EC, "crv": "P-384"}).encode(), "crv P-256"),
        (json.dumps({**EC, "x": "AAAA"}).encode(), "cannot be read"),
        (json.dumps({**EC, "kid": 7}).encode(), "kid"),
    ],
)
def test_a_document_that_is_no_key_set_is_refused_in_words(document: bytes, why: str) -> None:
    with pytest.raises(KeysError, match=why) as refused:
        parse_keys(document)
    assert encoded(b"short") not in str(refused.value)


def test_a_set_without_keys_is_one_and_a_weak_key_leaves_the_others() -> None:
    assert parse_keys(b'{"keys": []}') == []
    assert parsed({**OCT, "kid": "weak", "k": encoded(b"short")}, {**EC, "crv": "P-384"}, EC) == ["ES256"]


def test_what_a_provider_says_of_a_key_may_change() -> None:
    [before], [after] = (
        parse_keys(json.dumps(EC).encode()),
        parse_keys(json.dumps({**EC, "x5t": "a"}).encode()),
    )
    assert before == after


def test_a_short_rsa_key_is_refused() -> None:
    short = IssuerKey("RS256", "short", rsa.generate_private_key(65537, 1024))
    with pytest.raises(KeysError, match="at least 2048 bits"):
        parse_keys(jwks(short))


def test_a_private_key_left_in_a_set_is_used_for_its_public_part() -> None:
    key = IssuerKey("ES256")
    private = {**key.jwk, "d": encoded(b"\1" * 32)}
    assert parse_keys(json.dumps(private).encode()) == parse_keys(json.dumps(key.jwk).encode())


def test_two_keys_need_two_ids_and_another_key_under_one_id_is_another_key() -> None:
    one, other = IssuerKey("ES256"), IssuerKey("ES256")
    with pytest.raises(KeysError, match="the id 'k1'"):
        Keys(parse_keys(jwks(one, other)))
    before, after = Keys(parse_keys(jwks(one))), Keys(parse_keys(jwks(other)))
    [key] = before
    assert before.has(key.print)
    assert not after.has(key.print)


@pytest.mark.parametrize("form", ["PEM", "DER", "OpenSSH", "JWK", "JWK set"])
def test_a_public_key_is_no_secret(form: str) -> None:
    key = IssuerKey("RS256")
    public, formats = key.private.public_key(), serialization.PublicFormat
    made = {
        "PEM": lambda: public.public_bytes(serialization.Encoding.PEM, formats.SubjectPublicKeyInfo),
        "DER": lambda: public.public_bytes(serialization.Encoding.DER, formats.SubjectPublicKeyInfo),
        "OpenSSH": lambda: public.public_bytes(serialization.Encoding.OpenSSH, formats.OpenSSH),
        "JWK": lambda: b" " + json.dumps(key.jwk).encode(),
        "JWK set": lambda: jwks(key),
    }[form]()
    confused = {"kty": "oct", "alg": "HS256", "kid": "k", "k": encoded(made)}
    with pytest.raises(KeysError, match="this is a public key"):
        parse_keys(json.dumps(confused).encode())


@pytest.mark.parametrize("begin", [b"{", b" \n{", b'{"k":1}'])
def test_a_secret_may_begin_with_any_byte(begin: bytes) -> None:
    secret = {"kty": "oct", "alg": "HS256", "kid": "k", "k": encoded(begin + 32 * b"\xa7")}
    whole = {**secret, "k": encoded(b'{"secret": "%b"}' % (32 * b"s"))}
    assert parsed(secret) == parsed(whole) == ["HS256"]


async def test_a_file_that_is_named_as_a_public_key_has_no_secret(tmp_path: Path) -> None:
    for algorithm in ("ES256", "HS256"):
        (tmp_path / "key.pub").write_bytes(jwks(IssuerKey(algorithm, "one")))
        (tmp_path / "key").write_bytes(jwks(IssuerKey(algorithm, "other")))
        for where in (tmp_path, tmp_path / "key.pub"):
            if algorithm == "ES256":
                assert await KeyFiles(where).read() is not None
            else:
                with pytest.raises(KeysError, match="named as a public key"):
                    await KeyFiles(where).read()
    assert await KeyFiles(tmp_path / "key").read() is not None


@pytest.mark.parametrize("document", [b'{"alg":[]}', b'{"keys":[{"alg":{},"kty":"oct"}]}'])
def test_an_algorithm_that_is_no_text_is_left_out(document: bytes) -> None:
    with pytest.raises(KeysError, match="it has no key for"):
        parse_keys(document)


def test_operations_of_a_key_may_be_nested_however_deeply() -> None:
    document = json.dumps({**EC, "key_ops": 0}).replace(": 0", ": " + "[" * 1000 + "]" * 1000).encode()
    with pytest.raises(KeysError, match="it has no key for"):
        parse_keys(document)
