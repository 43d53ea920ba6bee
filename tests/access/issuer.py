"""An issuer of tokens: keys of every algorithm, and tokens right and wrong."""

import base64
import json
import time
from typing import Any

import jwt
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, rsa

ISSUER, AUDIENCE = "https://issuer.test", "prices"
SECRET = b"s" * 32


def encoded(data: bytes) -> str:
    """Return bytes in base64url, without padding (RFC 7515, section 2)."""
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode("ascii")


class IssuerKey:
    """A key that signs tokens."""

    def __init__(self, algorithm: str, key_id: str | None = "k1", private: Any = None) -> None:
        self.algorithm = algorithm
        self.id = key_id
        self.private = (
            private
            or {
                "HS256": lambda: SECRET,
                "RS256": lambda: rsa.generate_private_key(65537, 2048),
                "ES256": lambda: ec.generate_private_key(ec.SECP256R1()),
                "EdDSA": ed25519.Ed25519PrivateKey.generate,
            }[algorithm]()
        )

    @property
    def jwk(self) -> dict[str, Any]:
        """Return what a verifier needs of it."""
        public = self.private if self.algorithm == "HS256" else self.private.public_key()
        found = json.loads(jwt.get_algorithm_by_name(self.algorithm).to_jwk(public))
        named = {} if self.id is None else {"kid": self.id}
        # PyJWT names what a key was made for; providers leave it out.
        found.pop("key_ops", None)
        return {**found, **named, "alg": self.algorithm, "use": "sig"}

    def token(self, header: dict[str, Any] | None = None, **claims: Any) -> str:
        """Return a token, with these claims instead of the usual ones; None leaves one out."""
        named = {} if self.id is None else {"kid": self.id}
        usual = usual_claims() | claims
        left = {name: value for name, value in usual.items() if value is not None}
        return jwt.encode(left, self.private, self.algorithm, headers={**named, **(header or {})})


def usual_claims() -> dict[str, Any]:
    """Return the claims of a good token."""
    return {
        "iss": ISSUER,
        "aud": AUDIENCE,
        "sub": "me",
        "exp": time.time() + 60,
        "tickcast": {"symbols": ["AAPL", "B*"]},
    }


def jwks(*keys: IssuerKey) -> bytes:
    """Return a JWK set."""
    return json.dumps({"keys": [key.jwk for key in keys]}).encode()
