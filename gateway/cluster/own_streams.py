"""Changes of this gateway's own streams: what a patch may do, whoever asks for it, and how often."""

from collections.abc import Callable, Sequence
from math import ceil
from typing import NamedTuple

from tickcast.access.grant import Grant
from tickcast.gateway.cluster.messages import Ask, PatchReply
from tickcast.gateway.limits.fields import limit_fields
from tickcast.gateway.limits.rate import Rates
from tickcast.gateway.protocol.request import GroupKey
from tickcast.gateway.protocol.rights import allowed_by
from tickcast.gateway.protocol.selection import EVERYTHING, Selection
from tickcast.gateway.streams.bounds import StreamBounds
from tickcast.gateway.streams.lifecycle import Lifecycle
from tickcast.gateway.streams.patch import (
    Patch,
    PatchDeniedError,
    PatchError,
    changed_key,
    check_rights,
    parse_patch,
    renewed_key,
)
from tickcast.gateway.streams.registry import Registry
from tickcast.gateway.streams.subscriber import Subscriber
from tickcast.runtime.metered import metered_step
from tickcast.runtime.problem import Problem
from tickcast.wire.symbol import Case

CHANGES_AT_ONCE, CHANGES_PER_SECOND = 100, 5.0
"""Changes of a stream at once, and in each second from then on: somebody scrolls through a list."""


class Place(NamedTuple):
    """What decides about the streams of one feed."""

    lifecycle: Lifecycle
    bounds: StreamBounds
    delay: int = 0
    """ms by which the feed is late."""


class OwnStreams:
    """Changes the streams that this gateway has."""

    def __init__(
        self,
        registry: Registry,
        places: Sequence[Place],
        max_symbols: int,
        case: Callable[[], Case],
    ) -> None:
        """`places` have the streams of the registry; `case` returns what the feed does with lower case."""
        self.rates = Rates(CHANGES_AT_ONCE, CHANGES_PER_SECOND)
        self.is_proved: Callable[[Grant], bool] = lambda grant: True
        """Returns whether this gateway knows what proves a grant: another one may know a key before it."""
        self.on_unknown_key: Callable[[], None] = lambda: None
        """Called when it does not."""
        self._registry = registry
        self._places = {id(place.lifecycle): place for place in places}
        self._max_symbols = max_symbols
        self._case = case

    def has(self, digest: bytes) -> bool:
        """Tell whether a stream, by the digest of its token, is one of this gateway."""
        return self._registry.find(digest) is not None

    def limit(self, digest: bytes) -> None:
        """Count a change of a stream, of whichever gateway. Raises Problem if there were too many lately."""
        if wait := self.rates.take(digest):
            raise Problem(
                429, f"more than {CHANGES_PER_SECOND:g} changes of this stream a second; "
                "put several symbols into one",
                {
                    "retry-after": str(ceil(wait)),
                    **limit_fields("changes", CHANGES_AT_ONCE, int(CHANGES_AT_ONCE / CHANGES_PER_SECOND),
                                   ceil(wait)),
                },
            )  # fmt: skip

    def checked(self, body: bytes, grant: Grant | None) -> Patch:
        """Return the patch in a body, which adds only what a grant allows. Raises Problem."""
        try:
            patch = parse_patch(body, self._max_symbols, self._case())
            check_rights(patch, self._allowed(grant))
        except PatchError as error:
            raise _problem(error) from None
        return patch

    def change(
        self, digest: bytes, patch: Patch, subject: str, new_grant: Grant | None = None, delay: int = 0
    ) -> list[str]:
        """Change a stream of this gateway; return its whole list of symbols. Raises Problem.

        It must be a stream of the `subject` of a grant, empty where there are none, and late by as many
        ms as the `delay` of the grant says. By a new grant it goes on.
        """
        subscriber = self._find(digest)
        if subject != (subscriber.grant.subject if subscriber.grant else ""):
            raise Problem(403, "the stream was opened by another subject")
        place = self._places[id(subscriber.owner)]
        if place.delay < delay:
            minutes = f"{delay / 60_000:g}"
            raise Problem(
                403, f"the token is for prices {minutes} minutes late, those of the stream are newer"
            )
        had = subscriber.wanted or subscriber.asked
        try:
            key = changed_key(self._renewed(had, new_grant), patch, self._max_symbols)
        except PatchError as error:
            raise _problem(error) from None
        # To go on as before needs nothing more.
        if key.normal() != had.normal():
            place.bounds.check(subscriber.account, key)
        if new_grant is not None:
            self._registry.renew(subscriber, new_grant)
        place.lifecycle.change_key(subscriber, key)
        return key.selection.entries

    def change_for_other(self, ask: Ask) -> PatchReply:
        """Change a stream of this gateway for another one; the work counts for the stream's payers."""
        try:
            payers = self._find(ask.digest).payers
            self.limit(ask.digest)
            payers.check()
            with metered_step(payers):
                # What the patch adds was held to the grant by the gateway that asks.
                patch = self.checked(ask.body, None)
                entries = self.change(ask.digest, patch, ask.subject, ask.grant, ask.delay)
        except Problem as problem:
            return PatchReply(ask.number, problem.status, [], problem.detail)
        return PatchReply(ask.number, 200, entries, "")

    def _find(self, digest: bytes) -> Subscriber:
        subscriber = self._registry.find(digest)
        if subscriber is None:
            raise unknown_stream()
        return subscriber

    def _allowed(self, grant: Grant | None) -> Selection:
        return EVERYTHING if grant is None else allowed_by(grant.symbols, self._case())

    def _renewed(self, key: GroupKey, grant: Grant | None) -> GroupKey:
        """Return the key that a stream has by a new grant. Raises PatchDeniedError, Problem."""
        if grant is None:
            return key
        if not self.is_proved(grant):
            self.on_unknown_key()
            raise Problem(503, "the stream's gateway does not know the new key yet")
        return renewed_key(key, self._allowed(grant), grant.interval)


def unknown_stream() -> Problem:
    """Return the answer to a change of a stream that no gateway has."""
    return Problem(404, "there is no such stream, or no longer: hello tells the id of each")


def _problem(error: PatchError) -> Problem:
    return Problem(403 if isinstance(error, PatchDeniedError) else 400, str(error))
