"""The `nats` source: the messages of a subject of NATS, each with one or more lines as of `stdin`.

Core NATS delivers a message at most once: what is sent while this publisher does not listen is lost.
"""

import asyncio
import re
from collections.abc import AsyncIterator
from contextlib import suppress
from importlib.util import find_spec
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

import structlog
from prometheus_client import Counter

from tickcast.publisher.source import SourceError, SourceItem, SourceOptions
from tickcast.publisher.sources.complaints import Complaints
from tickcast.publisher.sources.line_reader import MAX_LIST, LineReader
from tickcast.publisher.sources.lines import Line, LineSplitter
from tickcast.publisher.sources.times import Times

if TYPE_CHECKING:
    from nats.aio.client import Client
    from nats.aio.msg import Msg

MAX_WAITING, MAX_WAITING_BYTES = 100_000, 64 * 1024 * 1024
"""Messages, and their bytes, that wait while Redis is slower than they come, at most.

More are dropped, and counted.
"""

RETRY = 1
"""Seconds between two attempts to connect."""

DROPPED = Counter(
    "tickcast_publisher_nats_dropped_messages_total",
    "Messages of NATS dropped because too many waited",
)

_SUBJECT = re.compile(r"(?:[^\s.>*]+|\*)(?:\.(?:[^\s.>*]+|\*))*(?:\.>)?|>")
_log = structlog.get_logger("publisher.sources.nats")


def nats(options: SourceOptions) -> AsyncIterator[list[SourceItem]]:
    """Return the lists of a subject. Raises SourceError for wrong options, or if nats-py is missing."""
    if find_spec("nats") is None:
        raise SourceError("the source nats needs nats-py, not installed here: pip install 'tickcast[nats]'")
    servers = [url.strip() for url in options.nats_url.split(",")]
    if not all(map(_is_server, servers)):
        # The URL itself may have a password.
        raise SourceError("TICKCAST_NATS_URL: a URL such as nats://127.0.0.1:4222 is needed")
    if not _SUBJECT.fullmatch(options.nats_subject):
        raise SourceError(
            f"TICKCAST_NATS_SUBJECT: {options.nats_subject[:60]!r} is no subject; tickcast.> is one"
        )
    return _lists(servers, options)


nats.takes = ("nats_url", "nats_subject", "time_unit")  # type: ignore[attr-defined]


def _is_server(url: str) -> bool:
    try:
        parts = urlsplit(url)
        return parts.scheme in ("nats", "tls") and parts.hostname not in (None, "none") and parts.port != 0
    except ValueError:
        return False


async def _lists(servers: list[str], options: SourceOptions) -> AsyncIterator[list[SourceItem]]:
    from nats.aio.client import Client

    complaints, link = Complaints("nats", options.nats_subject), _Link(Client())
    times = Times(options.time_unit, options.max_ahead)
    reader = LineReader(complaints, times, only_json=True, case=options.symbol_case)
    splitter = LineSplitter()
    try:
        await link.open(servers, options.nats_subject)
        while True:
            lines: list[Line] = []
            for message in await link.messages():
                lines += splitter.feed(message)
                lines += splitter.finish()
            items = reader.items(lines)
            for begin in range(0, len(items), MAX_LIST):
                yield items[begin : begin + MAX_LIST]
    finally:
        await link.close()
        complaints.finish()


class _Link:
    """A connection, and what it tells: messages, troubles, and its end."""

    def __init__(self, client: "Client") -> None:
        self._client = client
        self._waiting: asyncio.Queue[bytes | None] = asyncio.Queue(MAX_LIST)
        self._trouble = ""
        """The newest one that was logged since the connection was well."""
        self._ended = False

    async def open(self, servers: list[str], subject: str) -> None:
        """Subscribe; try until it succeeds."""
        await self._client.connect(
            servers,
            name="tickcast publisher",
            max_reconnect_attempts=-1,
            reconnect_time_wait=RETRY,
            error_cb=self._tell,
            disconnected_cb=self._lost,
            reconnected_cb=self._well,
            closed_cb=self._closed,
        )
        await self._client.subscribe(
            subject, cb=self._take, pending_msgs_limit=MAX_WAITING, pending_bytes_limit=MAX_WAITING_BYTES
        )
        await self._client.flush()
        self._trouble = ""
        _log.info("listening to nats", subject=subject)

    async def messages(self) -> list[bytes]:
        """Wait for messages, and return those that are there, at most MAX_LIST.

        Raises SourceError when the connection has ended for good.
        """
        if self._ended and self._waiting.empty():
            raise SourceError(f"nats has closed the connection: {self._client.last_error}")
        found = [await self._waiting.get()]
        while len(found) < MAX_LIST and not self._waiting.empty():
            found.append(self._waiting.get_nowait())
        return [message for message in found if message is not None]

    async def close(self) -> None:
        """Close the connection."""
        self._ended = True
        await self._client.close()

    async def _take(self, message: "Msg") -> None:
        await self._waiting.put(message.data)

    async def _tell(self, error: Exception) -> None:
        from nats.errors import SlowConsumerError

        if isinstance(error, SlowConsumerError):
            DROPPED.inc()
            text = "messages come faster than they are published; some are dropped"
        else:
            text = str(error) or type(error).__name__
        if text != self._trouble:
            self._trouble = text
            _log.warning("trouble with nats", error=text)

    async def _lost(self) -> None:
        if not self._ended:
            _log.warning("the connection to nats is lost; messages sent until it is back are lost")

    async def _well(self) -> None:
        self._trouble = ""
        _log.info("connected to nats again")

    async def _closed(self) -> None:
        self._ended = True
        with suppress(asyncio.QueueFull):
            self._waiting.put_nowait(None)
