"""The registry of open streams, which finds a stream by its secret token."""

import secrets
from collections import Counter, defaultdict
from collections.abc import Collection, Iterator
from hashlib import sha256
from itertools import chain

from tickcast.access.grant import Grant
from tickcast.gateway.streams.subscriber import Owner, Subscriber


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
        self._by_owner: defaultdict[Owner, set[Subscriber]] = defaultdict(set)
        self._by_digest: dict[bytes, Subscriber] = {}
        self.by_subject = Counter[str]()
        """Open streams of each subject of a grant."""
        self.granted: set[Subscriber] = set()
        """Open streams that have a grant."""
        self.unjudged: set[Subscriber] = set()
        """Those of them that have it since the last look of `lost_rights.py`."""

    def __len__(self) -> int:
        return sum(map(len, self._by_owner.values()))

    def __iter__(self) -> Iterator[Subscriber]:
        return chain.from_iterable(self._by_owner.values())

    def of(self, owner: Owner) -> Collection[Subscriber]:
        """Return the open streams of an owner: those of one feed."""
        return self._by_owner[owner]

    def add(self, subscriber: Subscriber) -> None:
        """Add a stream."""
        self._by_owner[subscriber.owner].add(subscriber)
        self._by_digest[digest_of(subscriber.stream)] = subscriber
        if subscriber.grant is not None:
            subject = subscriber.grant.subject
            # Counter asks `__missing__` for a new one, which takes longer than all else here.
            self.by_subject[subject] = self.by_subject.get(subject, 0) + 1
            self.granted.add(subscriber)
            self.unjudged.add(subscriber)

    def renew(self, subscriber: Subscriber, grant: Grant) -> None:
        """Let an open stream go on by another grant of the same subject."""
        subscriber.grant = grant
        self.unjudged.add(subscriber)

    def discard(self, subscriber: Subscriber) -> None:
        """Remove a stream, if it is there."""
        if subscriber not in self._by_owner[subscriber.owner]:
            return
        self._by_owner[subscriber.owner].discard(subscriber)
        self._by_digest.pop(digest_of(subscriber.stream), None)
        if subscriber.grant is not None:
            self.granted.discard(subscriber)
            self.unjudged.discard(subscriber)
            subject = subscriber.grant.subject
            left = self.by_subject[subject] - 1
            if left:
                self.by_subject[subject] = left
            else:
                del self.by_subject[subject]

    def find(self, digest: bytes) -> Subscriber | None:
        """Return the open stream whose token has this digest, or None."""
        return self._by_digest.get(digest)
