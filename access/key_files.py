"""Where keys come from: a file with a JWK set, a folder of them, or a URL."""

import asyncio
from collections.abc import Mapping
from pathlib import Path
from urllib.parse import urlsplit

from tickcast.access.errors import KeysError
from tickcast.access.keys import MAX_BYTES, Key, Keys, parse_keys

MAX_FILES = 100
"""Files in a folder of keys, at most."""

PUBLIC = ".pub"
"""How files with public keys are named."""

TIMEOUT = 10.0
"""Seconds within which a URL must answer."""

LOOPBACK = ("127.0.0.1", "::1", "localhost")
"""Hosts from which keys may come without TLS."""


class KeyFiles:
    """Reads the keys of a file or a folder, when it has changed."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._read: Mapping[Path, tuple[int, int, int]] = {}

    async def read(self) -> Keys | None:
        """Return the keys; None if nothing has changed since. Raises KeysError."""
        return await asyncio.to_thread(self._read_changed)

    def _read_changed(self) -> Keys | None:
        try:
            files = self._files()
            states = {path: _state(path) for path in files}
            if states == self._read:
                return None
            keys = Keys([key for path in files for key in _keys_in(path)])
        except OSError as error:
            raise KeysError(f"{self._path} cannot be read: {error.strerror}") from None
        self._read = states
        return keys

    def _files(self) -> list[Path]:
        if not self._path.is_dir():
            return [self._path]
        # Kubernetes keeps the folders that its links point to beside them, with names that begin with a dot.
        found = sorted(each for each in self._path.iterdir() if each.is_file() and each.name[0] != ".")
        if not found:
            raise KeysError(f'{self._path} has no file; a set without keys is {{"keys": []}}')
        if len(found) > MAX_FILES:
            raise KeysError(f"{self._path} has {len(found)} files; at most {MAX_FILES} are allowed")
        return found


class KeyUrl:
    """Reads the keys at a URL."""

    def __init__(self, url: str) -> None:
        self._url = url

    async def read(self) -> Keys | None:
        """Return the keys. Raises KeysError."""
        import httpx2  # only here: a gateway with a file of keys needs none of it

        try:
            async with (
                asyncio.timeout(TIMEOUT),
                httpx2.AsyncClient(timeout=TIMEOUT, follow_redirects=False) as client,
                client.stream("GET", self._url, headers={"accept": "application/json"}) as response,
            ):
                if response.status_code != 200:
                    raise KeysError(f"its URL answers {response.status_code}")
                body = bytearray()
                async for chunk in response.aiter_bytes():
                    body += chunk
                    if len(body) > MAX_BYTES:
                        raise KeysError(f"its URL answers more than {MAX_BYTES} bytes")
        except (httpx2.HTTPError, TimeoutError) as error:
            raise KeysError(f"its URL cannot be read: {type(error).__name__}") from None
        return Keys(parse_keys(bytes(body)))


def source_of(where: str) -> KeyFiles | KeyUrl:
    """Return the source that a setting names. Raises KeysError."""
    if "://" not in where:
        return KeyFiles(Path(where))
    parts = urlsplit(where)
    if parts.scheme != "https" and not (parts.scheme == "http" and parts.hostname in LOOPBACK):
        raise KeysError("keys come from a file, a folder, or an https URL")
    return KeyUrl(where)


def _state(path: Path) -> tuple[int, int, int]:
    found = path.stat()
    return found.st_ino, found.st_mtime_ns, found.st_size


def _keys_in(path: Path) -> list[Key]:
    try:
        with path.open("rb") as file:
            keys = parse_keys(file.read(MAX_BYTES + 1))
            if path.suffix == PUBLIC and any(key.algorithm == "HS256" for key in keys):
                raise KeysError(
                    "it is named as a public key, but one for HS256 signs as well as it proves; "
                    "name it otherwise, and keep it to yourself"
                )
            return keys
    except KeysError as error:
        raise KeysError(f"{path.name}: {error}") from None
