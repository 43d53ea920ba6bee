"""Checks of HTTP: methods, errors, who may ask from where, and old clients."""

import asyncio
import ssl
from typing import Any
from urllib.parse import quote, urlsplit

from tickcast.cli.conform.checks import check
from tickcast.cli.conform.line import OPENING, Line
from tickcast.cli.conform.outcome import Deviation, Unchecked
from tickcast.cli.conform.subject import Subject, hello_of, json_of

PROBLEM = "application/problem+json"
STRANGER = "https://conform.invalid"

WRONG = {
    "interval=-1": "interval",
    "interval=3600001": "interval",
    "symbols=A%22B": "symbol",
    "snapshot=maybe": "snapshot",
    "format=xml": "format",
    "colour=red": "colour",
    "interval=0&interval=0": "interval",
}
"""Query that is not allowed -> what the answer names."""


@check("head", "HEAD tells whether a stream would be opened, with the fields of one and without a body")
async def head(subject: Subject) -> str:
    """Ask by HEAD."""
    answer = await subject.ask("HEAD", "/v1/stream", params={"symbols": subject.wanted()})
    kind = answer.headers.get("content-type", "")
    if answer.status_code != 200 or not kind.startswith("text/event-stream"):
        raise Deviation(f"it is answered {answer.status_code} with {kind or 'no type'}")
    wrong = await subject.ask("HEAD", "/v1/stream", params={"interval": "-1"})
    if wrong.status_code != 400:
        raise Deviation(f"one that is not allowed is answered {wrong.status_code} instead of 400")
    return "200, and 400 for what is not allowed"


@check("errors", "what is not allowed is answered with 400, and a problem document (RFC 9457) names it")
async def errors(subject: Subject) -> str:
    """Ask for what is not allowed."""
    for query, named in WRONG.items():
        await _refused(subject, "GET", f"/v1/stream?{query}", 400, named)
    await _refused(subject, "GET", "/v1/snapshot?symbols=A%22B", 400, "symbol")
    return f"{len(WRONG) + 1} kinds of wrong requests are refused and named"


@check("not-found", "what is not there is answered with 404, and a problem document")
async def not_found(subject: Subject) -> str:
    """Ask for what is not there."""
    await _refused(subject, "GET", "/v1/nothing", 404)
    await _refused(subject, "PATCH", "/v1/streams/conform.unknown", 404, json={"add": []})
    return "404"


async def _refused(
    subject: Subject, method: str, path: str, status: int, named: str = "", json: object = None
) -> None:
    more: dict[str, Any] = {} if json is None else {"json": json}
    answer = await subject.ask(method, path, **more)
    shown = f"{method} {path}"
    if answer.status_code != status:
        raise Deviation(f"{shown} is answered {answer.status_code} instead of {status}")
    problem = json_of(answer)
    if not answer.headers.get("content-type", "").startswith(PROBLEM) or not isinstance(problem, dict):
        raise Deviation(f"{shown}: the answer is no problem document")
    if problem.get("status") != status or not isinstance(problem.get("title"), str):
        raise Deviation(f"{shown}: the problem document has status {problem.get('status')}")
    if named not in str(problem.get("detail")):
        raise Deviation(f"{shown}: detail does not name {named}")


@check("body", "QUERY and POST with the parameters as JSON open the same stream as GET")
async def body(subject: Subject) -> str:
    """Ask by body."""
    symbols = subject.wanted()
    async with subject.stream(symbols=symbols, interval="250") as line:
        wanted = await _chosen(line)
    asked = {"symbols": subject.symbols, "interval": 250}
    for method in ("QUERY", "POST"):
        async with subject.stream(method=method, body=asked) as line:
            if (got := await _chosen(line)) != wanted:
                raise Deviation(f"{method} opened a stream of {got}, GET one of {wanted}")
        both = await subject.ask(method, f"/v1/stream?symbols={quote(symbols)}", json=asked)
        if both.status_code != 400:
            raise Deviation(f"{method} with a parameter in query and body is answered {both.status_code}")
    return "QUERY and POST open what GET does"


async def _chosen(line: Line) -> str:
    hello = await hello_of(line)
    return f"{hello.get('symbols')} symbols at {hello.get('interval')} ms"


@check("etag", "an answer that has not changed is 304 to its ETag")
async def etag(subject: Subject) -> str:
    """Ask again with the tag."""
    for _ in range(5):
        answer = await subject.ask("GET", "/v1/symbols", params={"symbols": subject.wanted()})
        tag = answer.headers.get("etag")
        if answer.status_code != 200 or not tag:
            raise Deviation(f"GET /v1/symbols is answered {answer.status_code}, ETag {tag or 'missing'}")
        again = await subject.ask(
            "GET", "/v1/symbols", {"if-none-match": tag}, params={"symbols": subject.wanted()}
        )
        if again.status_code == 304:
            return "304"
        if again.headers.get("etag") == tag:
            raise Deviation(f"the same ETag is answered {again.status_code}")
    raise Unchecked("the symbols change too often")


@check(
    "foreign-origin",
    "a page of another origin, if it is not listed, is refused with 403 before a stream opens",
)
async def foreign_origin(subject: Subject) -> str:
    """Ask as a page of somebody else would."""
    for path in ("/v1/stream", "/v1/snapshot"):
        answer = await subject.ask("HEAD", path, {"origin": STRANGER})
        if answer.headers.get("access-control-allow-origin") == "*":
            raise Unchecked("all origins are listed")
        if answer.status_code != 403:
            raise Deviation(f"HEAD {path} for {STRANGER} is answered {answer.status_code}")
    return "403"


@check("cors", "a listed origin may read: the preflight is 204 with its methods, and answers name the origin")
async def cors(subject: Subject) -> str:
    """Ask as a page of the listed origin."""
    if not subject.origin:
        raise Unchecked("no origin is named (--origin)")
    fields = {"origin": subject.origin, "access-control-request-method": "PATCH"}
    asked = await subject.ask("OPTIONS", "/v1/stream", fields)
    if asked.status_code != 204:
        raise Deviation(f"the preflight is answered {asked.status_code}")
    methods = asked.headers.get("access-control-allow-methods", "")
    if lacking := {"GET", "POST", "PATCH", "QUERY"} - {each.strip() for each in methods.split(",")}:
        raise Deviation(f"the preflight lacks {', '.join(sorted(lacking))}")
    answer = await subject.ask("HEAD", "/v1/stream", {"origin": subject.origin})
    if answer.headers.get("access-control-allow-origin") != subject.origin:
        raise Deviation(f"Access-Control-Allow-Origin is not {subject.origin}")
    return f"{subject.origin} may read"


@check("gzip", "a packed stream can be read event by event: hello comes at once")
async def gzip(subject: Subject) -> str:
    """Ask for gzip."""
    async with subject.stream({"accept-encoding": "gzip"}, symbols=subject.wanted()) as line:
        await line.expect("hello")
        packed = line.response.headers.get("content-encoding")
    return f"hello came, packed by {packed}" if packed else "the stream is not packed"


@check("http-1.0", "a client of HTTP/1.0 is sent the stream, too, and not in chunks")
async def http_1_0(subject: Subject) -> str:
    """Ask by hand: no library speaks it any more."""
    parts = urlsplit(subject.url)
    secure = parts.scheme == "https"
    context: ssl.SSLContext | None = subject.tls if secure else None
    bearer = "".join(f"{name}: {value}\r\n" for name, value in subject.bearer.items())
    symbols = quote(subject.wanted())
    asked = f"GET {parts.path}/v1/stream?symbols={symbols} HTTP/1.0\r\nHost: {parts.netloc}\r\n{bearer}\r\n"
    try:
        async with asyncio.timeout(OPENING):
            reader, writer = await asyncio.open_connection(
                parts.hostname, parts.port or (443 if secure else 80), ssl=context
            )
            try:
                writer.write(asked.encode("ascii"))
                answer = (await reader.readuntil(b"\r\n\r\n")).decode("latin-1").lower()
                start = await reader.readuntil(b"event: hello\n") if " 200 " in answer else b""
            finally:
                writer.close()
    except (OSError, TimeoutError, asyncio.IncompleteReadError) as error:
        raise Deviation(f"hello did not come ({str(error) or type(error).__name__})") from None
    status = answer.partition("\r\n")[0]
    if not start:
        raise Deviation(f"it is answered {status}")
    if "transfer-encoding:" in answer:
        raise Deviation("the stream comes in chunks, which HTTP/1.0 does not know")
    return status


@check("openapi", "GET /openapi.json describes the API, each event of a stream with its schema")
async def openapi(subject: Subject) -> str:
    """Read the description."""
    answer = await subject.ask("GET", "/openapi.json")
    document = json_of(answer)
    if answer.status_code != 200 or not isinstance(document, dict):
        raise Deviation(f"it is answered {answer.status_code}")
    if not str(document.get("openapi", "")).startswith("3.2") or "itemSchema" not in answer.text:
        raise Deviation("it is no OpenAPI 3.2 with itemSchema")
    return f"OpenAPI {document['openapi']}"
