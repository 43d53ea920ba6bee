"""The HTTP application: its routes, and the endpoint of each."""

from collections.abc import Awaitable, Callable, Mapping
from contextlib import asynccontextmanager
from typing import Any

import orjson
from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.requests import ClientDisconnect, Request
from starlette.responses import Response
from starlette.routing import Route

from tickcast.gateway.gateway import Gateway
from tickcast.gateway.http.admission import Admission
from tickcast.gateway.http.answers import Document, LongAnswer
from tickcast.gateway.http.debug import Debug
from tickcast.gateway.http.metrics import CONTENT_TYPE, Metrics
from tickcast.gateway.http.openapi import describe
from tickcast.gateway.http.pages import DEBUG_PAGE, Page
from tickcast.gateway.http.requests import header, origin, read_body
from tickcast.gateway.http.snapshots import Snapshots
from tickcast.gateway.http.stream import StreamResponse, short_stream
from tickcast.gateway.protocol.compression import Encoding, choose_encoding
from tickcast.gateway.protocol.request import (
    BARS,
    SNAPSHOT,
    STREAM,
    SYMBOLS,
    parse_bars,
    parse_path_symbol,
    parse_query,
    parse_stream,
    parse_symbols,
)
from tickcast.gateway.store.bar_history import MovingError
from tickcast.gateway.streams.patch import MAX_BODY
from tickcast.runtime import problem
from tickcast.runtime.etag import is_current
from tickcast.runtime.problem import Problem
from tickcast.runtime.redis.errors import LinkError


class Endpoints:
    """The endpoints. Each takes a request and returns the response; Problem becomes a problem document."""

    def __init__(self, gateway: Gateway) -> None:
        self._gateway = gateway
        self._admission = Admission(gateway)
        self._debug = Debug(gateway)
        self._metrics = Metrics(gateway, self._admission)
        self._page = Page()
        self._snapshots = Snapshots(gateway.hub)
        self._symbols = Document(b"", "")

    async def stream(self, request: Request) -> Response:
        """Open a stream: GET /v1/stream."""
        settings, headers = self._gateway.settings, request.headers
        if request.scope["http_version"] == "1.1" and "host" not in headers:
            raise Problem(400, "the header Host is missing (RFC 9112, section 3.2)")
        encoding = Encoding.IDENTITY
        if settings.compress:
            encoding = choose_encoding(header(request, "accept-encoding"))
        query = parse_query(request.scope["query_string"], STREAM)
        stream_request = parse_stream(
            query,
            headers.get("last-event-id"),
            encoding,
            settings.max_symbols,
            settings.heartbeat,
            self._gateway.broker.case,
        )
        balanced = headers.get("x-tickcast-balanced", "0") not in ("", "0")
        stream_request = stream_request._replace(key=self._gateway.hub.granted(stream_request.key))
        address = self._address(request)
        put_off = self._admission.check(stream_request.key, address, balanced, request.method != "HEAD")
        if put_off is not None:
            return short_stream(put_off)
        return StreamResponse(self._gateway.resume, stream_request, address)

    async def change(self, request: Request) -> Response:
        """Change the symbols and bars of an open stream: PATCH /v1/streams/{stream}."""
        parse_query(request.scope["query_string"], ("access_token",))
        stream = request.path_params["stream"]
        body = await read_body(request.stream(), MAX_BODY)
        entries = await self._gateway.control.change(stream, body)
        return _json({"stream": stream, "symbols": entries}, headers={"cache-control": "no-store"})

    async def snapshot(self, request: Request) -> Response:
        """Return the newest ticks: GET /v1/snapshot, for clients that poll."""
        gateway = self._gateway
        query = parse_query(request.scope["query_string"], SNAPSHOT)
        selection = parse_symbols(query, gateway.settings.max_symbols, gateway.broker.case)
        if not gateway.state.is_loaded:
            raise Problem(503, "this gateway is not ready; try again soon", {"retry-after": "2"})
        return self._with_etag(request, self._snapshots.document(selection))

    async def bars(self, request: Request) -> Response:
        """Return the bars of a symbol, up to the newest: GET /v1/bars/{symbol}."""
        gateway = self._gateway
        interval, limit = parse_bars(parse_query(request.scope["query_string"], BARS))
        symbol = parse_path_symbol(request.path_params["symbol"], gateway.broker.case)
        if not gateway.state.is_loaded:
            raise Problem(503, "this gateway is not ready; try again soon", {"retry-after": "2"})
        if symbol not in gateway.last:
            raise Problem(404, f"nobody publishes {symbol.decode()}; /v1/symbols lists what there is")
        try:
            bars, etag = await gateway.charts.bars(symbol, interval, limit)
        except LinkError as error:
            raise Problem(
                503, "the history cannot be read, because Redis does not answer", {"retry-after": "2"}
            ) from error
        except MovingError as error:
            raise Problem(503, f"{error}; try again", {"retry-after": "1"}) from error
        head = b'{"S":"%b","i":"%b"' % (symbol, interval.encode("ascii"))
        return self._with_etag(request, Document(b'%b,"bars":[%b]}' % (head, b",".join(bars)), etag))

    async def symbols(self, request: Request) -> Response:
        """Return the metadata of every symbol: GET /v1/symbols."""
        parse_query(request.scope["query_string"], SYMBOLS)
        document, etag = await self._gateway.instruments.list.document()
        if self._symbols.body is not document:
            self._symbols = Document(document, etag)
        return self._with_etag(request, self._symbols)

    async def healthz(self, request: Request) -> Response:
        """Say that the process is alive: GET /healthz."""
        return _json({"status": "ok", "gateway": self._gateway.settings.gateway_id})

    async def readyz(self, request: Request) -> Response:
        """Say whether a balancer should send clients here, 200 or 503: GET /readyz."""
        gateway = self._gateway
        body = {
            "ready": gateway.is_ready,
            "gateway": gateway.settings.gateway_id,
            "feed": gateway.state.name,
            "reason": "draining" if gateway.closing.draining else gateway.state.reason,
        }
        return _json(body, 200 if gateway.is_ready else 503)

    async def metrics(self, request: Request) -> Response:
        """Return the metrics for Prometheus: GET /metrics."""
        return Response(self._metrics.text(), headers={"content-type": CONTENT_TYPE})

    async def openapi(self, request: Request) -> Response:
        """Return the OpenAPI description of this API: GET /openapi.json."""
        description = describe(self._gateway.settings.max_symbols)
        return _json(description, headers={"cache-control": "no-cache"})

    async def debug(self, request: Request) -> Response:
        """Return the data of the operator's page: GET /v1/debug."""
        parse_query(request.scope["query_string"], ())
        return _json(await self._debug.report(), headers={"cache-control": "no-store"})

    def _with_etag(self, request: Request, document: Document) -> Response:
        headers = {"etag": document.etag, "cache-control": "no-cache"}
        if is_current(header(request, "if-none-match"), document.etag):
            return Response(status_code=304, headers=headers)
        headers["content-type"] = "application/json"
        return LongAnswer(document, self._gateway.bounds, self._address(request), headers)

    def _address(self, request: Request) -> str:
        return self._gateway.addresses.of(*origin(request))

    @property
    def pages(self) -> list[str]:
        """Return the paths of the pages and their files; the operator's page only if `debug` is set."""
        shown = self._gateway.settings.debug
        return ["/", *(path for path in self._page.paths if shown or not path.startswith(DEBUG_PAGE))]

    async def page(self, request: Request) -> Response:
        """Return a file of the page."""
        headers = {name: header(request, name) for name in ("accept-encoding", "if-none-match")}
        file = self._page.find(request.scope["path"], headers)
        assert file is not None
        return Response(file.body, file.status, file.headers)


def _json(value: object, status: int = 200, headers: Mapping[str, str] | None = None) -> Response:
    return Response(orjson.dumps(value), status, headers, media_type="application/json")


def build_app(gateway: Gateway) -> Starlette:
    """Return the application of one gateway; its lifespan starts and stops the gateway."""
    endpoints = Endpoints(gateway)

    @asynccontextmanager
    async def lifespan(app: Starlette) -> Any:
        gateway.start()
        yield
        await gateway.stop()

    routes = [
        Route("/v1/stream", endpoints.stream, methods=["GET"]),
        Route("/v1/streams/{stream}", endpoints.change, methods=["PATCH"]),
        Route("/v1/snapshot", endpoints.snapshot, methods=["GET"]),
        Route("/v1/bars/{symbol:path}", endpoints.bars, methods=["GET"]),
        Route("/v1/symbols", endpoints.symbols, methods=["GET"]),
        Route("/healthz", endpoints.healthz, methods=["GET"]),
        Route("/readyz", endpoints.readyz, methods=["GET"]),
        Route("/metrics", endpoints.metrics, methods=["GET"]),
        Route("/openapi.json", endpoints.openapi, methods=["GET"]),
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
    app = Starlette(routes=routes, lifespan=lifespan, exception_handlers=handlers)
    # A redirect would hide the mistake in a client's address.
    app.router.redirect_slashes = False
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
        detail = f"there is nothing at {request.url.path[:80]}; the stream is at /v1/stream"
    elif error.status_code == 405:
        detail = f"{request.method[:20]} is not allowed here; allowed are {headers.get('Allow', 'GET')}"
    return await _answer_problem(request, Problem(error.status_code, detail, headers))
