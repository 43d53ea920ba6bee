"""The servers that can be measured, each under the name that the tables show."""

import shutil
from collections.abc import Callable
from contextlib import AbstractContextManager
from typing import NamedTuple

from bench.client import BARE, EVERY_TICK, Expectation
from bench.process import Process
from bench.rivals import nchan
from bench.stack import Stack

Serve = Callable[[Stack], AbstractContextManager[tuple[Process, int]]]
"""Starts a server; gives its process and its port."""


class Server(NamedTuple):
    """One of them."""

    who: str
    serve: Serve
    path: str
    """What a client asks for; `{}` is the comma list of its symbols."""
    expects: Expectation


TICKCAST = Server("Tickcast", Stack.gateway, "/v1/stream?symbols={}", EVERY_TICK)
STREAMING = Server(
    "StreamingResponse", lambda stack: stack.baseline("streaming_response"), "/v1/stream?symbols={}", BARE
)
SSE_STARLETTE = Server(
    "sse-starlette", lambda stack: stack.baseline("sse_starlette"), "/v1/stream?symbols={}", BARE
)
NCHAN = Server("nchan", nchan.serve, "/sub/{}", BARE)


def rivals() -> list[Server]:
    """Return the baselines, and the rivals that are installed here."""
    return [STREAMING, SSE_STARLETTE, *([NCHAN] if nchan.module() else [])]


def remarks() -> list[str]:
    """Say how rivals were set, and which were not measured."""
    found = [nchan.SETTINGS] if nchan.module() else ["nchan: not installed, not measured"]
    for name in ("mercure", "centrifugo"):
        where = "no scenario drives it yet" if shutil.which(name) else "not on PATH"
        found.append(f"{name.capitalize()}: {where}, not measured")
    return found
