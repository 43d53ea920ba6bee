"""Clients of one gateway that keep every byte they get, while a script tells the feed what to publish."""

from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from typing import Any

from tests.support.described import check_event
from tests.support.event_stream import EventStream, answer_of, asked
from tests.support.eventually import eventually
from tests.support.local_gateway import local_gateway
from tests.support.recording import dump, events_text, head_text, value
from tests.support.scripted_feed import ScriptedFeed, scripted_feed

SILENT = 60_000
"""Heartbeat of the gateways, ms: none comes unasked, however busy the machine is."""


class Script:
    """The feed, the clients by name, and what has been recorded of plain requests."""

    def __init__(self, url: str, feed: ScriptedFeed | None, sockets: AsyncExitStack) -> None:
        self._feed = feed
        self._url = url
        self._sockets = sockets
        self._clients: dict[str, EventStream] = {}
        self._requests: dict[str, str] = {}
        self._answers: list[str] = []
        self._hung_up: set[str] = set()

    @property
    def feed(self) -> ScriptedFeed:
        """Return the feed; a gateway without one has none."""
        assert self._feed is not None
        return self._feed

    async def open(self, name: str, target: str, *headers: str, first: int = 2) -> EventStream:
        """Open a stream, and take its `first` events: hello and snapshot."""
        lines = [line.encode("latin-1") for line in headers]
        client = await self._sockets.enter_async_context(asked(self._url, target, *lines))
        self._clients[name] = client
        self._requests[name] = "".join(f"{line}\n" for line in (f"GET {target}", *headers))
        for _ in range(first):
            await client.next()
        return client

    async def seen(self, symbol: str, q: int) -> None:
        """Wait until the gateway has this tick: who comes from now on finds it."""

        async def newest() -> bool:
            answer = await answer_of(self._url, f"/v1/snapshot?symbols={symbol}")
            return f'"q":{q},'.encode() in answer.body

        await eventually(newest)

    async def take(self, counts: dict[str, int]) -> None:
        """Wait until each client has so many more events."""
        for name, count in counts.items():
            for _ in range(count):
                await self._clients[name].next()

    def cursor(self, name: str, back: int = 0) -> str:
        """Return the id of the last event that a client took, or of that many before it."""
        return self._clients[name].seen[-1 - back].id.decode()

    def hang_up(self, name: str) -> None:
        """Let a client go."""
        self._hung_up.add(name)
        self._clients[name].close()

    async def change(self, name: str, body: str, changing: tuple[str, ...] = ("stream",)) -> None:
        """Change the stream of a client; the answer is recorded."""
        stream = value(self._clients[name].seen[0].data)["stream"]
        shown = "/v1/streams/<stream>"
        await self.ask(f"/v1/streams/{stream}", method="PATCH", body=body, shown=shown, changing=changing)

    async def ask(
        self,
        target: str,
        *headers: str,
        method: str = "GET",
        body: str = "",
        exact: bool = False,
        shown: str = "",
        changing: tuple[str, ...] = ("stream",),
        version: str = "1.1",
    ) -> EventStream:
        """Record a plain request and its answer, JSON byte for byte if `exact`, else as a value."""
        lines = [line.encode("latin-1") for line in headers]
        answer = await answer_of(
            self._url, target, *lines, method=method, body=body.encode(), version=version
        )
        request = [
            f"{method} {shown or target}{'' if version == '1.1' else ' HTTP/' + version}",
            *headers,
            *([body] if body else []),
        ]
        self._answers.append(
            "".join(f"{line}\n" for line in request) + "\n" + _answer(answer, exact, changing)
        )
        return answer

    async def finish(self) -> None:
        """Take what comes until the gateway has ended every stream; each event is as it is described."""
        for name in self._clients.keys() - self._hung_up:
            await self._clients[name].finish()
        for client in self._clients.values():
            for event in client.seen:
                check_event(event)

    def text(self) -> str:
        """Return everything that was recorded."""
        parts = [f"# stream: {name}\n{self._stream(name)}" for name in self._clients]
        parts += [f"# request\n{answer}" for answer in self._answers]
        return "\n".join(parts)

    def _stream(self, name: str) -> str:
        client = self._clients[name]
        text, end = bytes(client.text), "(ended)" if client.complete else "(cut off)"
        if name in self._hung_up:
            # What came behind the events that it took is a matter of time.
            taken = text.split(b"\n\n")[: len(client.seen)]
            text, end = b"\n\n".join([*taken, b""]), "(hung up)"
        return f"{self._requests[name]}\n{head_text(client.status, client.fields)}{events_text(text)}{end}\n"


def _answer(answer: EventStream, exact: bool, changing: tuple[str, ...]) -> str:
    if exact or not answer.body:
        return head_text(answer.status, answer.fields) + answer.body.decode() + "\n"
    # As a value it may be written in more or fewer bytes.
    head = head_text(answer.status, answer.fields, ["content-length"])
    text = head + dump(value(answer.body, changing), indent=1) + "\n"
    # Starlette keeps the methods of a route in a set, whose order differs from process to process.
    return text.replace("HEAD, GET", "GET, HEAD")


@asynccontextmanager
async def script(url: str, partitions: int = 1, case: str = "", **settings: Any) -> AsyncIterator[Script]:
    """Run a gateway that follows a scripted feed; at the end it drains, and every stream is read out."""
    known = {"heartbeat": SILENT, "gateway_id": "recorded", **settings}
    async with AsyncExitStack() as sockets:
        feed = await sockets.enter_async_context(scripted_feed(url, partitions, case))
        async with local_gateway(url, partitions=partitions, **known) as gateway:

            async def instruments() -> bool:
                return b"Beta" in (await answer_of(gateway.url, "/v1/symbols")).body

            await eventually(instruments)
            made = Script(gateway.url, feed, sockets)
            yield made
        await made.finish()
