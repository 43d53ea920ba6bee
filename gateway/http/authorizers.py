"""Who decides about a request: tokens, or a callable of the app that the gateway is mounted in."""

import asyncio
import contextvars
import inspect
from collections.abc import Awaitable, Callable
from concurrent.futures import ThreadPoolExecutor
from http import HTTPStatus
from typing import TYPE_CHECKING, Any, Protocol

import structlog
from starlette.exceptions import HTTPException
from starlette.requests import Request

from tickcast.access.app_grant import checked_grant
from tickcast.access.grant import Grant, Refused
from tickcast.runtime.problem import Problem
from tickcast.runtime.repeats import by_clients

if TYPE_CHECKING:
    # It needs packages for tokens, which a gateway without them lacks.
    from tickcast.access.authority import Authority

PATIENCE = 5.0
"""Seconds that an app's callable may take; then the request is refused, and may be repeated."""

THREADS = 8
"""Threads for a callable that is no coroutine function: if it hangs, those of the app itself stay free."""

OUTER = "tickcast.outer"
"""Key of the scope: the app's own scope, with all that its middleware has put there."""

Authorize = Callable[[Request], Grant | Awaitable[Grant | None] | None]
"""What an app decides by: it returns a grant, or None for somebody it does not know, or raises Refused."""

log = structlog.get_logger()


class Authorizer(Protocol):
    """Returns the grant of a request. Both methods raise Problem: 400, 401, 403 and others."""

    async def of_request(self, request: Request, parameter: str | None) -> Grant:
        """Return it by the request's fields, and a token from its query."""

    async def of_token(self, request: Request, token: str) -> Grant:
        """Return it by a new token from the request's body. A token in `Authorization` is the same."""


class TokenAuthorizer:
    """The stock form: a token proves what its bearer may see."""

    def __init__(self, authority: "Authority") -> None:
        self._authority = authority

    async def of_request(self, request: Request, parameter: str | None) -> Grant:
        """Return the grant of the token in a request. Raises Problem."""
        authorization, cookies = [], []
        for name, value in request.scope["headers"]:
            if name == b"authorization":
                authorization.append(value.decode("latin-1"))
            elif name == b"cookie":
                cookies.append(value.decode("latin-1"))
        return await self._proved(authorization, cookies, parameter)

    async def of_token(self, request: Request, token: str) -> Grant:
        """Return the grant of a token in a body; the cookie may still be the one before. Raises Problem."""
        return await self._proved(request.headers.getlist("authorization"), [], token)

    async def _proved(self, authorization: list[str], cookies: list[str], token: str | None) -> Grant:
        try:
            return await self._authority.authorize(authorization, cookies, token)
        except Refused as refused:
            raise _problem(refused) from None


class AppAuthorizer:
    """Asks a callable of the app."""

    def __init__(self, authorize: Authorize) -> None:
        self._authorize = authorize
        self._threads = ThreadPoolExecutor(THREADS, "tickcast-authorize")

    async def of_request(self, request: Request, parameter: str | None) -> Grant:
        """Return what the app grants to a request. Raises Problem, also if the app fails: 500, 503."""
        return await self._asked(request.scope[OUTER])

    async def of_token(self, request: Request, token: str) -> Grant:
        """Return what the app grants to the request with a new token as `Authorization`. Raises Problem."""
        if not (token.isascii() and token.isprintable()):
            raise Problem(400, "token: a text of printable ASCII characters is needed")
        outer = request.scope[OUTER]
        headers = [(name, value) for name, value in outer["headers"] if name != b"authorization"]
        headers.append((b"authorization", f"Bearer {token}".encode("ascii")))
        return await self._asked({**outer, "headers": headers})

    async def _asked(self, scope: Any) -> Grant:
        made: object = None
        try:
            async with asyncio.timeout(PATIENCE) as time:
                made = await self._decided(Request(scope))
            if made is not None:
                return checked_grant(made)
        except Refused as refused:
            raise _problem(refused) from None
        except HTTPException as refused:
            raise _problem(Refused(refused.status_code, str(refused.detail)), refused.headers) from None
        except Exception as error:
            if time.expired():
                _tell(f"the app's authorize took longer than {PATIENCE:g} s", None)
                raise Problem(503, "the app has not decided in time", {"retry-after": "2"}) from None
            _tell("the app's authorize failed", error)
            raise Problem(500, "the app cannot decide who may see what; its log says why") from None
        raise _problem(Refused(401, "the app does not know who you are"))

    async def _decided(self, request: Request) -> object:
        if inspect.iscoroutinefunction(self._authorize) or inspect.iscoroutinefunction(
            getattr(self._authorize, "__call__", None)  # noqa: B004 - it may be an object with such a method
        ):
            made: Any = self._authorize(request)
        else:
            run = contextvars.copy_context().run
            loop = asyncio.get_running_loop()
            made = await loop.run_in_executor(self._threads, run, self._authorize, request)
        return await made if inspect.isawaitable(made) else made


def _problem(refused: Refused, headers: Any = None) -> Problem:
    """Return a refusal as an answer. One without a status of a refusal is an error of who made it."""
    status = refused.status
    if status not in {*HTTPStatus} or not 400 <= status < 600:
        _tell(f"the app's authorize refused with the status {status!r}, which is none of a refusal", None)
        return Problem(500, "the app cannot decide who may see what; its log says why")
    return Problem(status, refused.why, {**refused.fields, **(headers or {})})


def _tell(what: str, error: Exception | None) -> None:
    if (left_out := by_clients.due((what, type(error)))) is not None:
        log.error(what, exc_info=error, **({"left_out": left_out} if left_out else {}))
