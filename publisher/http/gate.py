"""The gate: who hands in, and what it may: by the secret, or by a token."""

from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, NamedTuple

from tickcast.access.grant import Refused
from tickcast.access.patterns import allows
from tickcast.publisher.http.secret import Secret
from tickcast.runtime.problem import Problem
from tickcast.wire.symbol import Case

if TYPE_CHECKING:
    from tickcast.access.authority import Authority


class Pass(NamedTuple):
    """What somebody may hand in."""

    subject: str = ""
    """Whose token allowed it; empty: the secret did."""
    publish: tuple[str, ...] = ("*",)

    def allows(self, case: Case) -> Callable[[str], bool]:
        """Return a function that tells whether ticks of a symbol may be handed in."""
        return allows(self.publish, case)


class Gate:
    """Lets in a program with the secret, or with a token that allows to hand in; it asks for one of them."""

    def __init__(self, secret: Secret | None, authority: "Authority | None" = None) -> None:
        self._secret = secret
        self._authority = authority

    async def enter(self, headers: Mapping[str, str]) -> Pass:
        """Return what a request with these headers may hand in. Raises Problem: 400, 401, 403, 503."""
        authorization = headers.get("authorization", "")
        if self._secret is not None:
            try:
                self._secret.check(authorization)
            except Problem as problem:
                # While the secret cannot be read, nobody knows whether it was the right one.
                if self._authority is None or problem.status != 401:
                    raise
            else:
                return Pass()
        assert self._authority is not None
        try:
            # A cookie does not count: a page elsewhere could have a browser send it along.
            grant = await self._authority.authorize([authorization] if authorization else [], [])
        except Refused as refused:
            raise Problem(refused.status, refused.why, refused.fields) from None
        if not grant.publish:
            raise Problem(403, "the token allows to hand in nothing: it has no publish")
        return Pass(grant.subject, grant.publish)
