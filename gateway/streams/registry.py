"""The open streams, all of them and by their secret tokens."""

import secrets
from collections.abc import Iterator
from hashlib import sha256

from tickcast.gateway.streams.subscriber import Subscriber


def new_token() -> str:
    """Return the secret half of a stream's id, 128 bits: whoever knows it may change the stream."""
    return secrets.token_urlsafe(16)


def digest_of(token: str) -> bytes:
    """Return what stands for a token wherever it could be overheard, or guessed by timing a comparison."""
    return sha256(token.encode("utf-8", "replace")).digest()


class Registry:
    """Every open stream of this gateway; each is found by the digest of its token."""

    def __init__(self) -> None:
        self._all: set[Subscriber] = set()
        self._by_digest: dict[bytes, Subscriber] = {}

    def __len__(self) -> int:
        return len(self._all)

    def __iter__(self) -> Iterator[Subscriber]:
        return iter(self._all)

    def add(self, subscriber: Subscriber) -> None:
        """Add a stream."""
        self._all.add(subscriber)
        self._by_digest[digest_of(subscriber.stream)] = subscriber

    def discard(self, subscriber: Subscriber) -> None:
        """Remove a stream, if it is there."""
        self._all.discard(subscriber)
        self._by_digest.pop(digest_of(subscriber.stream), None)

    def find(self, digest: bytes) -> Subscriber | None:
        """Return the open stream of a token's digest, if there is one."""
        return self._by_digest.get(digest)
