"""Making keys and tokens: for trying, and for services that have no issuer of their own. No I/O."""

import json
import secrets
import time
from collections.abc import Sequence
from typing import Any

import jwt
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, rsa

from tickcast.access.claims import NAME, grant_of
from tickcast.access.errors import KeysError
from tickcast.access.keys import ALGORITHMS, MIN_SECRET, parse_keys
from tickcast.access.tokens import MAX_TOKEN

PRIVATE = {"oct": "k", "RSA": "d", "EC": "d", "OKP": "d"}
"""The member of a JWK without which it can't sign, by the type of the key."""


def new_key(algorithm: str) -> dict[str, Any]:
    """Return a new private key as a JWK (RFC 7517). Raises KeysError for an algorithm that is not allowed."""
    if algorithm not in ALGORITHMS:
        raise KeysError(f"{algorithm[:20]!r} is not allowed; it is one of {', '.join(ALGORITHMS)}")
    made: Any
    match algorithm:
        case "HS256":
            made = secrets.token_bytes(MIN_SECRET)
        case "RS256":
            made = rsa.generate_private_key(65537, 3072)
        case "ES256":
            made = ec.generate_private_key(ec.SECP256R1())
        case _:
            made = ed25519.Ed25519PrivateKey.generate()
    jwk: dict[str, Any] = json.loads(jwt.get_algorithm_by_name(algorithm).to_jwk(made))
    jwk.pop("key_ops", None)
    return {"kid": secrets.token_hex(8), "alg": algorithm, "use": "sig", **jwk}


def public_part(jwk: dict[str, Any]) -> dict[str, Any]:
    """Return what verifiers need of a key. Of a shared secret (HS256) that is the secret itself."""
    private = {"d", "p", "q", "dp", "dq", "qi", "oth"}
    return {name: value for name, value in jwk.items() if name not in private}


def new_token(
    key: bytes,
    issuer: str,
    audience: str,
    subject: str,
    seconds: float,
    symbols: Sequence[str] = (),
    publish: Sequence[str] = (),
    **limits: float | bool,
) -> str:
    """Return a token for a subject, good for so many seconds, signed with a private JWK.

    `limits` are those of the claim, such as `interval`. Raises KeysError for a key that can't sign,
    ClaimsError for what would be no grant.
    """
    jwk = _signing(key)
    ours: dict[str, Any] = {name: value for name, value in limits.items() if value}
    if symbols:
        ours["symbols"] = list(symbols)
    if publish:
        ours["publish"] = list(publish)
    now = time.time()
    times = {"iat": int(now), "exp": now + seconds}
    claims = {"iss": issuer, "aud": audience, "sub": subject, **times, NAME: ours}
    grant_of(claims)
    headers = {"kid": jwk["kid"]} if "kid" in jwk else {}
    token = jwt.encode(claims, jwt.PyJWK(jwk).key, jwk["alg"], headers=headers)
    if len(token) > MAX_TOKEN:
        raise KeysError(f"the token would have {len(token)} bytes; at most {MAX_TOKEN} are taken")
    return token


def _signing(document: bytes) -> dict[str, Any]:
    # What is wrong with it is said by the same words as at a gateway.
    parse_keys(document)
    jwk: dict[str, Any] = json.loads(document)
    if PRIVATE.get(jwk.get("kty", "")) not in jwk:
        raise KeysError("it has no private part; give the file that keygen wrote, not the one for gateways")
    return jwk
