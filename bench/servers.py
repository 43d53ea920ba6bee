"""The servers that can be measured, each under the name that the tables show."""

from collections.abc import Callable
from contextlib import AbstractContextManager
from typing import NamedTuple

from tickcast.bench.client import BARE, EVERY_TICK, Expectation
from tickcast.bench.process import Process
from tickcast.bench.rivals import centrifugo, mercure, nchan
from tickcast.bench.stack import Stack

Serve = Callable[[Stack], AbstractContextManager[tuple[Process, int]]]
"""Starts a server; gives its process and its port."""


class Server(NamedTuple):
    """One of them."""

    name: str
    serve: Serve
    target: Callable[[str], str]
    """What a client asks for that wants a comma list of symbols."""
    expects: Expectation


class Rival(NamedTuple):
    """One of other people's."""

    server: Server
    missing: Callable[[], str]
    """Says why it cannot be measured here; nothing if it can."""
    settings: str
    """How it is set, for the report."""


_STREAM = "/v1/stream?symbols={}".format

TICKCAST = Server("Tickcast", Stack.gateway, _STREAM, EVERY_TICK)
STREAMING = Server("StreamingResponse", lambda stack: stack.baseline("streaming_response"), _STREAM, BARE)
SSE_STARLETTE = Server("sse-starlette", lambda stack: stack.baseline("sse_starlette"), _STREAM, BARE)

# Its ticks are wrapped, and nothing but a publication has this in it.
_WRAPPED = BARE._replace(mark=b'"data":{"S":"')

RIVALS = (
    Rival(Server("nchan", nchan.serve, "/sub/{}".format, BARE), nchan.missing, nchan.SETTINGS),
    Rival(Server("Mercure", mercure.serve, mercure.target, BARE), mercure.missing, mercure.SETTINGS),
    Rival(
        Server("Centrifugo", centrifugo.serve, centrifugo.target, _WRAPPED),
        centrifugo.missing,
        centrifugo.SETTINGS,
    ),
)


def rivals() -> list[Server]:
    """Return the baselines, and the rivals that are installed here."""
    return [STREAMING, SSE_STARLETTE, *(rival.server for rival in RIVALS if not rival.missing())]


def missing(name: str) -> str:
    """Say why a server cannot be measured here; nothing if it can."""
    return next((rival.missing() for rival in RIVALS if rival.server.name == name), "")


def remarks() -> list[str]:
    """Say how rivals were set, and which were not measured."""
    return [
        f"{rival.server.name}: not measured: {missing}" if (missing := rival.missing()) else rival.settings
        for rival in RIVALS
    ]
