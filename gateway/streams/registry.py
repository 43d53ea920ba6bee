"""The open streams by their secret tokens."""

import secrets
from hashlib import sha256

from tickcast.gateway.streams.subscriber import Subscriber


def new_token() -> str:
    """Return the secret half of a stream's id, 128 bits: who knows it may change the stream."""
    return secrets.token_urlsafe(16)


def digest_of(token: str) -> bytes:
    """Return what stands for a token wherever somebody could listen, or measure how a comparison goes."""
    return sha256(token.encode("utf-8", "replace")).digest()


class Streams:
    """Finds a stream by the digest of its token."""

    def __init__(self) -> None:
        self._held: dict[bytes, Subscriber] = {}

    def add(self, subscriber: Subscriber) -> None:
        """Know a stream."""
        self._held[digest_of(subscriber.stream)] = subscriber

    def discard(self, subscriber: Subscriber) -> None:
        """Know it no more."""
        self._held.pop(digest_of(subscriber.stream), None)

    def find(self, digest: bytes) -> Subscriber | None:
        """Return the open stream of a token's digest, if there is one."""
        return self._held.get(digest)
