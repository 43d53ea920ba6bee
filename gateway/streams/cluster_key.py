"""The key that the gateways of a feed share: what it signs comes from one of them."""

import hmac
import secrets
from collections.abc import Iterator, Sequence
from hashlib import sha256

from tickcast.runtime.key_file import KEY_BYTES

MARK = b"mark"
"""The purpose of a signature that only tells whether two gateways have the same key."""

KEPT = 4
"""Keys that are kept at least: one that was replaced has signed the ids of open streams."""


class ClusterKey:
    """Signs by the newest key, and knows what any of the last ones has signed.

    A key that was taken back is good for ids alone, since open streams have them: messages it proves no more.
    """

    def __init__(self, key: bytes | None = None) -> None:
        """Without a `key` begin with one that no other gateway has."""
        self._keys = [key or secrets.token_bytes(KEY_BYTES)]
        self._former: list[bytes] = []
        """Keys that were taken back, the latest first."""

    @property
    def newest(self) -> bytes:
        """The key that signs."""
        return self._keys[0]

    def replace(self, key: bytes) -> None:
        """Sign by another key from now on."""
        if key != self._keys[0]:
            self._keys = [key, *(each for each in self._keys if each != key)][:KEPT]

    def take(self, keys: Sequence[bytes]) -> None:
        """Sign by the first of some keys from now on; what the others have signed is good as well.

        All keys before that are not among them are taken back.
        """
        held = dict.fromkeys([*self._keys, *self._former])
        self._former = [each for each in held if each not in keys][: max(0, KEPT - len(keys))]
        self._keys = [*keys]

    def sign(self, purpose: bytes, *parts: bytes) -> bytes:
        """Return the MAC of some parts, 32 bytes; what is signed for a purpose is no proof for another."""
        return next(_macs(self._keys, purpose, *parts))

    def marks(self) -> list[str]:
        """Return a digest of each key that was not taken back, the one that signs first."""
        return [mac.hex()[:12] for mac in _macs(self._keys, MARK)]

    def signed(self, purpose: bytes, *parts: bytes) -> Iterator[bytes]:
        """Yield the MAC of some parts by each key, the newest first, and by those that were taken back."""
        return _macs([*self._keys, *self._former], purpose, *parts)

    def has_signed(self, mac: bytes, purpose: bytes, *parts: bytes) -> bool:
        """Tell whether `mac` is the MAC of these parts by a key that was not taken back."""
        return any(hmac.compare_digest(mac, each) for each in _macs(self._keys, purpose, *parts))


def _macs(keys: Sequence[bytes], purpose: bytes, *parts: bytes) -> Iterator[bytes]:
    # With the length of each: the end of one part could be the beginning of the next.
    whole = b"".join(b"%d:%b" % (len(part), part) for part in (purpose, *parts))
    for key in keys:
        yield hmac.digest(key, whole, sha256)
