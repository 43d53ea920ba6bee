"""Every token that should not be taken is refused, for its own reason."""

import hmac
import json
import time
from collections.abc import Callable
from typing import Any

import jwt
import pytest

from tests.access.issuer import AUDIENCE, ISSUER, SECRET, IssuerKey, encoded, jwks, usual_claims
from tickcast.access.errors import TokenError
from tickcast.access.grant import Grant
from tickcast.access.keys import Keys, parse_keys
from tickcast.access.tokens import LEEWAY, Verifier

VERIFIER = Verifier(ISSUER, AUDIENCE)
ALGORITHMS = ("HS256", "RS256", "ES256", "EdDSA")
KEYS = {algorithm: IssuerKey(algorithm, f"key-{algorithm}") for algorithm in ALGORITHMS}
RING = Keys(parse_keys(jwks(*KEYS.values())))
ES256 = KEYS["ES256"]


def verify(token: str, keys: Keys = RING) -> Grant:
    """Return the grant that a token proves now."""
    return VERIFIER.verify(token, VERIFIER.key_of(token, keys), time.time())


def signed_by_hand(header: dict[str, Any], claims: dict[str, Any], signature: bytes = b"") -> str:
    """Return a token with whatever is in it."""
    parts = encoded(json.dumps(header).encode()), encoded(json.dumps(claims).encode()), encoded(signature)
    return ".".join(parts)


@pytest.mark.parametrize("algorithm", ALGORITHMS)
def test_a_good_token_of_every_algorithm_is_taken(algorithm: str) -> None:
    grant = verify(KEYS[algorithm].token())
    assert grant.subject == "me"
    assert grant.symbols == ("AAPL", "B*")
    assert (grant.interval, grant.streams, grant.delay, grant.publish) == (0, None, 0, ())
    assert grant.expires is not None
    assert RING.has(grant.key)


def test_every_claim_reaches_the_grant() -> None:
    ours = {"symbols": ["*"], "interval": 250, "streams": 20, "delay": 0.5, "publish": ["AAPL"]}
    grant = verify(ES256.token(tickcast=ours, exp=2_000_000_000))
    assert grant[:7] == ("me", ("*",), 250, 20, 0.5, ("AAPL",), 2_000_000_000)


def hmac_of_public_key() -> str:
    """Return a token signed with the public RSA key as if it were a shared secret."""
    public = json.dumps(KEYS["RS256"].jwk).encode()
    signed = signed_by_hand({"alg": "HS256", "kid": "key-RS256"}, usual_claims())[:-1]
    return f"{signed}.{encoded(hmac.digest(public, signed.encode(), 'sha256'))}"


BAD: dict[str, tuple[Callable[[], str], str]] = {
    "nothing": (lambda: "", "is no JWT"),
    "rubbish": (lambda: "a.b.c", "is no JWT"),
    "two parts": (lambda: "e30.e30", "is no JWT"),
    "none": (lambda: signed_by_hand({"alg": "none", "kid": "key-ES256"}, usual_claims()), "signed otherwise"),
    "None": (lambda: signed_by_hand({"alg": "None", "kid": "key-ES256"}, usual_claims()), "signed otherwise"),
    "no algorithm": (lambda: signed_by_hand({"kid": "key-ES256"}, usual_claims()), "signed otherwise"),
    "no signature": (
        lambda: signed_by_hand({"alg": "ES256", "kid": "key-ES256"}, usual_claims()), "signature is wrong",
    ),
    "changed signature": (lambda: ES256.token()[:-8] + "A" * 8, "signature is wrong"),
    "another key": (lambda: IssuerKey("ES256", "key-ES256").token(), "signature is wrong"),
    "another algorithm": (lambda: ES256.token({"kid": "key-RS256"}), "signed otherwise"),
    "confusion": (hmac_of_public_key, "signed otherwise"),
    "a secret for another": (
        lambda: IssuerKey("HS256", "key-ES256", SECRET).token(), "signed otherwise",
    ),
    "longer hash": (
        lambda: jwt.encode(usual_claims(), SECRET * 2, "HS512", headers={"kid": "key-HS256"}),
        "signed otherwise",
    ),
    "unknown kid": (lambda: IssuerKey("ES256", "gone").token(), "unknown key"),
    "path as kid": (lambda: IssuerKey("HS256", "../../dev/null").token(), "unknown key"),
    "kid no text": (
        lambda: signed_by_hand({"alg": "ES256", "kid": 7}, usual_claims(), b"x" * 64), "is no JWT",
    ),
    "no kid": (lambda: IssuerKey("ES256", None).token(), "names no key, and there are several"),
    "own key in the header": (
        lambda: IssuerKey("ES256", "key-ES256").token({"jwk": IssuerKey("ES256").jwk}), "signature is wrong",
    ),
    "crit": (lambda: ES256.token({"crit": ["b64"], "b64": False}), "crit"),
    "expired": (lambda: ES256.token(exp=time.time() - 0.5), "has expired"),
    "never expires": (lambda: ES256.token(exp=None), "has no exp"),
    "expires when it likes": (lambda: ES256.token(exp="never"), "exp: a number"),
    "not yet": (lambda: ES256.token(nbf=time.time() + LEEWAY + 5), "not valid yet"),
    "issued later": (lambda: ES256.token(iat=time.time() + LEEWAY + 5), "issued in the future"),
    "another audience": (lambda: ES256.token(aud="others"), "another audience"),
    "no audience": (lambda: ES256.token(aud=None), "has no aud"),
    "another issuer": (lambda: ES256.token(iss="https://evil.test"), "another issuer"),
    "no issuer": (lambda: ES256.token(iss=None), "has no iss"),
    "no subject": (lambda: ES256.token(sub=None), "has no sub"),
    "empty subject": (lambda: ES256.token(sub=""), "sub: a text"),
    "no rights": (lambda: ES256.token(tickcast=None), "tickcast: an object"),
    "empty rights": (lambda: ES256.token(tickcast={}), "symbols, publish or operator is needed"),
    "unknown right": (lambda: ES256.token(tickcast={"symbols": ["*"], "admin": True}), "unknown member"),
    "bad pattern": (lambda: ES256.token(tickcast={"symbols": ["*A"]}), "not a symbol"),
    "too many": (lambda: ES256.token(tickcast={"symbols": [f"S{n}" for n in range(201)]}), "at most 200"),
    "negative": (lambda: ES256.token(tickcast={"symbols": ["*"], "interval": -1}), "from 0"),
    "true": (lambda: ES256.token(tickcast={"symbols": ["*"], "streams": True}), "from 0"),
    "beyond any number": (
        lambda: ES256.token(tickcast={"symbols": ["*"], "delay": 10**400}), "delay: a number from 0",
    ),
    "oversized": (lambda: ES256.token(pad="x" * 5000), "at most 4096"),
}  # fmt: skip


@pytest.mark.parametrize("name", BAD)
def test_a_bad_token_is_refused_for_its_own_reason(name: str) -> None:
    make, why = BAD[name]
    token = make()
    with pytest.raises(TokenError, match=why) as refused:
        verify(token)
    # What is refused is never repeated: it may be somebody's right.
    assert not token or token not in str(refused.value)


def test_a_clock_that_is_a_little_ahead_is_forgiven_but_no_expiry_is() -> None:
    now = time.time()
    token = ES256.token(nbf=now + LEEWAY - 5, exp=now + 100)
    key = VERIFIER.key_of(token, RING)
    assert VERIFIER.verify(token, key, now).subject == "me"
    with pytest.raises(TokenError, match="expired"):
        VERIFIER.verify(token, key, now + 100)


def test_without_a_kid_the_only_key_counts() -> None:
    alone = IssuerKey("ES256", None)
    keys = Keys(parse_keys(jwks(alone)))
    assert verify(alone.token(), keys).subject == "me"
    with pytest.raises(TokenError, match="unknown key"):
        verify(IssuerKey("ES256", "other", alone.private).token(), keys)
