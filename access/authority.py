"""The stock form of `authorize`: a request's token becomes a grant, or a refusal in words."""

import hashlib
import time
from collections import Counter, OrderedDict
from collections.abc import Callable, Collection, Iterable

from tickcast.access.errors import TokenError, UnknownKeyError
from tickcast.access.grant import Grant, Refused
from tickcast.access.keyring import Keyring
from tickcast.access.presented import PresentedError, presented
from tickcast.access.tokens import Verifier

MOST_KEPT = 150_000
"""Symbols and tokens that are kept of what was proved, about 15 MB.

When all clients come back together, their signatures are not proved again.
"""


class Authority:
    """Proves tokens, and keeps those that it has proved until they expire."""

    def __init__(
        self, keyring: Keyring, verifier: Verifier, revokes: Callable[[Grant], bool] = lambda grant: False
    ) -> None:
        """`revokes` tells whether the subject of a grant was revoked."""
        self.revokes = revokes
        self.refused = Counter({"400": 0, "401": 0})
        """Requests that were refused, by status."""
        self.proved = 0
        """Signatures that were proved."""
        self.keyring = keyring
        self._verifier = verifier
        self._kept: OrderedDict[bytes, Grant] = OrderedDict()
        """By digest of the token."""
        self._weight = 0
        self.is_informed: Callable[[], bool] = lambda: True
        """Returns whether it is known who was revoked."""

    async def authorize(
        self, authorization: Iterable[str], cookies: Collection[str], parameter: str | None = None
    ) -> Grant:
        """Return the grant of a request, by its headers and the token in its query. Raises Refused."""
        if not self.is_informed():
            raise Refused(503, "who was revoked is not known yet; try again soon")
        token = None
        try:
            token = presented(authorization, cookies, parameter)
            if token is None:
                raise TokenError("a token is needed: Authorization: Bearer, or the cookie")
            digest = hashlib.sha256(token.encode("utf-8", "surrogatepass")).digest()
            return self._known(digest, time.time()) or await self._proved(token, digest)
        except PresentedError as error:
            self.refused[str(error.status)] += 1
            raise Refused(error.status, str(error)) from None
        except TokenError as error:
            self.refused["401"] += 1
            raise Refused(401, str(error), "" if token is None else "invalid_token") from None

    def _known(self, digest: bytes, now: float) -> Grant | None:
        """Return the grant of a token that was proved before; None: it is to be proved. Raises TokenError."""
        kept = self._kept.get(digest)
        if kept is None or not self.keyring.keys.has(kept.key):
            return None
        if self.revokes(kept):
            raise TokenError("the token was revoked")
        if kept.expires is not None and kept.expires <= now:
            self._weight -= _weight(self._kept.pop(digest))
            raise TokenError("the token has expired")
        return kept

    async def _proved(self, token: str, digest: bytes) -> Grant:
        """Prove a token; return its grant, and keep it. Raises TokenError."""
        try:
            key = self._verifier.key_of(token, self.keyring.keys)
        except UnknownKeyError:
            await self.keyring.renew_for_unknown()
            key = self._verifier.key_of(token, self.keyring.keys)
        # Reading keys may have taken a while.
        grant = self._verifier.verify(token, key, time.time())
        self.proved += 1
        if self.revokes(grant):
            raise TokenError("the token was revoked")
        self._keep(digest, grant)
        return grant

    def _keep(self, digest: bytes, grant: Grant) -> None:
        if (before := self._kept.pop(digest, None)) is not None:
            self._weight -= _weight(before)
        self._kept[digest] = grant
        self._weight += _weight(grant)
        while self._weight > MOST_KEPT:
            _, oldest = self._kept.popitem(last=False)
            self._weight -= _weight(oldest)

    def is_proved(self, grant: Grant) -> bool:
        """Tell whether a grant is still good: its key is valid, and nobody has revoked its subject.

        One that no key has proved, but a callable that an app brings, is good until it expires.
        """
        return (not grant.key or self.keyring.keys.has(grant.key)) and not self.revokes(grant)


def _weight(grant: Grant) -> int:
    return 4 + len(grant.symbols) + len(grant.publish)
