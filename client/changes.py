"""The list of a stream: what the program wants, what the open stream has, and how one becomes the other."""

import asyncio
from collections.abc import Callable, Iterable

from tickcast.client.errors import StreamRefusedError
from tickcast.client.patch import changes, send
from tickcast.client.server import Server
from tickcast.client.tokens import Tokens


class Changes:
    """Changes of one stream, over all its connections."""

    def __init__(
        self, server: Server, tokens: Tokens, wanted: Iterable[str], start_over: Callable[[], None]
    ) -> None:
        """`start_over` opens another stream with all that is wanted, where this one cannot be changed."""
        self._server, self._tokens, self._start_over = server, tokens, start_over
        self._wanted = dict.fromkeys(wanted)
        self._folds = False
        self._stream = ""
        """Id of the open stream; empty: none is open."""
        self._asked: set[str] = set()
        """Its list, with the changes that a gateway has taken and that the stream has not announced yet."""
        self._changing = asyncio.Lock()

    @property
    def wanted(self) -> list[str]:
        """The entries that the program wants, in its order."""
        return [*self._wanted]

    def fold(self) -> None:
        """Write all entries in upper case from now on, as the feed does."""
        self._folds = True
        self._wanted = dict.fromkeys(map(self._folded, self._wanted))

    def begin(self, stream: str, entries: set[str]) -> None:
        """A stream is open, with these entries."""
        self._stream, self._asked = stream, entries

    def end(self) -> None:
        """No stream is open."""
        self._stream = ""

    async def change(self, add: Iterable[str], drop: Iterable[str]) -> None:
        """Change the list; return when a gateway has taken that, or at once while no stream is open.

        Raises StreamRefusedError if a gateway refuses it; then nothing has changed. ValueError if nothing
        would be left.
        """
        async with self._changing:
            before, gone = self._wanted, set(map(self._folded, drop))
            wanted = dict.fromkeys(entry for entry in before if entry not in gone)
            wanted |= dict.fromkeys(map(self._folded, add))
            if not wanted:
                raise ValueError("symbols: nothing would be left, which means all; close the stream instead")
            self._wanted = wanted
            try:
                await self._reconcile()
            except StreamRefusedError:
                self._wanted = before
                raise

    async def mend(self) -> None:
        """Add what the stream was opened without, and drop what was dropped meanwhile.

        Raises StreamRefusedError if a gateway refuses it.
        """
        async with self._changing:
            await self._reconcile()

    async def _reconcile(self) -> None:
        stream = self._stream
        if not stream:
            return
        add = [entry for entry in self._wanted if entry not in self._asked]
        drop = sorted(self._asked.difference(self._wanted))
        for change in changes(add, drop):
            reply = await send(self._server, stream, change, self._tokens.current)
            if stream != self._stream:
                # The next one is opened with what is wanted.
                return
            if reply.is_refused:
                raise reply.error()
            if reply.status != 200:
                self._start_over()
                return
            self._asked = self._asked.difference(change["drop"]).union(change["add"])

    async def show(self, token: str) -> int:
        """Show a gateway the new token of the open stream; return the status of the answer, 0 without one."""
        stream = self._stream
        return (await send(self._server, stream, {"token": token}, token)).status if stream else 0

    def _folded(self, entry: str) -> str:
        return entry.upper() if self._folds else entry
