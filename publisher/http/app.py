"""The HTTP application, plain ASGI: `POST /v1/ticks`, from the header of a request to its answer."""

import asyncio
import time
from collections import Counter
from collections.abc import Awaitable, Callable, MutableMapping
from typing import Any

import orjson
import structlog

from tickcast.publisher.http.body import coding, media_type, too_large, unpack
from tickcast.publisher.http.gate import Gate, Pass
from tickcast.publisher.http.inboxes import AGAIN, Inboxes, Key
from tickcast.publisher.http.ticks import Checked, Line, check, read_lines
from tickcast.publisher.sources.times import Times
from tickcast.runtime.problem import TYPE, Problem
from tickcast.runtime.rejects import Rejects
from tickcast.runtime.slices import Slices
from tickcast.wire.bounds import MAX_ENTRY_BYTES
from tickcast.wire.layout import Layout

PATH = "/v1/ticks"

BODY_SECONDS = 10.0
"""Seconds within which a body must arrive."""

AT_ONCE = 64
"""Requests whose bodies are in memory, at most."""

MAX_KEY = 128
"""Characters in an Idempotency-Key, at most."""

Message = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[Message]]
Send = Callable[[Message], Awaitable[None]]
_log = structlog.get_logger()


class _LeftError(Exception):
    """The client went away before its body was whole."""


class App:
    """The application of one publisher."""

    def __init__(self, inboxes: Inboxes, gate: Gate, times: Times, answers: Counter[int]) -> None:
        """`answers` counts them by their status."""
        self._inboxes = inboxes
        self._gate = gate
        self._times = times
        self._answers = answers
        self._slices = Slices()
        self._under_way = 0
        self._rejects = Rejects("warning")

    async def __call__(self, scope: Message, receive: Receive, send: Send) -> None:
        """Answer one request, as ASGI has it."""
        try:
            answer = _json(await self._answer(scope, receive))
            status, headers = 200, {"content-type": "application/json"}
        except _LeftError:
            return
        except Problem as problem:
            answer, status = problem.body(), problem.status
            headers = {"content-type": TYPE, **problem.headers}
        except Exception:
            _log.exception("a mistake of ours while ticks were handed in")
            answer, status = Problem(500, "a mistake of the publisher; its log has it").body(), 500
            headers = {"content-type": TYPE}
        self._answers[status] += 1
        headers |= {"content-length": str(len(answer)), "cache-control": "no-store"}
        head = [(name.encode("ascii"), value.encode("latin-1")) for name, value in headers.items()]
        await send({"type": "http.response.start", "status": status, "headers": head})
        await send({"type": "http.response.body", "body": b"" if scope["method"] == "HEAD" else answer})

    async def _answer(self, scope: Message, receive: Receive) -> Checked:
        if scope["path"] != PATH:
            raise Problem(404, f"there is nothing at {scope['path'][:80]}; ticks are handed in at {PATH}")
        if scope["method"] != "POST":
            raise Problem(405, f"{scope['method'][:20]} is not allowed here", {"allow": "POST"})
        headers = _headers(scope)
        try:
            may = await self._gate.enter(headers)
        except Problem as problem:
            self._rejects.add("refused a request to hand in ticks", status=problem.status, why=problem.detail)
            raise
        kind, packed, key = media_type(headers), coding(headers), _key(headers)
        if self._under_way >= AT_ONCE:
            raise Problem(503, f"{AT_ONCE} requests are under way, which is all that there may be", AGAIN)
        self._under_way += 1
        try:
            packed_body = await _read(headers, receive)
            async with self._slices:
                body = unpack(packed_body, packed)
                lines = read_lines(body, kind)
            layout = await self._inboxes.layout()
            if key and may.subject:
                # Two subjects that choose the same key mean two requests.
                key = f"{may.subject}\0{key}"
            begun = await self._inboxes.begin(key, body, layout.partitions) if key else None
            checked = await self._check(lines, layout, begun, may)
            await self._inboxes.hand_in(checked, begun)
            return checked
        finally:
            self._under_way -= 1

    async def _check(self, lines: list[Line], layout: Layout, begun: Key | None, may: Pass) -> Checked:
        # A repeated request is judged by the time of the first one, for the answer has to be the same.
        found, now = Checked(), int(begun.began) * 1_000_000 if begun else time.time_ns() // 1000
        allowed = may.allows(layout.case)
        # The publisher itself runs in the same event loop, and has leases to renew.
        async with self._slices as slices:
            for line in lines:
                check(line, layout, self._times, now, found, allowed)
                await slices.step()
        return found


def _headers(scope: Message) -> dict[str, str]:
    """Return the headers; of one that comes on several lines, a list with commas (RFC 9110, section 5.3)."""
    found: dict[str, str] = {}
    for name, value in scope["headers"]:
        before = found.get(name.decode("latin-1"))
        text = value.decode("latin-1")
        found[name.decode("latin-1")] = text if before is None else f"{before}, {text}"
    return found


def _key(headers: dict[str, str]) -> str:
    key = headers.get("idempotency-key")
    if key is not None and not (1 <= len(key) <= MAX_KEY and key.isascii() and key.isprintable()):
        raise Problem(400, f"an Idempotency-Key has 1 to {MAX_KEY} characters of printable ASCII")
    return key or ""


async def _read(headers: dict[str, str], receive: Receive) -> bytes:
    """Return the whole body, as it is packed. Raises Problem, _LeftError."""
    length = headers.get("content-length", "0")
    if length.isdigit() and len(length) <= 16 and int(length) > MAX_ENTRY_BYTES:
        raise too_large()
    body, more = bytearray(), True
    try:
        async with asyncio.timeout(BODY_SECONDS):
            while more:
                message = await receive()
                if message["type"] == "http.disconnect":
                    raise _LeftError
                body += message.get("body", b"")
                more = message.get("more_body", False)
                if len(body) > MAX_ENTRY_BYTES:
                    # uvicorn reads on and drops the rest: closing would keep the answer from the client.
                    raise too_large()
    except TimeoutError:
        reason = f"the body has not come within {BODY_SECONDS:g} s"
        raise Problem(408, reason, {"connection": "close"}) from None
    return bytes(body)


def _json(checked: Checked) -> bytes:
    refused = [
        # A reason may quote half of a surrogate pair, which cannot be encoded.
        {"line": each.line, "reason": each.reason.encode("utf-8", "replace").decode("utf-8")}
        for each in checked.refused
    ]
    return orjson.dumps({"taken": checked.valid, "refused": refused})
