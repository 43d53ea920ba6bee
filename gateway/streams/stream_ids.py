"""The id of a stream: which gateway has it, its secret token, and the proof that a gateway made it.

    HOLDER TOKEN MAC        8, 22 and 11 characters of base64url, with nothing between

HOLDER is the address of the gateway among the others (`address_of`), which does not tell its name. Whoever
knows the id may change the stream. A forged id is found out by the MAC, so no other gateway has to be asked.
"""

import hmac
import re
from base64 import urlsafe_b64encode
from hashlib import sha256
from typing import NamedTuple

from tickcast.gateway.streams.cluster_key import ClusterKey

HOLDER, MAC = 8, 11
"""Characters of an address and of a MAC: 48 and 66 bits."""

ADDRESS = r"[A-Za-z0-9_-]{8}"
"""The address of a gateway, as a regular expression."""

PATTERN = r"[A-Za-z0-9_-]{20,83}"
"""Regular expression of an id."""

_ID = re.compile(PATTERN)


class Named(NamedTuple):
    """What an id names."""

    holder: str
    """The address of the gateway that has the stream."""
    token: str
    """The stream's secret."""


def address_of(gateway_id: str) -> str:
    """Return the address of a gateway, the same for all that have the same id."""
    return _text(sha256(b"gateway " + gateway_id.encode("ascii")).digest())[:HOLDER]


class StreamIds:
    """Makes and reads the ids of streams."""

    def __init__(self, key: ClusterKey, gateway_id: str) -> None:
        """`gateway_id` is that of the gateway whose streams get ids."""
        self.address = address_of(gateway_id)
        self._key = key

    def of(self, token: str) -> str:
        """Return the id of a stream of this gateway."""
        named = self.address + token
        return named + _text(self._key.sign(b"stream", named.encode("ascii")))[:MAC]

    def named_by(self, text: str) -> Named | None:
        """Return what an id names; None if no gateway of this feed has made it."""
        if not _ID.fullmatch(text):
            return None
        named, mac = text[:-MAC], text[-MAC:]
        for each in self._key.signed(b"stream", named.encode("ascii")):
            if hmac.compare_digest(mac, _text(each)[:MAC]):
                return Named(named[:HOLDER], named[HOLDER:])
        return None


def _text(data: bytes) -> str:
    return urlsafe_b64encode(data).rstrip(b"=").decode("ascii")
