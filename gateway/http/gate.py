"""The gate: who a client is and what it may read, asked before anything that costs."""

from typing import TYPE_CHECKING

import orjson
from starlette.requests import Request

from tickcast.access.grant import Grant
from tickcast.access.presented import PARAMETER
from tickcast.gateway.limits.pace import Pace
from tickcast.gateway.protocol.interval import grant_interval
from tickcast.gateway.protocol.request import StreamRequest, parse_query
from tickcast.gateway.protocol.rights import allowed_by, cut, denial
from tickcast.gateway.protocol.selection import EVERYTHING, Selection
from tickcast.runtime.problem import Problem
from tickcast.wire.symbol import Case

if TYPE_CHECKING:
    from tickcast.gateway.http.authorizers import Authorizer


class Gate:
    """Asks for grants, and holds requests to them. Without an authorizer everybody may do everything."""

    def __init__(self, authorizer: "Authorizer | None", parameter: bool) -> None:
        """Take tokens from the query too if `parameter` is set."""
        self._authorizer = authorizer
        self._parameter = parameter and authorizer is not None

    def query(self, request: Request, names: tuple[str, ...]) -> dict[str, str]:
        """Return the parameters of a request, of which only these, and a token, may occur. Raises Problem."""
        return parse_query(request.scope["query_string"], (*names, PARAMETER) if self._parameter else names)

    async def grant(self, request: Request, query: dict[str, str]) -> Grant | None:
        """Return the grant of a request; None: everybody may do everything. Raises Problem: 400, 401, 403."""
        grant = await self._authorized(request, query)
        return None if grant is None else self._checked(grant)

    async def operator(self, request: Request, query: dict[str, str]) -> None:
        """Let in an operator alone; everybody where nobody asks for tokens. Raises Problem: 400, 401, 403."""
        grant = await self._authorized(request, query)
        if grant is not None and not grant.operator:
            raise Problem(
                403, "only an operator's token may see this: one with operator: true in its claim tickcast"
            )

    async def caller(self, request: Request, query: dict[str, str]) -> tuple[Grant | None, Problem | None]:
        """Return the grant of a patch before its body is read.

        A Problem beside it: it has none, but a new token may come in the body, since the cookie may be an old
        one. Raises Problem: 400, 401, 403.
        """
        try:
            return await self.grant(request, query), None
        except Problem as refused:
            refused.headers["connection"] = "close"
            named = PARAMETER in query or request.headers.getlist("authorization")
            if refused.status != 401 or named:
                raise
            return None, refused

    async def _authorized(self, request: Request, query: dict[str, str]) -> Grant | None:
        if self._authorizer is None:
            return None
        return await self._authorizer.of_request(request, query.get(PARAMETER))

    async def renewal(self, request: Request, body: bytes) -> tuple[Grant, bytes] | None:
        """Return the grant of the new token in the body of a patch, and the rest of the body.

        None: it has no token, or nobody asks for tokens. A token in the header has to be the same; the cookie
        may still be the one before. Raises Problem.
        """
        if self._authorizer is None or b'"token"' not in body:
            return None
        try:
            patch = orjson.loads(body)
        except ValueError:
            return None
        if not isinstance(patch, dict) or "token" not in patch:
            return None
        token = patch.pop("token")
        if not isinstance(token, str):
            raise Problem(400, "token: a text is needed")
        grant = await self._authorizer.of_token(request, token)
        try:
            return self._checked(grant), orjson.dumps(patch)
        except TypeError:
            raise Problem(400, "the body is no patch: it is nested too deeply") from None

    def _checked(self, grant: Grant) -> Grant:
        if not grant.symbols:
            raise Problem(403, "the token allows to read nothing: it has no symbols")
        return grant


def allowed_to(grant: Grant | None, case: Case) -> Selection:
    """Return the symbols that a grant allows to read, in a feed with this case."""
    return EVERYTHING if grant is None else allowed_by(grant.symbols, case)


def within(selection: Selection, grant: Grant | None, case: Case) -> Selection:
    """Return what a request for a selection may read. Raises Problem (403) if it names anything else."""
    allowed = allowed_to(grant, case)
    check_names(selection, allowed)
    return cut(selection, allowed)


def check_names(selection: Selection, allowed: Selection) -> None:
    """Be sure that a selection names nothing that is not allowed. Raises Problem (403)."""
    if allowed != EVERYTHING and (denied := denial(selection, allowed)):
        raise Problem(403, denied)


def keep_pace(pace: Pace, grant: Grant | None) -> None:
    """Count an answer with the newest prices for the subject of a grant. Raises Problem (429)."""
    if grant is not None and grant.interval:
        pace.check(grant.subject, grant.interval)


def granted(request: StreamRequest, grant: Grant | None, case: Case) -> StreamRequest:
    """Return a request for a stream, held to a grant. Raises Problem (403)."""
    if grant is None:
        return request
    key, allowed = request.key, allowed_to(grant, case)
    for selection in (key.selection, key.bars.of):
        if selection is not None:
            check_names(selection, allowed)
    interval = grant_interval(grant.interval) if grant.interval > key.interval else key.interval
    if allowed != key.allowed or interval != key.interval:
        key = key._replace(allowed=allowed, interval=interval)
    return request._replace(key=key, grant=grant)
