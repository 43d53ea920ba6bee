"""The server that is put through the checks: how it is asked, and what of it all of them know."""

import ssl
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import httpx2

from tickcast.cli.conform.line import OPENING, Line, Told, opened
from tickcast.cli.conform.outcome import Deviation, Unchecked
from tickcast.cli.trust import NOT_OURS, failure

MOST = 20
"""Symbols that are followed, at most."""

NOBODYS = "TICKCAST-CONFORM"
"""A symbol that nobody publishes."""


class Subject:
    """A server. `symbols` are those that the checks follow."""

    def __init__(
        self,
        http: httpx2.AsyncClient,
        tls: ssl.SSLContext,
        url: str,
        *,
        token: str = "",
        origin: str = "",
        seconds: float = 10.0,
        listens: float = 3.0,
    ) -> None:
        self.url = url
        self.tls = tls
        self.token = token
        self.origin = origin
        self.seconds = seconds
        """How long a check waits for ticks."""
        self.listens = listens
        """Seconds for which a stream of every tick is followed."""
        self.symbols: list[str] = []
        self.heard: list[list[Told]] = []
        """The events of every stream that was opened."""
        self._http = http

    @property
    def bearer(self) -> dict[str, str]:
        """The field that proves who asks, if there is a token."""
        return {"authorization": f"Bearer {self.token}"} if self.token else {}

    async def choose(self, named: list[str]) -> None:
        """Choose the symbols to follow: those that are named, else those with the newest ticks.

        Raises Deviation if the server has no stream, or does not say which symbols there are.
        """
        if named:
            self.symbols = named
            async with self.stream(symbols=self.wanted()):
                return
        answer = await self.ask("GET", "/v1/snapshot")
        document = json_of(answer)
        if answer.status_code in (401, 403):
            raise Deviation(f"it is answered {answer.status_code}: say by which token to ask (--token FILE)")
        if answer.status_code == 404:
            raise Deviation(f"GET /v1/snapshot is answered 404: {NOT_OURS}")
        if answer.status_code != 200 or not isinstance(document, dict):
            raise Deviation(f"GET /v1/snapshot is answered {answer.status_code}; name symbols (--symbols)")
        ticks = [tick for tick in document.get("ticks") or () if isinstance(tick, dict) and "S" in tick]
        ticks.sort(key=lambda tick: tick.get("t") or 0, reverse=True)
        self.symbols = [str(tick["S"]) for tick in ticks[:MOST]]

    def wanted(self) -> str:
        """Return the symbols as a stream is asked for them. Raises Unchecked if there are none."""
        if not self.symbols:
            raise Unchecked("the feed has no symbols")
        return ",".join(self.symbols)

    async def ask(
        self, method: str, path: str, headers: dict[str, str] | None = None, **request: Any
    ) -> httpx2.Response:
        """Return the whole answer. Raises Deviation if there is none."""
        try:
            return await self._http.request(
                method, self.url + path, headers={**self.bearer, **(headers or {})}, **request
            )
        except httpx2.HTTPError as error:
            raise Deviation(f"{method} {path} failed: {failure(error)}") from None

    @asynccontextmanager
    async def stream(
        self, headers: dict[str, str] | None = None, *, method: str = "GET", body: Any = None, **params: Any
    ) -> AsyncIterator[Line]:
        """Open a stream, and keep what comes for the checks of all events."""
        fields = {"accept-encoding": "identity", **self.bearer, **(headers or {})}
        more: dict[str, Any] = {} if body is None else {"json": body}
        async with opened(
            self._http, method, f"{self.url}/v1/stream", params=params, headers=fields, **more
        ) as line:
            self.heard.append(line.events)
            yield line


async def hello_of(line: Line) -> dict[str, Any]:
    """Return the data of `hello`. Raises Deviation if it does not come."""
    hello = (await line.expect("hello", OPENING)).data
    if not isinstance(hello, dict):
        raise Deviation("the data of hello is no object")
    return hello


async def ticking(line: Line, count: int, seconds: float) -> list[Told]:
    """Return the next `count` tick events of a stream. Raises Unchecked if too few come."""
    ticks: list[Told] = []
    while len(ticks) < count:
        told = await line.take(lambda event: event.name == "tick", seconds)
        if told is None:
            raise Unchecked(f"only {len(ticks)} ticks came within {seconds:g} s")
        ticks.append(told)
    return ticks


def json_of(answer: httpx2.Response) -> Any:
    """Return the body as JSON; None if it is none."""
    try:
        return answer.json()
    except ValueError:
        return None


def key(told: Told) -> tuple[str, int]:
    """Return symbol and `q` of a tick event."""
    tick = told.data if isinstance(told.data, dict) else {}
    return str(tick.get("S")), int(tick.get("q") or 0)
