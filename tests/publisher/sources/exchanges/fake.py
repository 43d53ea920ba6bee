"""A fake exchange on 127.0.0.1 that misbehaves when it is told to."""

import asyncio
import json
import random
from contextlib import suppress
from http import HTTPStatus

from websockets.asyncio.server import Server, ServerConnection, serve
from websockets.exceptions import ConnectionClosed
from websockets.http11 import Request, Response

from tests.publisher.sources.exchanges.dialects import Dialect
from tests.publisher.sources.exchanges.market import START, Made
from tests.support.ports import free_port

STEP = 0.02
"""Seconds between two rounds of messages."""
BEAT = 0.15
"""Seconds between two heartbeats."""


class Line:
    """A connection of a client."""

    def __init__(self, connection: ServerConnection) -> None:
        self.connection = connection
        self.subscribed: set[str] = set()
        self.held: str | None = None

    async def send(self, text: str | bytes) -> None:
        with suppress(ConnectionClosed):
            await self.connection.send(text)


class FakeExchange:
    """Serves one dialect. `fault` names what it does wrong just now."""

    def __init__(self, dialect: Dialect, seed: int = 1, rate: float = 6.0) -> None:
        """`rate` is messages a second of the hour."""
        self.dialect = dialect
        self.port = free_port()
        self.url = f"ws://127.0.0.1:{self.port}/stream"
        self.fault = ""
        self.muted = ""
        """The symbol that is mute, by the exchange's name."""
        self.retry_after: str | None = None
        self.attempts: list[float] = []
        """When somebody has tried to connect, by the clock of the loop."""
        self.commands: list[str] = []
        self.now = START
        self._rng = random.Random(seed)
        self._rate = rate
        self._lines: set[Line] = set()
        self._server: Server | None = None
        self._round(self.now, 10 * len(dialect.names))

    @property
    def open(self) -> int:
        return len(self._lines)

    async def start(self) -> None:
        self._server = await serve(
            self._serve,
            "127.0.0.1",
            self.port,
            process_request=self._admit,
            ping_interval=None,
            close_timeout=0.1,
        )

    async def stop(self) -> None:
        assert self._server is not None
        self._server.close()
        await self._server.wait_closed()

    async def close_all(self, code: int = 1001) -> None:
        for line in [*self._lines]:
            await line.connection.close(code, "bye")

    async def say_goodbye(self) -> None:
        """Announce the end of all connections, as this exchange does."""
        if (text := self.dialect.goodbye()) is not None:
            for line in [*self._lines]:
                await line.send(text)

    async def run(self, hour: float) -> None:
        """Make the traffic of an hour in each `hour` seconds, until it is cancelled."""
        loop = asyncio.get_running_loop()
        began = beaten = loop.time()
        owed = 0.0
        at = began
        while True:
            await asyncio.sleep(STEP)
            step, at = loop.time() - at, loop.time()
            self.now = START + round((at - began) / hour * 3600e6)
            owed += step / hour * 3600 * self._rate
            number, owed = int(owed), owed % 1
            for name, text in self._round(self.now, number):
                await self._tell(name, text)
            if at - beaten > BEAT:
                beaten = at
                await self._beat()

    def _round(self, now: int, number: int) -> list[tuple[str, str]]:
        found = []
        names = sorted(self.dialect.names)
        for each in range(number):
            name = names[each % len(names)] if number > 2 * len(names) else self._rng.choice(names)
            symbol = self.dialect.names[name]
            if not symbol.trades or (symbol.quotes and self._rng.random() < 0.4):
                found.append((name, self.dialect.trade(name, symbol.trade(now + each, self._rng))))
            else:
                found.append((name, self.dialect.quote(name, symbol.quote(now + each, self._rng))))
        return found

    async def _admit(self, connection: ServerConnection, request: Request) -> Response | None:
        self.attempts.append(asyncio.get_running_loop().time())
        if self.fault != "429":
            return None
        response = connection.respond(HTTPStatus.TOO_MANY_REQUESTS, "slow down\n")
        if self.retry_after is not None:
            response.headers["Retry-After"] = self.retry_after
        return response

    async def _serve(self, connection: ServerConnection) -> None:
        line = Line(connection)
        self._lines.add(line)
        try:
            async for text in connection:
                assert isinstance(text, str)
                self.commands.append(text)
                if self.fault != "mute":
                    for answer in self.dialect.answer(json.loads(text), line.subscribed):
                        if not (self.muted and f'"{self.muted}"' in answer):
                            await line.send(answer)
        except ConnectionClosed:
            pass
        finally:
            self._lines.discard(line)

    async def _beat(self) -> None:
        if self.fault == "mute":
            return
        for line in [*self._lines]:
            for text in self.dialect.beats(line.subscribed - {self.muted}):
                await line.send(text)

    async def _tell(self, name: str, text: str) -> None:
        if self.fault in ("mute", "beats only") or name == self.muted:
            return
        for line in [each for each in self._lines if name in each.subscribed]:
            await self._send(line, text)

    async def _send(self, line: Line, text: str) -> None:
        chance = self._rng.random()
        if self.fault == "drop" and chance < 0.3:
            return
        if self.fault == "reorder" and line.held is None and chance < 0.3:
            line.held = text
            return
        await line.send(text)
        if line.held is not None:
            held, line.held = line.held, None
            await line.send(held)
        if self.fault == "repeat" and chance < 0.5:
            await line.send(text)
        if self.fault == "rubbish" and chance < 0.3:
            await line.send(self._rng.choice(RUBBISH))
        if self.fault == "huge" and chance < 0.05:
            await line.send("[" + "9" * 5_000_000 + "]")
        if self.fault == "numbers" and chance < 0.5:
            await line.send(self.odd(self._rng))

    def odd(self, rng: random.Random) -> str:
        """Return a trade or quote that has the right form but a number that nobody can mean."""
        name = rng.choice(sorted(self.dialect.names))
        bad = rng.choice(["NaN", "Infinity", "-5", "1e999", "0", "9" * 40, "0x10", "1,5", "", "١"])
        if rng.random() < 0.5:
            bad = bad if bad != "0" else "-0.5"  # a quote of nothing says that nobody quotes
            odd = Made(10**9, self.now, bad, "1.5", bad, "1.5")
            return self.dialect.quote(name, odd)
        good = Made(10**9, self.now, "1.25", "1.5", "1.26", "1.5")
        made = rng.choice([good._replace(price=bad), good._replace(size=bad)])
        return self.dialect.trade(name, made)


RUBBISH: list[str | bytes] = [
    "",
    "{",
    "null",
    "[]",
    "7",
    '"text"',
    "[" * 5000,
    b"\xff\xfe\x00",
    '{"type":"ticker"}',
    '{"type":"match","product_id":{}}',
    '{"type":7}',
    '{"type":"brand_new","product_id":"BTC-USD"}',
    '{"channel":"trade","data":[7]}',
    '{"channel":"ticker","data":{}}',
    '{"method":"subscribe","success":true}',
    '{"stream":"btcusdt@bookTicker","data":[]}',
    '{"e":"aggTrade","s":"NOBODY","a":1,"T":1700000000000,"p":"1","q":"1"}',
    '{"e":"aggTrade"}',
    '{"channels":5,"type":"subscriptions"}',
]
