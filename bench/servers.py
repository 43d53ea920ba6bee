"""The servers that the bench can measure, by the names in the tables."""

from collections.abc import Callable
from contextlib import AbstractContextManager
from typing import NamedTuple

from tickcast.bench.client import BARE, EVERY_TICK, Expectation
from tickcast.bench.process import Process
from tickcast.bench.rivals import centrifugo, mercure, nchan
from tickcast.bench.stack import Stack

Serve = Callable[[Stack], AbstractContextManager[tuple[Process, int]]]
"""Starts a server; yields its process and its port."""


class Server(NamedTuple):
    """A server that can be measured."""

    name: str
    serve: Serve
    target: Callable[[str], str]
    """Returns the request target for a comma list of symbols."""
    expects: Expectation


class Rival(NamedTuple):
    """A server of another project."""

    server: Server
    missing: Callable[[], str]
    """Returns the reason why it cannot be measured here, "" if it can."""
    settings: str
    """Its settings, for the report."""


_STREAM = "/v1/stream?symbols={}".format

TICKCAST = Server("Tickcast", Stack.gateway, _STREAM, EVERY_TICK)
STREAMING = Server("StreamingResponse", lambda stack: stack.baseline("streaming_response"), _STREAM, BARE)
SSE_STARLETTE = Server("sse-starlette", lambda stack: stack.baseline("sse_starlette"), _STREAM, BARE)

# Centrifugo wraps ticks; only publications contain this text.
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
    """Return the baselines and the rivals that are installed here."""
    return [STREAMING, SSE_STARLETTE, *(rival.server for rival in RIVALS if not rival.missing())]


def missing(name: str) -> str:
    """Return the reason why a server cannot be measured here, "" if it can."""
    return next((rival.missing() for rival in RIVALS if rival.server.name == name), "")


def remarks() -> list[str]:
    """Return the settings of each rival, or the reason why it was not measured."""
    return [
        f"{rival.server.name}: not measured: {missing}" if (missing := rival.missing()) else rival.settings
        for rival in RIVALS
    ]
