"""The file with the gateways' key: its first line signs, and what other lines have signed is good too.

It is read again when it has changed: a key that is no longer there proves no message from then on. So a key
is replaced without a hole: add the new one as a second line, let it be the first when all gateways have that,
and take out the old one when all sign by the new.
"""

import asyncio
from pathlib import Path

import structlog

from tickcast.gateway.streams.cluster_key import ClusterKey
from tickcast.runtime.files import stamp
from tickcast.runtime.key_file import read_keys

LOOK = 1.0
"""Seconds between two looks at the file."""

log = structlog.get_logger()


class KeyFile:
    """Keeps the key of this gateway the same as that in its file."""

    def __init__(self, path: Path, key: ClusterKey) -> None:
        """Read the file. Raises ValueError, which shows no key."""
        self._path = path
        self._key = key
        self._stamp = stamp(path)
        self._trouble = ""
        key.take(read_keys(path))

    async def run(self) -> None:
        """Follow the file until cancelled."""
        while True:
            await asyncio.sleep(LOOK)
            self.look()

    def look(self) -> None:
        """Read the file if it has changed; the old keys stay if it cannot be read."""
        found = stamp(self._path)
        if found == self._stamp:
            return
        try:
            keys = read_keys(self._path)
        except ValueError as error:
            if str(error) != self._trouble:
                self._trouble = str(error)
                log.error(
                    "the file of the gateways' key cannot be used; the old key stays in use", error=str(error)
                )
            return
        self._stamp, self._trouble = found, ""
        self._key.take(keys)
        log.info("the gateways' key was read again", keys=len(keys))
