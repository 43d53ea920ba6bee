"""A small server that plays a client its scripts, and says what the client did."""

import asyncio
import re
import time
from collections.abc import Callable, Sequence
from contextlib import suppress
from urllib.parse import parse_qs, urlsplit

from tickcast.cli.conform.outcome import Outcome, Report, Verdict
from tickcast.cli.conform.scripts import SCRIPTS, Script, hello

LATEST = 20.0
"""Seconds beyond what it was told after which a client that has not come back will not."""

MAX_HEAD = 64 * 1024
"""Bytes of a request's head, at most."""

_HEAD = (
    b"HTTP/1.1 200 OK\r\ncontent-type: text/event-stream\r\ncache-control: no-store, no-transform\r\n"
    b"access-control-allow-origin: *\r\nconnection: close\r\n\r\n"
)
_WHERE = b"The stream is at /v1/stream.\n"
_NOTHING = (
    b"HTTP/1.1 404 Not Found\r\ncontent-type: text/plain\r\ncontent-length: %d\r\nconnection: close\r\n\r\n%b"
) % (len(_WHERE), _WHERE)
# A page of any origin may be the client: EventSource asks nothing first, and fetch with a header asks this.
_PREFLIGHT = (
    b"HTTP/1.1 204 No Content\r\naccess-control-allow-origin: *\r\naccess-control-allow-headers: *\r\n"
    b"connection: close\r\n\r\n"
)


class Player:
    """Plays `scripts` to one client; each begins when the client comes back."""

    def __init__(self, scripts: Sequence[Script] = SCRIPTS, latest: float = LATEST) -> None:
        self.outcomes: list[Outcome] = []
        self.finished = asyncio.Event()
        self._scripts = scripts
        self._latest = latest
        self._played = 0
        self._ended_at = 0.0
        self._timer: asyncio.TimerHandle | None = None

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """Answer one connection."""
        try:
            head = (await asyncio.wait_for(reader.readuntil(b"\r\n\r\n"), 10)).decode("latin-1")
            method, target = head.split(" ", 2)[:2]
            if method == "OPTIONS":
                writer.write(_PREFLIGHT)
            elif (
                method != "GET" or not urlsplit(target).path.endswith("/v1/stream") or self.finished.is_set()
            ):
                writer.write(_NOTHING)
            else:
                await self._play(head, target, writer)
        except (OSError, ValueError, TimeoutError, asyncio.IncompleteReadError, asyncio.LimitOverrunError):
            pass
        finally:
            writer.close()

    async def _play(self, head: str, target: str, writer: asyncio.StreamWriter) -> None:
        if self._timer is not None:
            self._timer.cancel()
        if self._played:
            self._judge(cursor_in(head, target))
        number = self._played
        self._played += 1
        writer.write(_HEAD)
        if number == len(self._scripts):
            # That of the last one is told; the client may stay.
            writer.write(hello(number))
            await writer.drain()
            self.finished.set()
            return
        script = self._scripts[number]
        for piece in script.pieces(number):
            writer.write(piece)
            await writer.drain()
            # What is written at once would arrive in one piece.
            await asyncio.sleep(0.005)
        self._ended_at = time.monotonic()
        if script.cut:
            # The last bytes have to leave before the reset.
            await asyncio.sleep(0.1)
            writer.transport.abort()
        patience = script.wait / 1000 + self._latest
        self._timer = asyncio.get_running_loop().call_later(patience, self._give_up)

    def _judge(self, cursor: str) -> None:
        number, script = self._played - 1, self._scripts[self._played - 1]
        waited, wanted = time.monotonic() - self._ended_at, script.cursor(number)
        told = f"it came back after {waited:.2f} s with {cursor or 'no cursor'}"
        if cursor != wanted:
            self._tell(script, Verdict.DEVIATES, f"{told}; the last one was {wanted}")
        elif waited < script.wait / 2000:
            self._tell(script, Verdict.DEVIATES, f"{told}; it was told {script.wait} ms")
        else:
            self._tell(script, Verdict.KEEPS, told)

    def _give_up(self) -> None:
        self._tell(self._scripts[self._played - 1], Verdict.DEVIATES, "it did not come back")
        self.finished.set()

    def _tell(self, script: Script, verdict: Verdict, what: str) -> None:
        self.outcomes.append(Outcome(script.name, verdict, what, script.rule))

    def report(self) -> Report:
        """Return what was seen; what was not played is unchecked."""
        rest = self._scripts[len(self.outcomes) :]
        left = [Outcome(each.name, Verdict.UNCHECKED, "it was not played", each.rule) for each in rest]
        return Report("client", [*self.outcomes, *left])


def cursor_in(head: str, target: str) -> str:
    """Return the cursor that a request has, by header or address."""
    field = re.search(r"(?im)^last-event-id:[ \t]*([^\r\n]*)", head)
    if field:
        return field[1].strip()
    return (parse_qs(urlsplit(target).query).get("lastEventId") or [""])[-1]


async def check_client(
    host: str, port: int, *, within: float, listening: Callable[[str], None], latest: float = LATEST
) -> Report:
    """Play one client all scripts; `listening` is called with the address. Raises OSError for the port.

    A client that has not come within so many seconds is not checked; one that has not come back `latest`
    seconds after it was told to does not.
    """
    player = Player(latest=latest)
    server = await asyncio.start_server(player.serve, host, port, limit=MAX_HEAD)
    async with server:
        listening(f"http://{host}:{server.sockets[0].getsockname()[1]}")
        with suppress(TimeoutError):
            await asyncio.wait_for(player.finished.wait(), within)
    return player.report()
