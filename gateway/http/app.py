"""The HTTP application: its routes, and how what endpoints raise is answered."""

from collections.abc import Awaitable, Callable
from contextlib import asynccontextmanager
from typing import Any, NamedTuple

from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.middleware import Middleware
from starlette.requests import ClientDisconnect, Request
from starlette.responses import Response
from starlette.routing import Route

from tickcast.gateway.gateway import Gateway
from tickcast.gateway.http.authorizers import Authorizer, TokenAuthorizer
from tickcast.gateway.http.descriptions import Descriptions
from tickcast.gateway.http.endpoints import Endpoints
from tickcast.gateway.http.guard import Guard
from tickcast.gateway.http.pages import DEBUG_PAGE
from tickcast.gateway.http.private_port import PrivatePort
from tickcast.gateway.http.requests import prefix_of
from tickcast.runtime import problem
from tickcast.runtime.hosts import AllowedHosts, parse_hosts
from tickcast.runtime.origins import Origins, parse_origins
from tickcast.runtime.problem import Problem


class Around(NamedTuple):
    """What a gateway's routes know of where it listens."""

    hosts: AllowedHosts
    private: PrivatePort
    authorizer: Authorizer | None
    """Who says what a client may read; None: everybody may read everything."""

    @classmethod
    def of(cls, gateway: Gateway) -> "Around":
        """Return that of a gateway with ports of its own."""
        settings, authority = gateway.settings, gateway.authority
        hosts = AllowedHosts(parse_hosts(settings.allowed_hosts), settings.host)
        return cls(hosts, PrivatePort.of(settings), TokenAuthorizer(authority) if authority else None)


def build_app(gateway: Gateway, around: Around | None = None) -> Starlette:
    """Return the application of one gateway, which its lifespan starts and stops.

    `around`: None is a gateway with ports of its own.
    """
    around = around or Around.of(gateway)
    endpoints = Endpoints(gateway, around.authorizer)
    tokens = around.authorizer is not None
    descriptions = Descriptions(gateway.settings.max_symbols, tokens, around.private)

    @asynccontextmanager
    async def lifespan(app: Starlette) -> Any:
        gateway.start()
        yield
        await gateway.stop()

    costly = endpoints.within_work
    routes = [
        Route("/v1/stream", costly(endpoints.stream, opens=True), methods=["GET", "QUERY", "POST"]),
        Route("/v1/streams/{stream}", costly(endpoints.change), methods=["PATCH"]),
        Route("/v1/snapshot", costly(endpoints.snapshot), methods=["GET"]),
        Route("/v1/bars/{symbol:path}", costly(endpoints.bars), methods=["GET"]),
        Route("/v1/symbols", costly(endpoints.symbols), methods=["GET"]),
        Route("/healthz", endpoints.healthz, methods=["GET"]),
        Route("/readyz", endpoints.readyz, methods=["GET"]),
        Route("/metrics", endpoints.metrics, methods=["GET"]),
        Route("/openapi.json", descriptions.openapi, methods=["GET"]),
        Route("/asyncapi.json", descriptions.asyncapi, methods=["GET"]),
        *(Route(path, endpoints.page, methods=["GET"]) for path in endpoints.pages),
    ]
    handlers: dict[Any, Callable[[Request, Any], Awaitable[Response]]] = {
        Problem: _answer_problem,
        HTTPException: _answer_http_exception,
        ClientDisconnect: _answer_disconnect,
    }
    if gateway.settings.debug:
        routes += [
            Route("/v1/debug", endpoints.debug, methods=["GET"]),
            Route(DEBUG_PAGE, endpoints.page, methods=["GET"]),
        ]
    guard = Middleware(
        Guard,
        hosts=around.hosts,
        origins=Origins(parse_origins(gateway.settings.cors_origins)),
        private=around.private,
        is_trusted=gateway.addresses.is_trusted,
    )
    app = Starlette(routes=routes, lifespan=lifespan, exception_handlers=handlers, middleware=[guard])
    # A redirect would hide the mistake in a client's address.
    app.router.redirect_slashes = False
    app.state.metrics = endpoints.metrics_text
    return app


async def _answer_problem(request: Request, error: Problem) -> Response:
    return Response(error.body(), error.status, error.headers, media_type=problem.TYPE)


async def _answer_disconnect(request: Request, error: ClientDisconnect) -> Response:
    # The client left while it sent a body. The response goes nowhere, but without one a traceback is logged.
    return Response(status_code=400)


async def _answer_http_exception(request: Request, error: HTTPException) -> Response:
    headers = dict(error.headers or {})
    detail = error.detail
    if error.status_code == 404:
        prefix = prefix_of(request.scope)
        path = f"{prefix}{request.scope['path']}"
        detail = f"there is nothing at {path[:80]}; the stream is at {prefix}/v1/stream"
    elif error.status_code == 405:
        detail = f"{request.method[:20]} is not allowed here; allowed are {headers.get('Allow', 'GET')}"
    return await _answer_problem(request, Problem(error.status_code, detail, headers))
