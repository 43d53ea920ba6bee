"""The API's description, OpenAPI 3.2: https://spec.openapis.org/oas/v3.2.0.html. Pure data."""

from collections.abc import Iterable
from typing import Any

from tickcast.access.presented import COOKIE
from tickcast.gateway.http.schemas import LIST, SCHEMAS, TOKEN
from tickcast.gateway.protocol.event_schemas import STREAM_ITEM, ref
from tickcast.gateway.protocol.events import MAX_PADDING, VERSION
from tickcast.gateway.protocol.interval import HEARTBEATS, INTERVALS, MAX_HEARTBEAT, MAX_INTERVAL
from tickcast.gateway.protocol.request import DEFAULT_BARS, FORMATS, MAX_QUERY
from tickcast.gateway.protocol.selection import MAX_PREFIXES
from tickcast.gateway.streams.patch import MAX_BODY
from tickcast.gateway.streams.stream_ids import PATTERN as STREAM_ID
from tickcast.runtime.problem import TYPE
from tickcast.wire.bar import ALL_INTERVALS
from tickcast.wire.bar import INTERVALS as BAR_INTERVALS
from tickcast.wire.bounds import MAX_HISTORY
from tickcast.wire.symbol import PATTERN

Document = dict[str, Any]

MEANINGS = {
    304: "Nothing has changed since the `ETag` of `If-None-Match`.",
    400: "Something in the request is not allowed; `detail` says what is allowed.",
    401: "The gateway asks for a token, and there is none, or it proves nothing.",
    403: "The token does not allow it.",
    404: "It does not exist, or no longer.",
    408: "The body did not arrive in time.",
    413: f"The body has more than {MAX_BODY} bytes.",
    415: "The body is no JSON by its `Content-Type`, or is compressed.",
    421: "`Host` names none of this gateway's names; `detail` says which setting has them.",
    414: f"The query has more than {MAX_QUERY} bytes.",
    429: "This address, or the subject of the token, has its share. Retry after `Retry-After`.",
    503: "This gateway is draining, full or not ready. Retry, or use another gateway.",
    504: "The stream's gateway did not answer; the change was made or not.",
}
"""Description of each status other than 200."""


def describe(max_symbols: int, tokens: bool = False, private: bool = True, prefix: str = "") -> Document:
    """Return the description of a gateway's API under a prefix, and of what is `private`.

    A stream may name `max_symbols` symbols there, and `tokens` are asked for.
    """
    document = _document(max_symbols, tokens)
    if prefix:
        document["servers"] = [{"url": prefix}]
    if not private:
        del document["paths"]["/metrics"]
    return document


def _document(max_symbols: int, tokens: bool) -> Document:
    bar_list = "^ *({0}) *(, *({0}) *)*$".format("|".join(BAR_INTERVALS))
    symbols = _query(
        "symbols",
        {"type": "string", "pattern": LIST},
        f"Comma list of at most {max_symbols}; `*` alone is all, a trailing `*` a prefix, of which "
        f"{MAX_PREFIXES} are allowed; none means all.",
    )
    stream = [
        symbols,
        _query(
            "interval",
            {"type": "integer", "minimum": 0, "maximum": MAX_INTERVAL, "default": 0},
            "0: every tick. Else ms, at most one update per symbol in that time, raised to the next of "
            f"{', '.join(map(str, INTERVALS))}.",
        ),
        _query("snapshot", {"type": "boolean", "default": True}, "The newest tick of each symbol first."),
        _query("format", {"enum": [*FORMATS], "default": "events"}, "`array`: one event for many ticks."),
        _query("bars", {"type": "string", "pattern": bar_list}, "Bars of these intervals as well."),
        _query("bars_of", {"type": "string", "pattern": LIST}, "Whose bars; allowed only with `bars`."),
        _query(
            "heartbeat",
            {"type": "integer", "minimum": HEARTBEATS[0], "maximum": MAX_HEARTBEAT},
            f"Ms of silence before a `heartbeat`, lowered to the next of {', '.join(map(str, HEARTBEATS))}.",
        ),
        _query(
            "padding",
            {"type": "integer", "minimum": 0, "maximum": MAX_PADDING, "default": 0},
            "Bytes in front of the stream, for a proxy that holds back the first ones.",
        ),
        _query("lastEventId", {"type": "string"}, "As the header `Last-Event-ID`, which wins."),
        _header("Last-Event-ID", "A cursor: what comes after it is sent, exactly."),
    ]
    events = {"text/event-stream": {"itemSchema": STREAM_ITEM}}
    opens = {
        "parameters": stream,
        "responses": _responses({200: events}, (400, 401, 403, 414, 421, 429, 503)),
    }
    asks = {
        "requestBody": {"required": True, "content": _json("StreamQuery")},
        "parameters": [stream[-1]],
        "responses": _responses({200: events}, (400, 401, 403, 408, 413, 414, 415, 421, 429, 503)),
    }
    return {
        "openapi": "3.2.0",
        "info": {
            "title": "Tickcast gateway",
            "version": str(VERSION),
            "description": "Live prices over plain HTTP. docs/protocol.md tells the events of a stream.",
            "license": {"name": "MIT", "identifier": "MIT"},
        },
        # Whether tokens are asked for, the operator decides.
        "security": [{}, {"token": []}, {"cookie": []}],
        "paths": {
            "/v1/stream": {
                "get": {
                    "summary": "Stream ticks as Server-Sent Events; it does not end",
                    **_named("stream", opens),
                },
                "head": {"summary": "Ask whether a stream would be opened", **_named("streamHead", opens)},
                "query": {
                    "summary": "The same, with the parameters in a body: for long lists",
                    **_named("streamQuery", asks),
                },
                "post": {
                    "summary": "As QUERY, for what does not know that method",
                    **_named("streamPost", asks),
                },
            },
            "/v1/streams/{stream}": {
                "patch": {
                    "summary": "Change what an open stream is sent; any gateway takes it",
                    "operationId": "change",
                    "parameters": [
                        _path(
                            "stream",
                            f"^{STREAM_ID}$",
                            "What `hello` calls `stream`.",
                        )
                    ],
                    "requestBody": {"required": True, "content": _json("Change")},
                    "responses": _responses(
                        {200: _json("Changed")}, (400, 401, 403, 404, 408, 413, 414, 421, 429, 503, 504)
                    ),
                }
            },
            "/v1/snapshot": _get(
                "The newest tick of each symbol",
                "snapshot",
                [symbols, _tag()],
                _json("Snapshot"),
                (304, 400, 401, 403, 414, 421, 429, 503),
            ),
            "/v1/bars/{symbol}": _get(
                "The bars of a symbol, oldest first; the last one may still be forming",
                "bars",
                [
                    {
                        **_path("symbol", f"^{PATTERN}$", "A symbol; `/` in it may stand for itself."),
                        "example": "AAPL",
                    },
                    _query("interval", {"enum": [*ALL_INTERVALS], "default": "1m"}, "Their length."),
                    _query(
                        "limit",
                        {"type": "integer", "minimum": 1, "maximum": MAX_HISTORY, "default": DEFAULT_BARS},
                        "How many, at most.",
                    ),
                    _tag(),
                ],
                _json("Bars"),
                (304, 400, 401, 403, 404, 414, 421, 429, 503),
            ),
            "/v1/symbols": _get(
                "What is known of symbols",
                "symbols",
                [symbols, _tag()],
                {"application/json": {"schema": {"type": "array", "items": ref("Instrument")}}},
                (304, 400, 401, 403, 414, 421, 429, 503),
            ),
            "/healthz": _get("The process lives", "health", [], _json("Health"), (400,)),
            "/readyz": {
                "get": {
                    "summary": "Whether clients should be sent here",
                    "operationId": "readiness",
                    "responses": {
                        "200": {"description": "Yes.", "content": _json("Readiness")},
                        **_responses({}, (400,)),
                        "503": {"description": "No; `reason` says why.", "content": _json("Readiness")},
                    },
                }
            },
            "/metrics": _get(
                "Metrics for Prometheus",
                "metrics",
                [],
                {"text/plain": {"schema": {"type": "string"}}},
                (400, 421),
            ),
            "/openapi.json": _get(
                "This description",
                "openapi",
                [],
                {"application/json": {"schema": {"type": "object"}}},
                (400, 421),
            ),
            "/asyncapi.json": _get(
                "The stream and the feed in Redis as AsyncAPI 3",
                "asyncapi",
                [],
                {"application/json": {"schema": {"type": "object"}}},
                (400, 421),
            ),
        },
        "components": {
            "schemas": _with_token() if tokens else SCHEMAS,
            "securitySchemes": {
                "token": {"type": "http", "scheme": "bearer", "bearerFormat": "JWT"},
                "cookie": {"type": "apiKey", "in": "cookie", "name": COOKIE},
            },
        },
    }


def _with_token() -> Document:
    change = SCHEMAS["Change"]
    return {**SCHEMAS, "Change": {**change, "properties": {**change["properties"], "token": TOKEN}}}


def _named(name: str, operation: Document) -> Document:
    return {"operationId": name, **operation}


def _get(
    summary: str, name: str, parameters: list[Document], content: Document, errors: Iterable[int] = ()
) -> Document:
    responses = _responses({200: content}, errors)
    return {
        "get": {"summary": summary, "operationId": name, "parameters": parameters, "responses": responses}
    }


def _responses(good: dict[int, Document], others: Iterable[int]) -> Document:
    found = {str(status): {"description": "Done.", "content": content} for status, content in good.items()}
    for status in others:
        found[str(status)] = {"description": MEANINGS[status]}
        if status >= 400:
            found[str(status)]["content"] = {TYPE: {"schema": ref("Problem")}}
    return found


def _json(name: str) -> Document:
    return {"application/json": {"schema": ref(name)}}


def _query(name: str, schema: Document, description: str) -> Document:
    return {"name": name, "in": "query", "schema": schema, "description": description}


def _header(name: str, description: str) -> Document:
    return {"name": name, "in": "header", "schema": {"type": "string"}, "description": description}


def _tag() -> Document:
    return _header("If-None-Match", "The `ETag` of an earlier answer; the answer is 304 if it is still true.")


def _path(name: str, pattern: str, description: str) -> Document:
    return {
        "name": name,
        "in": "path",
        "required": True,
        "schema": {"type": "string", "pattern": pattern},
        "description": description,
    }
