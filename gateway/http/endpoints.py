"""The endpoints: what each request is answered with."""

from collections.abc import Callable, Coroutine, Mapping
from functools import partial, wraps
from typing import Any

import orjson
from starlette.requests import Request
from starlette.responses import Response

from tickcast.access.grant import Grant
from tickcast.gateway.gateway import Gateway
from tickcast.gateway.http.admission import Admission, Client
from tickcast.gateway.http.answers import Document, LongAnswer
from tickcast.gateway.http.authorizers import Authorizer
from tickcast.gateway.http.debug import Debug
from tickcast.gateway.http.gate import Gate, allowed_to, check_names, granted, keep_pace, within
from tickcast.gateway.http.metrics import CONTENT_TYPE, Metrics
from tickcast.gateway.http.pages import DEBUG_PAGE, Page
from tickcast.gateway.http.requests import header, origin, read_body, stream_parameters
from tickcast.gateway.http.snapshots import Snapshots
from tickcast.gateway.http.stream import StreamResponse, short_stream
from tickcast.gateway.limits.pace import Pace
from tickcast.gateway.limits.payers import Payers
from tickcast.gateway.limits.work import REQUEST
from tickcast.gateway.protocol.compression import Encoding, choose_encoding
from tickcast.gateway.protocol.request import (
    BARS,
    SNAPSHOT,
    STREAM,
    SYMBOLS,
    parse_bars,
    parse_path_symbol,
    parse_stream,
    parse_symbols,
)
from tickcast.gateway.protocol.selection import EVERYTHING, Selection
from tickcast.gateway.store.bar_history import MovingError
from tickcast.gateway.streams.patch import MAX_BODY
from tickcast.gateway.view import View
from tickcast.runtime.etag import is_current
from tickcast.runtime.metered import metered
from tickcast.runtime.problem import Problem
from tickcast.runtime.redis.errors import LinkError
from tickcast.wire.symbol import Case

MAX_RENEWAL = 8192
"""Bytes of a patch that are read of whoever has shown no token yet: it may be in there, in 4 KiB."""

Endpoint = Callable[[Request], Coroutine[Any, Any, Response]]

PAYERS = "tickcast.payers"
"""Key of the scope: for whom the work of the request counts."""


class _Documents:
    """Documents of one view that are kept."""

    def __init__(self, view: View) -> None:
        self.snapshots = Snapshots(view.hub)
        self.symbols = Document(b"", "")


class Endpoints:
    """The endpoints. Each takes a request and returns the response; Problem becomes a problem document."""

    def __init__(self, gateway: Gateway, authorizer: Authorizer | None) -> None:
        """`authorizer` says who may read what; None: everybody may read everything."""
        self._gateway = gateway
        self._admission = Admission(gateway)
        self._is_open = authorizer is None
        self._gate = Gate(authorizer, gateway.settings.auth_parameter)
        self._debug = Debug(gateway)
        self._metrics = Metrics(gateway, self._admission)
        self._page = Page()
        self._documents = {id(view): _Documents(view) for view in gateway.views.all}

    async def stream(self, request: Request) -> Response:
        """Open a stream: GET /v1/stream; QUERY and POST have the parameters in a body."""
        settings, headers = self._gateway.settings, request.headers
        encoding = Encoding.IDENTITY
        if settings.compress:
            encoding = choose_encoding(header(request, "accept-encoding"))
        query, client, payers = self._gate.query(request, STREAM), self._client(request), _payers(request)
        try:
            grant = await self._gate.grant(request, query)
        except Problem as problem:
            return short_stream(self._admission.put_off_undecided(problem, client))
        view = self._gateway.views.of(grant)
        if grant is not None and (put_off := self._admission.join(grant, payers, client)) is not None:
            return short_stream(put_off)
        stream_request = parse_stream(
            await stream_parameters(request, query),
            headers.get("last-event-id"),
            encoding,
            settings.max_symbols,
            settings.heartbeat,
            self._case,
        )
        stream_request = granted(stream_request, grant, self._case)
        stream_request = stream_request._replace(key=view.hub.granted(stream_request.key))
        # Whom this gateway alone would refuse, no other has to be asked about.
        check = partial(self._admission.check, view, stream_request.key, client, grant)
        put_off, most = check(), None
        if put_off is None and grant is not None and grant.streams is not None:
            # Without another wait between: nobody else of the subject comes in meanwhile.
            most = await self._gateway.uses.most_here(grant.subject, grant.streams)
            put_off = check(most)
        if put_off is not None:
            return short_stream(put_off)
        again = partial(self._admission.after_start, partial(check, most))
        return StreamResponse(view.resume, stream_request, client.address, again)

    async def change(self, request: Request) -> Response:
        """Change the symbols and bars of an open stream: PATCH /v1/streams/{stream}."""
        query = self._gate.query(request, ())
        stream = request.path_params["stream"]
        grant, refused = await self._gate.caller(request, query)
        try:
            body = await read_body(request.stream(), MAX_BODY if refused is None else MAX_RENEWAL)
        except Problem as wrong:
            raise refused or wrong from None
        renewal = await self._gate.renewal(request, body)
        if renewal is not None:
            grant, body = renewal
        elif refused is not None:
            raise refused
        if grant is not None:
            _payers(request).join(grant.subject)
        entries = await self._gateway.control.change(stream, body, grant, renews=renewal is not None)
        return _json({"stream": stream, "symbols": entries}, headers={"cache-control": "no-store"})

    async def snapshot(self, request: Request) -> Response:
        """Return the newest ticks: GET /v1/snapshot, for clients that poll."""
        gateway = self._gateway
        view, selection = await self._readable(request, SNAPSHOT, gateway.paces.snapshots)
        if not view.state.is_loaded:
            raise Problem(503, "this gateway is not ready; try again soon", {"retry-after": "2"})
        payers = _payers(request)
        snapshots = self._documents[id(view)].snapshots
        document = await snapshots.document(selection, payers.address, payers.check)
        return self._with_etag(request, document)

    async def bars(self, request: Request) -> Response:
        """Return the bars of a symbol, up to the newest: GET /v1/bars/{symbol}."""
        gateway = self._gateway
        query = self._gate.query(request, BARS)
        grant = await self._grant(request, query)
        view = gateway.views.of(grant)
        interval, limit = parse_bars(query)
        symbol = parse_path_symbol(request.path_params["symbol"], self._case)
        check_names(Selection((symbol,), ()), allowed_to(grant, self._case))
        keep_pace(gateway.paces.bars, grant)
        if not view.state.is_loaded:
            raise Problem(503, "this gateway is not ready; try again soon", {"retry-after": "2"})
        if symbol not in view.last:
            raise Problem(404, f"nobody publishes {symbol.decode()}; /v1/symbols lists what there is")
        try:
            bars, etag = await view.charts.bars(symbol, interval, limit)
        except LinkError as error:
            raise Problem(
                503, "the history cannot be read, because Redis does not answer", {"retry-after": "2"}
            ) from error
        except MovingError as error:
            raise Problem(503, f"{error}; try again", {"retry-after": "1"}) from error
        head = b'{"S":"%b","i":"%b"' % (symbol, interval.encode("ascii"))
        return self._with_etag(request, Document(b'%b,"bars":[%b]}' % (head, b",".join(bars)), etag))

    async def symbols(self, request: Request) -> Response:
        """Return the metadata of symbols: GET /v1/symbols."""
        view, selection = await self._readable(request, SYMBOLS)
        if selection != EVERYTHING:
            return self._with_etag(request, Document(*await view.instruments.list.part(*selection.normal())))
        document, etag = await view.instruments.list.document()
        kept = self._documents[id(view)]
        if kept.symbols.body is not document:
            kept.symbols = Document(document, etag)
        return self._with_etag(request, kept.symbols)

    async def healthz(self, request: Request) -> Response:
        """Say that the process is alive: GET /healthz."""
        return _json({"status": "ok", "gateway": self._gateway.settings.gateway_id})

    async def readyz(self, request: Request) -> Response:
        """Say whether a balancer should send clients here, 200 or 503: GET /readyz."""
        gateway = self._gateway
        body = {
            "ready": gateway.is_ready,
            "gateway": gateway.settings.gateway_id,
            "feed": gateway.live.state.name,
            "reason": "draining" if gateway.closing.draining else gateway.live.state.reason,
        }
        return _json(body, 200 if gateway.is_ready else 503)

    async def metrics(self, request: Request) -> Response:
        """Return the metrics for Prometheus: GET /metrics."""
        return Response(self.metrics_text(), headers={"content-type": CONTENT_TYPE})

    def metrics_text(self) -> bytes:
        """Return the metrics in Prometheus' text format."""
        return self._metrics.text()

    async def debug(self, request: Request) -> Response:
        """Return the data of the operator's page: GET /v1/debug."""
        # It tells who reads what: that is more than all prices.
        await self._gate.operator(request, self._gate.query(request, ()))
        return _json(await self._debug.report(), headers={"cache-control": "no-store"})

    async def _readable(
        self, request: Request, names: tuple[str, ...], pace: Pace | None = None
    ) -> tuple[View, Selection]:
        """Return in which view a request may read, and what of the symbols it asks for; and keep pace."""
        query, case = self._gate.query(request, names), self._case
        grant = await self._grant(request, query)
        view = self._gateway.views.of(grant)
        selection = within(parse_symbols(query, self._gateway.settings.max_symbols, case), grant, case)
        if pace is not None:
            keep_pace(pace, grant)
        return view, selection

    @property
    def _case(self) -> Case:
        """What the feed does with lower-case letters in symbols: a delayed feed does the same."""
        return self._gateway.live.broker.case

    def within_work(self, endpoint: Endpoint, opens: bool = False) -> Endpoint:
        """Return the endpoint; its work counts for the client's address and subject, refused beyond a share.

        A client whose request `opens` a stream is put off where it comes back by itself. A refusal costs
        little, and does not count: who asks again gets its turn all the same.
        """

        @wraps(endpoint)
        async def run(request: Request) -> Response:
            client = self._client(request)
            payers = request.scope[PAYERS] = Payers(self._gateway.work, client.address, before=REQUEST)
            if not opens:
                payers.check()
            elif (put_off := self._admission.check_work(payers, client)) is not None:
                return short_stream(put_off)
            return await metered(endpoint(request), payers)

        return run

    async def _grant(self, request: Request, query: dict[str, str]) -> Grant | None:
        """Return the grant of a request, if its subject has not had too much work done. Raises Problem."""
        grant = await self._gate.grant(request, query)
        if grant is not None:
            _payers(request).join(grant.subject)
        return grant

    def _client(self, request: Request) -> Client:
        balanced = request.headers.get("x-tickcast-balanced", "0") not in ("", "0")
        return Client(self._address(request), balanced, request.method != "HEAD")

    def _with_etag(self, request: Request, document: Document) -> Response:
        # What is for one token must not be kept for another by a proxy between.
        kept = "no-cache" if self._is_open else "private, no-cache"
        headers = {"etag": document.etag, "cache-control": kept}
        if is_current(header(request, "if-none-match"), document.etag):
            return Response(status_code=304, headers=headers)
        headers["content-type"] = "application/json"
        return LongAnswer(document, self._gateway.live.bounds, self._address(request), headers)

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


def _payers(request: Request) -> Payers:
    payers: Payers = request.scope[PAYERS]
    return payers


def _json(value: object, status: int = 200, headers: Mapping[str, str] | None = None) -> Response:
    return Response(orjson.dumps(value), status, headers, media_type="application/json")
