"""A gateway that asks for tokens, and the issuer of them."""

import os
from pathlib import Path
from typing import Any

from tests.access.issuer import AUDIENCE, ISSUER, IssuerKey, jwks
from tests.support.event_stream import EventStream

PATH_NAME = "keys.json"

SYMBOLS = ("A", "B", "BA", "BB", "C")
"""What there is at the gateway of `tests/gateway/http/conftest.py`."""


async def names(stream: EventStream) -> list[str]:
    """Return the symbols of the snapshot that comes next."""
    return [tick["S"] for tick in await stream.expect("snapshot")]


class Door:
    """The keys that a gateway takes, in a file that it watches."""

    def __init__(self, folder: Path) -> None:
        self.key = IssuerKey("ES256")
        self.path = folder / PATH_NAME
        self.put(self.key)

    def put(self, *keys: IssuerKey) -> None:
        """Replace the keys."""
        new = self.path.with_name(".new")
        new.write_bytes(jwks(*keys))
        os.replace(new, self.path)

    @property
    def settings(self) -> dict[str, Any]:
        """Return the settings of a gateway that asks for tokens."""
        return {"auth_keys": str(self.path), "auth_issuer": ISSUER, "auth_audience": AUDIENCE}

    def token(self, *symbols: str, sub: str = "me", exp: float | None = None, **ours: Any) -> str:
        """Return a token for these symbols; `exp` in seconds since the epoch."""
        times = {} if exp is None else {"exp": exp}
        return self.key.token(sub=sub, tickcast={"symbols": [*symbols], **ours}, **times)

    def header(self, *symbols: str, **claims: Any) -> bytes:
        """Return the header with a token."""
        return b"authorization: Bearer " + self.token(*symbols, **claims).encode()
