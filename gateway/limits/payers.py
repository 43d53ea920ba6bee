"""Payers: for whom the work of a request or stream counts, its address and the subject of its grant."""

from functools import lru_cache
from hashlib import sha256

from tickcast.gateway.limits.work import Work

DIGEST = 32
"""Hexadecimal digits of the digest of a subject."""


def digest_of_subject(subject: str) -> str:
    """Return the digest of a subject, which may be long, and is nobody's business."""
    return sha256(subject.encode("utf-8", "surrogatepass")).hexdigest()[:DIGEST]


@lru_cache(maxsize=16)  # a stream asks twice: for the request that opens it, and for itself
def share_of(subject: str) -> str:
    """Return by what the share of a subject is counted."""
    # No address has a space.
    return f"subject {digest_of_subject(subject)}"


class Payers:
    """Those of one request or stream. To call it counts seconds of CPU time for all of them."""

    __slots__ = ("_before", "_share", "_so_far", "_work", "address")

    def __init__(self, work: Work, address: str, subject: str | None = None, before: float = 0.0) -> None:
        """Without a `subject`, it may be known later (`join`).

        `before`: seconds of CPU time that are counted with the first ones.
        """
        self.address = address
        self._work = work
        self._share = None if subject is None else share_of(subject)
        self._so_far = 0.0
        self._before = before

    def __call__(self, seconds: float) -> None:
        """Count so many seconds of CPU time."""
        seconds += self._before
        self._before = 0.0
        self._work.charge(self.address, seconds)
        if self._share is None:
            self._so_far += seconds
        else:
            self._work.charge_besides(self._share, seconds)

    def join(self, subject: str) -> None:
        """Let a subject pay too, also for what was done before it was known, unless it has had its share.

        Raises Problem: 429, 503. A refusal does not count for it: who asks again gets its turn all the same.
        """
        share = share_of(subject)
        self._work.check(share, "subject")
        if self._share is None:
            if self._so_far:
                self._work.charge_besides(share, self._so_far)
            self._share = share

    @property
    def key(self) -> tuple[str, str | None]:
        """Return what is the same for the same payers."""
        return self.address, self._share

    def wait(self) -> float:
        """Return the seconds until more work may be done for them; 0: it may be done now."""
        own = self._work.wait(self.address)
        return own if self._share is None else max(own, self._work.wait(self._share))

    def check(self) -> None:
        """Be sure that more work may be done for them. Raises Problem: 429 for a share, 503 for all."""
        self._work.check(self.address)
        if self._share is not None:
            self._work.check(self._share, "subject")
