"""The registry of open streams, which finds a stream by its secret token."""

import secrets
from collections.abc import Iterator
from hashlib import sha256

from tickcast.gateway.streams.subscriber import Subscriber


def new_token() -> str:
    """Return a new token, 128 random bits: a client that knows a stream's token may change the stream."""
    return secrets.token_urlsafe(16)


def digest_of(token: str) -> bytes:
    """Return the SHA-256 of a token.

    It replaces the token between gateways, where a token could be read, and in comparisons, whose time
    could reveal it.
    """
    return sha256(token.encode("utf-8", "replace")).digest()


class Registry:
    """Every open stream of this gateway, found by the digest of its token."""

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
        """Return the open stream whose token has this digest, or None."""
        return self._by_digest.get(digest)
