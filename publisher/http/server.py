"""The port that takes ticks over HTTP: uvicorn, inside the publisher's event loop."""

import asyncio
import contextlib
from collections.abc import AsyncIterator, Iterator

import structlog
import uvicorn

from tickcast.publisher.broker import Broker
from tickcast.publisher.http.app import App
from tickcast.publisher.http.inboxes import Inboxes
from tickcast.publisher.http.secret import Secret, SecretError
from tickcast.publisher.settings import PublisherSettings
from tickcast.publisher.source import SourceError
from tickcast.publisher.sources.times import Times
from tickcast.publisher.stats import Stats
from tickcast.runtime.http_server import SERVER_OPTIONS
from tickcast.runtime.ports import bind

MAX_CONNECTIONS = 512
"""Connections, at most, so that files are left for Redis. uvicorn answers those beyond with a plain 503."""

_log = structlog.get_logger()


class _Server(uvicorn.Server):
    """The server, in a program that has other work."""

    @contextlib.contextmanager
    def capture_signals(self) -> Iterator[None]:
        """Leave the signals to the publisher, which ends the server when all is written."""
        yield


@contextlib.asynccontextmanager
async def serve_hand_in(settings: PublisherSettings, broker: Broker, stats: Stats) -> AsyncIterator[None]:
    """Take ticks over HTTP while the context lasts, if a port is set. Raises SourceError."""
    if settings.hand_in_port is None:
        yield
        return
    host, port = settings.hand_in_host, settings.hand_in_port
    secret = _secret(settings)
    try:
        sock = bind(host, port, MAX_CONNECTIONS)
    except OSError as error:
        raise SourceError(f"ticks cannot be taken at {host}:{port}: {error.strerror}") from None
    # With connections of its own, however many requests come, the writer has those that it needs.
    own = broker.another()
    times = Times("us", settings.max_ahead, ", and t is in us")
    app = App(
        Inboxes(own, settings.inbox_bytes, settings.inbox_replicas), secret, times, stats.hand_in_answers
    )
    server = _Server(
        uvicorn.Config(app, http="h11", lifespan="off", limit_concurrency=MAX_CONNECTIONS, **SERVER_OPTIONS)
    )
    task = asyncio.create_task(server.serve(sockets=[sock]))
    _log.info("takes ticks over HTTP", host=host, port=port)
    try:
        yield
    finally:
        server.should_exit = True
        await task
        await own.close()


def _secret(settings: PublisherSettings) -> Secret:
    if settings.source != "inbox":
        raise SourceError("TICKCAST_HAND_IN_PORT needs --source inbox, which takes what comes in over HTTP")
    if settings.hand_in_secret_file is None:
        raise SourceError("TICKCAST_HAND_IN_PORT needs a secret in a file: TICKCAST_HAND_IN_SECRET_FILE")
    try:
        return Secret(settings.hand_in_secret_file)
    except SecretError as error:
        raise SourceError(f"TICKCAST_HAND_IN_SECRET_FILE: {error}") from None
