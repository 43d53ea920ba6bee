"""The keys that are valid now: read again when they change, without a restart."""

import asyncio
import time
from collections.abc import Callable

import structlog

from tickcast.access.errors import KeysError
from tickcast.access.key_files import KeyFiles, KeyUrl
from tickcast.access.keys import Keys

LOOK = 1.0
"""Seconds between two looks at files."""

RENEW = 60.0
"""Seconds between two readings of a URL."""

UNKNOWN = 10.0
"""Seconds between two readings of a URL because of a key that is not known, at least; LOOK for files."""

log = structlog.get_logger()


class Keyring:
    """The keys of one source. If it cannot be read, those of before stay."""

    def __init__(self, source: KeyFiles | KeyUrl) -> None:
        self.keys = Keys()
        self.failures = 0
        """Readings that failed."""
        self.on_change: Callable[[], None] = lambda: None
        """Called after the keys have changed."""
        self._source = source
        self._read = 0.0
        self._trouble = ""
        self._lock = asyncio.Lock()

    async def load(self) -> None:
        """Read the keys for the first time. Raises KeysError, also if there are none."""
        await self._take()
        if not len(self.keys):
            raise KeysError("there is no key, so nobody could read anything")

    async def run(self) -> None:
        """Follow the source until cancelled."""
        while True:
            await asyncio.sleep(LOOK if isinstance(self._source, KeyFiles) else RENEW)
            await self.renew()

    async def renew(self) -> None:
        """Read the keys again; say once if they cannot be read."""
        async with self._lock:
            await self._renew()

    async def _renew(self) -> None:
        try:
            await self._take()
        except KeysError as error:
            self.failures += 1
            if str(error) != self._trouble:
                self._trouble = str(error)
                log.error("keys not renewed; those of before stay valid", error=self._trouble)
        else:
            if self._trouble:
                self._trouble = ""
                log.info("keys can be read again")

    async def renew_for_unknown(self) -> None:
        """Read the keys again because a token names one that is not known, but not too often."""
        async with self._lock:
            pause = LOOK if isinstance(self._source, KeyFiles) else UNKNOWN
            # Who waited meanwhile is served by the same reading.
            if time.monotonic() - self._read > pause:
                await self._renew()

    async def _take(self) -> None:
        try:
            keys = await self._source.read()
        finally:
            self._read = time.monotonic()
        if keys is None or {*keys} == {*self.keys}:
            return
        before, self.keys = self.keys, keys
        if len(before):
            log.info("keys have changed", keys=sorted(key.id for key in keys))
        self.on_change()
