"""Newcomers of the crowd: one after the other opens a stream, and notes how long it waits for its prices."""

import asyncio
import re
import time
from collections import defaultdict
from contextlib import suppress

PAUSE = 0.5
"""Seconds between two of them."""

PATIENCE = 30.0
"""Seconds after which a newcomer gives up."""


class Newcomers:
    """Those that come while this runs."""

    def __init__(self, host: str, port: int, symbols: list[str]) -> None:
        self.phase = ""
        self.waits: defaultdict[str, list[int]] = defaultdict(list)
        """µs from the first byte that each sent until it had its prices, by phase."""
        self.turned_away = 0
        """Those that got no prices: refused, put off, cut, or too late."""
        self._host, self._port = host, port
        target = f"/v1/stream?symbols={','.join(symbols)}"
        self._request = f"GET {target} HTTP/1.1\r\nHost: localhost\r\n\r\n".encode()

    async def run(self) -> None:
        """Let them come until cancelled."""
        while True:
            await self._come()
            await asyncio.sleep(PAUSE)

    async def _come(self) -> None:
        phase, began = self.phase, time.monotonic()
        with suppress(OSError, asyncio.IncompleteReadError, TimeoutError):
            async with asyncio.timeout(PATIENCE):
                reader, writer = await asyncio.open_connection(self._host, self._port)
                try:
                    writer.write(self._request)
                    if await _gets_prices(reader):
                        self.waits[phase].append(int((time.monotonic() - began) * 1e6))
                        return
                finally:
                    writer.transport.abort()
        self.turned_away += 1


async def _gets_prices(reader: asyncio.StreamReader) -> bool:
    head = await reader.readuntil(b"\r\n\r\n")
    if not re.match(rb"HTTP/1\.1 200 ", head):
        return False
    seen = b""
    while b"event: snapshot\n" not in seen:
        data = await reader.read(1 << 16)
        if not data:
            return False
        # The name of the event may come in two reads.
        seen = seen[-20:] + data
    return True
