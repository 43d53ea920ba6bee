"""Tokens: a JWT (RFC 7519) is proved by one key, and turned into a grant. No I/O.

It follows RFC 8725: the algorithm is the key's, issuer and audience are required, and nothing that is not
understood is accepted.
"""

from typing import Any

import jwt

from tickcast.access.claims import ClaimsError, grant_of, time_of
from tickcast.access.errors import TokenError, UnknownKeyError
from tickcast.access.grant import Grant
from tickcast.access.keys import Key, Keys

MAX_TOKEN = 4096
"""Bytes of a token, at most."""

LEEWAY = 30.0
"""Seconds that `nbf` may be in the future: clocks differ. `exp` has none."""

REQUIRED = ("exp", "aud", "iss", "sub")


class Verifier:
    """Proves tokens of one issuer for one audience."""

    def __init__(self, issuer: str, audience: str) -> None:
        self._issuer = issuer
        self._audience = audience

    def key_of(self, token: str, keys: Keys) -> Key:
        """Return the key that a token names. Raises TokenError."""
        if len(token) > MAX_TOKEN:
            raise TokenError(f"the token has {len(token)} bytes; at most {MAX_TOKEN} are allowed")
        try:
            header: dict[str, Any] = jwt.get_unverified_header(token)
        except (jwt.PyJWTError, ValueError, RecursionError):
            raise TokenError("the token is no JWT: three parts in base64url, with dots between") from None
        if "crit" in header:
            raise TokenError("the token's header has crit, and nothing is understood there")
        key_id = header.get("kid")
        key = keys.find(key_id)
        if key is None:
            without = "names no key, and there are several" if key_id is None else "names an unknown key"
            raise UnknownKeyError(f"the token {without}")
        if header.get("alg") != key.algorithm:
            raise TokenError("the token is signed otherwise than its key allows")
        return key

    def verify(self, token: str, key: Key, now: float) -> Grant:
        """Return the grant that a token proves at `now`, in seconds since the epoch. Raises TokenError."""
        try:
            claims = jwt.decode(
                token,
                key.material,
                algorithms=[key.algorithm],
                audience=self._audience,
                issuer=self._issuer,
                # The times are checked below: each has a leeway of its own.
                options={
                    "require": [*REQUIRED],
                    "verify_exp": False,
                    "verify_nbf": False,
                    "verify_iat": False,
                },
            )
            if time_of(claims, "exp") <= now:
                raise TokenError("the token has expired")
            if "nbf" in claims and time_of(claims, "nbf") > now + LEEWAY:
                raise TokenError("the token is not valid yet")
            if "iat" in claims and time_of(claims, "iat") > now + LEEWAY:
                # A revocation could never reach it.
                raise TokenError("the token was issued in the future")
            return grant_of(claims, key.print)
        except jwt.MissingRequiredClaimError as error:
            raise TokenError(f"the token has no {error.claim}") from None
        except jwt.InvalidAudienceError:
            raise TokenError("the token is for another audience") from None
        except jwt.InvalidIssuerError:
            raise TokenError("the token is of another issuer") from None
        except ClaimsError as error:
            raise TokenError(f"the token's claims cannot be used: {error}") from None
        except (jwt.PyJWTError, ValueError, TypeError, OverflowError, RecursionError):
            raise TokenError("the token's signature is wrong, or it cannot be read") from None
