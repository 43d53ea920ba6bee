"""The port that takes ticks over HTTP: uvicorn, inside the publisher's event loop."""

import asyncio
import contextlib
from collections.abc import AsyncIterator, Iterator

import structlog
import uvicorn
from uvicorn.protocols.http.h11_impl import H11Protocol

from tickcast.access.errors import KeysError
from tickcast.access.revocations import Revocations
from tickcast.publisher.broker import Broker
from tickcast.publisher.http.app import App
from tickcast.publisher.http.gate import Gate
from tickcast.publisher.http.inboxes import Inboxes
from tickcast.publisher.http.secret import Secret, SecretError
from tickcast.publisher.settings import PublisherSettings
from tickcast.publisher.source import SourceError
from tickcast.publisher.sources.times import Times
from tickcast.publisher.stats import Stats
from tickcast.runtime.http_server import SERVER_OPTIONS
from tickcast.runtime.ports import bind
from tickcast.runtime.problem import Problem
from tickcast.runtime.redis.errors import LinkError
from tickcast.runtime.response_fields import CLOSED
from tickcast.runtime.tasks import end_tasks

MAX_CONNECTIONS = 512
"""Connections, at most, so that files are left for Redis. uvicorn answers those beyond with a plain 503."""

_log = structlog.get_logger()


class _Server(uvicorn.Server):
    """The server, in a program that has other work."""

    @contextlib.contextmanager
    def capture_signals(self) -> Iterator[None]:
        """Leave the signals to the publisher, which ends the server when all is written."""
        yield


class _Protocol(H11Protocol):
    """The protocol of a connection: its own answers have the fields of all others."""

    def send_400_response(self, msg: str) -> None:
        """Answer what is no request, and close."""
        self.transport.write(Problem(400, msg).as_response())
        self.transport.close()


@contextlib.asynccontextmanager
async def serve_hand_in(settings: PublisherSettings, broker: Broker, stats: Stats) -> AsyncIterator[None]:
    """Take ticks over HTTP while the context lasts, if a port is set. Raises SourceError."""
    if settings.hand_in_port is None:
        yield
        return
    host, port = settings.hand_in_host, settings.hand_in_port
    authority = settings.authority()
    gate = Gate(_secret(settings), authority)
    try:
        if authority is not None:
            await authority.keyring.load()
    except KeysError as error:
        raise SourceError(f"TICKCAST_AUTH_KEYS: {error}") from None
    try:
        sock = bind(host, port, MAX_CONNECTIONS)
    except OSError as error:
        raise SourceError(f"ticks cannot be taken at {host}:{port}: {error.strerror}") from None
    # With connections of its own, however many requests come, the writer has those that it needs.
    own = broker.another()
    times = Times("us", settings.max_ahead, ", and t is in us")
    app = App(Inboxes(own, settings.inbox_bytes, settings.inbox_replicas), gate, times, stats.hand_in_answers)
    server = _Server(
        uvicorn.Config(
            app,
            http=_Protocol,
            lifespan="off",
            limit_concurrency=MAX_CONNECTIONS,
            headers=[*CLOSED.items()],
            **SERVER_OPTIONS,
        )
    )
    task = asyncio.create_task(server.serve(sockets=[sock]))
    following = []
    if authority is not None:
        revocations = Revocations(own.ask, own.names.revoked(), LinkError)
        authority.revokes = revocations.revokes
        authority.is_informed = lambda: revocations.are_known
        # If Redis is away just now, nothing can be handed in either.
        with contextlib.suppress(LinkError):
            await revocations.look()
        following = [asyncio.create_task(each) for each in (authority.keyring.run(), revocations.run())]
    _log.info("takes ticks over HTTP", host=host, port=port)
    try:
        yield
    finally:
        server.should_exit = True
        await task
        await end_tasks(following)
        await own.close()


def _secret(settings: PublisherSettings) -> Secret | None:
    if settings.source != "inbox":
        raise SourceError("TICKCAST_HAND_IN_PORT needs --source inbox, which takes what comes in over HTTP")
    if settings.hand_in_secret_file is None:
        if settings.requires_tokens:
            return None
        raise SourceError(
            "TICKCAST_HAND_IN_PORT needs a secret in a file, TICKCAST_HAND_IN_SECRET_FILE, or keys that "
            "prove tokens, TICKCAST_AUTH_KEYS"
        )
    try:
        return Secret(settings.hand_in_secret_file)
    except SecretError as error:
        raise SourceError(f"TICKCAST_HAND_IN_SECRET_FILE: {error}") from None
