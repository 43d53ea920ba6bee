"""Keys: a JWK set (RFC 7517), of which only what can prove a token is kept. No I/O.

The algorithm belongs to the key, never to a token: so a public RSA key can't be taken for a shared secret.
"""

import hashlib
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

import jwt
import orjson
from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives.serialization import load_der_public_key

from tickcast.access.errors import KeysError

ALGORITHMS = {"HS256": "oct", "RS256": "RSA", "ES256": "EC", "EdDSA": "OKP"}
"""Algorithms that are allowed (RFC 7518, section 3.1; RFC 8037), and the type of their keys."""

MAX_KEYS, MAX_BYTES = 100, 256 * 1024
"""Bounds of a JWK set."""

MIN_SECRET, MIN_MODULUS = 32, 2048
"""Bytes of a shared secret, and bits of an RSA key, at least (RFC 7518, sections 3.2 and 3.3)."""

CURVES = {"ES256": "P-256", "EdDSA": "Ed25519"}


@dataclass(frozen=True)
class Key:
    """A key that proves tokens."""

    id: str
    """Its `kid`; empty: it has none."""
    algorithm: str
    material: Any = field(compare=False, repr=False)
    """As PyJWT takes it."""
    print: str = field(repr=False)
    """Digest of the whole key: another key under the same id is another key."""


class Keys:
    """The keys of one or several sets, by id."""

    def __init__(self, keys: Iterable[Key] = ()) -> None:
        """Raises KeysError for two keys with the same id."""
        self._by_id: dict[str, Key] = {}
        for key in keys:
            if key.id in self._by_id:
                named = f"the id {key.id[:40]!r}" if key.id else "no id"
                raise KeysError(f"two keys have {named}; each needs a kid of its own")
            self._by_id[key.id] = key
        self._prints = frozenset(key.print for key in self)

    def __len__(self) -> int:
        return len(self._by_id)

    def __iter__(self) -> Iterator[Key]:
        return iter(self._by_id.values())

    def find(self, key_id: str | None) -> Key | None:
        """Return the key of a token's `kid`; without one, the only key there is."""
        if key_id is None:
            return next(iter(self), None) if len(self) == 1 else None
        return self._by_id.get(key_id)

    def has(self, print_: str) -> bool:
        """Tell whether it has a key still, by its digest."""
        return print_ in self._prints


def parse_keys(document: bytes) -> list[Key]:
    """Return the keys in a JWK set, or in a single JWK. Raises KeysError.

    An empty set is one: nothing proves anything then. Keys for encryption, of algorithms that are not
    allowed, and that are too weak, are left out: a provider's set may have them.
    """
    if len(document) > MAX_BYTES:
        raise KeysError(f"the key set has {len(document)} bytes; at most {MAX_BYTES} are allowed")
    try:
        found = orjson.loads(document)
    except ValueError:
        raise KeysError("it is no JSON; a JWK set (RFC 7517) is needed") from None
    listed = found.get("keys", [found]) if isinstance(found, dict) else None
    if not isinstance(listed, list) or not all(isinstance(each, dict) for each in listed):
        raise KeysError('it is no JWK set; {"keys": [...]} is needed')
    if len(listed) > MAX_KEYS:
        raise KeysError(f"it has {len(listed)} keys; at most {MAX_KEYS} are allowed")
    keys, faults = list[Key](), list[KeysError]()
    for each in filter(_proves, listed):
        try:
            keys.append(_parse(each))
        except KeysError as error:
            faults.append(error)
    if listed and not keys:
        raise faults[0] if faults else KeysError(f"it has no key for {', '.join(ALGORITHMS)}; each needs alg")
    return keys


def _proves(jwk: Mapping[str, Any]) -> bool:
    """Tell whether a key is one for proving tokens."""
    operations = jwk.get("key_ops")
    if jwk.get("use", "sig") != "sig":
        return False
    if isinstance(operations, list) and not any(each in ("verify", "sign") for each in operations):
        return False
    algorithm = jwk.get("alg")
    return isinstance(algorithm, str) and algorithm in ALGORITHMS


def _parse(jwk: Mapping[str, Any]) -> Key:
    algorithm, key_id = jwk["alg"], jwk.get("kid", "")
    if not isinstance(key_id, str) or len(key_id) > 256:
        raise KeysError("kid: a text of at most 256 characters is needed")
    if jwk.get("kty") != ALGORITHMS[algorithm]:
        raise KeysError(f"a key for {algorithm} has kty {ALGORITHMS[algorithm]}")
    if (curve := CURVES.get(algorithm)) and jwk.get("crv") != curve:
        raise KeysError(f"a key for {algorithm} has crv {curve}")
    try:
        material = jwt.PyJWK(_public(jwk)).key
    except (jwt.PyJWTError, ValueError, TypeError, KeyError, AttributeError):
        # What PyJWT says may quote the key.
        raise KeysError(f"the key {key_id[:40]!r} for {algorithm} cannot be read") from None
    if algorithm == "HS256" and len(material) < MIN_SECRET:
        raise KeysError(f"a key for HS256 has at least {MIN_SECRET} bytes")
    if algorithm == "HS256" and _is_public(material):
        raise KeysError("a key for HS256 is a secret, and this is a public key: whoever has it could sign")
    if algorithm == "RS256" and material.key_size < MIN_MODULUS:
        raise KeysError(f"a key for RS256 has at least {MIN_MODULUS} bits")
    return Key(key_id, algorithm, material, _print(jwk))


def _public(jwk: Mapping[str, Any]) -> dict[str, Any]:
    """Return a key without its private part, should somebody have left it in."""
    private = {"d", "p", "q", "dp", "dq", "qi", "oth"}
    return {name: value for name, value in jwk.items() if name not in private}


def _is_public(secret: bytes) -> bool:
    """Tell whether a secret is the text or the bytes of a public key, which everybody may know."""
    if secret.lstrip().startswith((b"-----BEGIN", b"ssh-", b"ecdsa-")) or _is_jwk(secret):
        return True
    try:
        load_der_public_key(secret)
    except (ValueError, UnsupportedAlgorithm):
        return False
    return True


def _is_jwk(secret: bytes) -> bool:
    """Tell whether a secret is the text of a JWK or of a set of them; a random one may begin with `{` too."""
    try:
        found = orjson.loads(secret)
    except ValueError:
        return False
    return isinstance(found, dict) and not {"kty", "keys"}.isdisjoint(found)


def _print(jwk: Mapping[str, Any]) -> str:
    """Return the thumbprint of a key (RFC 7638), with its id and algorithm.

    What else a provider says of it may change, and it stays the same key.
    """
    members = {"oct": ("k",), "RSA": ("e", "n"), "EC": ("crv", "x", "y"), "OKP": ("crv", "x")}[jwk["kty"]]
    named = {name: jwk.get(name) for name in ("kty", "kid", "alg", *members)}
    return hashlib.sha256(orjson.dumps(named, option=orjson.OPT_SORT_KEYS)).hexdigest()
