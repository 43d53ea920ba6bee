"""What is seen from where clients are: the answers of the address, and two streams."""

import asyncio
import time
import zlib
from collections.abc import Mapping, Sequence
from types import MappingProxyType
from typing import Any, NamedTuple
from urllib.parse import urlsplit

import httpx2
import orjson

from tickcast.cli.doctor.reach import Reach, reach_of, resolved
from tickcast.cli.doctor.settings import DoctorSettings
from tickcast.cli.proxy import http_client
from tickcast.cli.trust import context_of
from tickcast.client.sse import SseError, SseParser
from tickcast.wire.asking import ASKS, SEEN

TIMEOUT = 10.0
"""Seconds for each answer."""

QUIET = "TICKCAST-DOCTOR"
"""A symbol that nobody publishes: of its stream nothing comes but heartbeats."""

PRIVATE = ("/metrics", "/v1/debug", "/debug")
"""Paths that only operators should reach."""

LONGEST = 61.0
"""Seconds that the quiet stream is watched at most: a heartbeat comes after 60 s at the latest."""

_ERRORS = (httpx2.HTTPError, httpx2.InvalidURL, OSError, ValueError)
"""What a request may end with; ssl.SSLError is an OSError."""

MAX_BODY = 64 * 1024
"""Bytes of an answer that are read, at most."""


class Answer(NamedTuple):
    """One answer; status 0 if there was none."""

    status: int
    headers: Mapping[str, str] = MappingProxyType({})
    body: bytes = b""
    error: str = ""

    def json(self) -> Any:
        """Return the body as JSON; None if it is none."""
        try:
            return orjson.loads(self.body)
        except ValueError:
            return None

    def told(self, name: str, most: int = 200) -> str:
        """Return the beginning of a field of the body; empty if it has none, or is no object."""
        document = self.json()
        return str(document.get(name) or "")[:most] if isinstance(document, dict) else ""


class StreamSeen(NamedTuple):
    """What was seen of a stream."""

    answer: Answer
    """Its head; the body only if there is no stream."""
    first: float | None = None
    """Seconds from the request to `hello`; None if it did not come."""
    heartbeat: float = 0.0
    """Seconds of silence after which a heartbeat comes, as `hello` says."""
    events: Sequence[tuple[float, str]] = ()
    """Seconds since the request, and name, of each event."""
    ended: float | None = None
    """Seconds after which it ended without the doctor; None if it was still open."""


class WebFacts(NamedTuple):
    """What was seen from outside."""

    reach: Reach
    """Who can reach the address."""
    without_token: Answer
    """`/v1/symbols` asked without a token. Balancers pass it on, other than `/healthz`."""
    ready: Answer
    private: dict[str, int]
    """Path of PRIVATE -> status."""
    quiet: StreamSeen | None
    """None: it was not asked for."""
    packed: StreamSeen | None
    """One that may be compressed; None: it was not asked for."""
    has_token: bool


async def read_web(settings: DoctorSettings, trusts: bool) -> WebFacts:
    """Ask the address. Unless it `trusts` the certificate, it goes on without proof, and sends no token."""
    parts = urlsplit(settings.url)
    host = parts.hostname or ""
    addresses = await resolved(host, parts.port or 80)
    reach = reach_of([settings.published_at] if settings.published_at else addresses or [host])
    token = settings.token if trusts else ""
    bearer = {"authorization": f"Bearer {token}"} if token else {}
    async with http_client(settings.url, TIMEOUT, context_of(settings.cacert, trusts)) as http:
        asking = _Asking(http, settings.url)
        without = await asking.get(f"/v1/symbols?symbols={QUIET}")
        if not without.status:
            nothing = Answer(0, error=without.error)
            return WebFacts(reach, without, nothing, {}, None, None, bool(token))
        ready, *private = await asyncio.gather(asking.get("/readyz"), *(asking.get(path) for path in PRIVATE))
        quiet = packed = None
        if without.status != 401 or token:
            symbols = await asking.quiet_symbols(bearer)
            quiet, packed = await asyncio.gather(
                asking.stream(symbols, {**bearer, "accept-encoding": "identity"}, stays=True),
                asking.stream(symbols, {**bearer, "accept-encoding": "gzip"}, stays=False),
            )
    statuses = {path: each.status for path, each in zip(PRIVATE, private, strict=True)}
    return WebFacts(reach, without, ready, statuses, quiet, packed, bool(token))


class _Asking:
    def __init__(self, http: httpx2.AsyncClient, url: str) -> None:
        self._http = http
        self._url = url

    async def get(self, target: str, headers: dict[str, str] | None = None) -> Answer:
        """Return the answer to a request."""
        try:
            async with (
                asyncio.timeout(TIMEOUT),
                self._http.stream(
                    "GET", self._url + target, headers={ASKS: "1", **(headers or {})}
                ) as response,
            ):
                return await _whole(response)
        except _ERRORS as error:
            return Answer(0, error=str(error) or type(error).__name__)

    async def quiet_symbols(self, bearer: dict[str, str]) -> str:
        """Return the symbols of a stream that says nothing, or all where a token does not allow that."""
        if not bearer:
            return QUIET
        allowed = await self.get(f"/v1/symbols?symbols={QUIET}", bearer)
        return "*" if allowed.status == 403 else QUIET

    async def stream(self, symbols: str, headers: dict[str, str], stays: bool) -> StreamSeen:
        """Open a stream; return at `hello`, or if it `stays` after two heartbeats."""
        watch = _Watch(stays)
        target = f"{self._url}/v1/stream?symbols={symbols}&snapshot=false"
        try:
            async with (
                asyncio.timeout(TIMEOUT) as limit,
                self._http.stream(
                    "GET", target, headers={ASKS: "1", **headers}, timeout=httpx2.Timeout(TIMEOUT, read=None)
                ) as response,
            ):
                kind = response.headers.get("content-type", "")
                if response.status_code != 200 or not kind.startswith("text/event-stream"):
                    return StreamSeen(await _whole(response))
                watch.answer = Answer(200, _headers(response))
                async for data in response.aiter_raw():
                    if watch.took(data):
                        break
                    limit.reschedule(asyncio.get_running_loop().time() + watch.left())
                else:
                    watch.end()
        except TimeoutError:
            pass
        except (*_ERRORS, SseError, zlib.error) as error:
            watch.end(str(error) or type(error).__name__)
        return watch.seen()


class _Watch:
    """One stream, while it comes."""

    def __init__(self, stays: bool) -> None:
        self.answer = Answer(0)
        self._stays = stays
        self._began = time.monotonic()
        self._parser = SseParser()
        self._unpack: Any = None
        self._events: list[tuple[float, str]] = []
        self._first: float | None = None
        self._heartbeat = 0.0
        self._ended: float | None = None

    def took(self, data: bytes) -> bool:
        """Take what has come; tell whether enough was seen. Raises SseError, zlib.error."""
        if self.answer.headers.get("content-encoding") == "gzip":
            self._unpack = self._unpack or zlib.decompressobj(31)
            data = self._unpack.decompress(data, MAX_BODY)
        for event in self._parser.feed(data):
            self._events.append((self._age(), event.type.decode("ascii", "replace")))
            if event.type == b"hello" and self._first is None:
                self._first = self._age()
                self._heartbeat = _heartbeat(event.data)
        return self._first is not None and not self._stays

    def left(self) -> float:
        """Return the seconds for which it is watched yet."""
        if self._first is None:
            return max(0.0, TIMEOUT - self._age())
        return max(0.0, min(LONGEST, self._first + 2 * self._heartbeat + 1) - self._age())

    def end(self, error: str = "") -> None:
        """Record that it has ended without us."""
        self._ended = self._age()
        self.answer = self.answer._replace(error=error)

    def seen(self) -> StreamSeen:
        """Return what was seen."""
        return StreamSeen(self.answer, self._first, self._heartbeat, self._events, self._ended)

    def _age(self) -> float:
        return time.monotonic() - self._began


async def _whole(response: httpx2.Response) -> Answer:
    body = bytearray()
    async for data in response.aiter_raw():
        body += data
        if len(body) > MAX_BODY:
            break
    return Answer(response.status_code, _headers(response), bytes(body[:MAX_BODY]))


def _headers(response: httpx2.Response) -> dict[str, str]:
    return {name.lower(): value for name, value in response.headers.items()}


def _heartbeat(hello: bytes) -> float:
    """Return the seconds of a heartbeat that `hello` names; the usual ones if it names none."""
    try:
        return min(60_000, max(100, int(orjson.loads(hello)["heartbeat"]))) / 1000
    except (ValueError, KeyError, TypeError):
        return 5.0


def seen_by_gateway(answer: Answer) -> dict[str, str]:
    """Return how a gateway saw the request: `http`, its version, and `forwarded`; empty: it does not say."""
    pairs = (part.strip().partition("=") for part in answer.headers.get(SEEN, "").split(";"))
    return {name: value for name, _, value in pairs if name}
