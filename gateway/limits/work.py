"""The budget of work: so much CPU time a second for what the clients of an address ask for, and for all.

Counted is what opening, snapshots, replays, history and changes really took (`runtime/metered.py`). What an
address owes is paid off as time goes by; while it owes too much, its clients wait or are refused. Fan-out is
not counted. A subject has a share as an address has (`payers.py`); here both are keys.
"""

from collections import Counter
from collections.abc import Callable
from heapq import nlargest
from math import ceil
from time import monotonic
from typing import NamedTuple

from tickcast.gateway.limits.fields import limit_fields
from tickcast.gateway.limits.owed import Owed
from tickcast.runtime.problem import Problem

BURST = 60.0
"""An address may owe the work of so many seconds: 6 s of CPU by default.

Behind one address there may be 2,000 dashboards that reload at once, or come back from a gateway that ended.
Each takes about a ms, with its stream, charts and list of symbols; so there is room for all three times over.
"""

SHARES = 4
"""All addresses together may have the work of so many."""

REQUEST = 0.0002
"""Seconds that a request takes beside its endpoint, in the server: 0.15 to 0.25 ms, measured."""

TOLD = 1.0
"""Seconds that an address has to owe, for work of this gateway, before other gateways are told of it."""

MOST_TOLD = 500
"""Addresses that other gateways are told of, at most."""

TOLD_BY_ALL = 50_000
"""Those that all gateways tell of, at most: each takes up to 70 bytes in a hash that is bounded."""


class Told(NamedTuple):
    """What other gateways are told of an address, in ms of CPU time."""

    spent: int
    """What this gateway has done for it so far: what it owed when it was told of first, and all since."""
    owed: int
    """What of that is not paid off, for who hears of this gateway for the first time."""


class Work:
    """What is owed, as the time until it is paid off: one number for each address, and one for all."""

    def __init__(self, rate: float, clock: Callable[[], float] = monotonic) -> None:
        """Let an address have `rate` ms of CPU time a second; 1000 is a core, which no client can exceed."""
        self.refused = Counter({"work": 0, "all_work": 0})
        """Requests refused because the client's address, or all together, had too much work done."""
        self.held = 0
        """Times that a stream had to wait before it was sent more of what it lacked."""
        self.seconds = 0.0
        """CPU time counted so far."""
        self.parts = 1
        """Gateways that share the share of an address, where none hears what the others have done for it."""
        self.gateways = 1
        """Gateways last seen, this one with them."""
        self._rate = rate / 1000
        self._clock = clock
        self._own: Owed[str] = Owed(clock)
        """What is known over all gateways."""
        self._here: Owed[str] = Owed(clock)
        """What was done here alone. An address pays it off at this gateway's part of its rate.

        So none has more than its rate of all gateways without being told of, and none is charged twice.
        """
        self._all: Owed[None] = Owed(clock)
        self._told: dict[str, float] = {}
        """Seconds of CPU time spent here for those of whom others are told, from then on."""

    def __len__(self) -> int:
        """Return the number of addresses that are remembered."""
        return len(self._own)

    def charge(self, whose: str, seconds: float) -> None:
        """Count so many seconds of CPU time for an address."""
        self.seconds += seconds
        now = self._clock()
        self._all.add(None, seconds / (self._rate * SHARES), 3 * BURST, now)
        self.charge_besides(whose, seconds, now)

    def charge_besides(self, whose: str, seconds: float, now: float | None = None) -> None:
        """Count so many seconds for a subject, which are counted for an address already: in all, once."""
        now = self._clock() if now is None else now
        # Nobody is shut out for longer than a BURST: one large replay was not its client's choice.
        self._own.add(whose, seconds * self.parts / self._rate, 2 * BURST, now)
        self._here.add(whose, seconds * self.gateways / self._rate, 2 * BURST * self.gateways, now)
        if whose in self._told:
            self._told[whose] += seconds

    def charge_elsewhere(self, whose: str, seconds: float) -> None:
        """Count what another gateway has done for an address."""
        self._own.add(whose, seconds / self._rate, 2 * BURST)

    def owing(self) -> dict[str, Told]:
        """Return what others are told: of those who owe most for work done here, from when they owe TOLD."""
        owing = {whose: owed for whose in self._here if (owed := self._here.seconds(whose))}
        begun = (whose for whose, owed in owing.items() if owed >= TOLD or whose in self._told)
        most, each = min(MOST_TOLD, TOLD_BY_ALL // self.gateways), self._rate / self.gateways
        shown = nlargest(most, begun, owing.__getitem__)
        self._told = {whose: self._told.get(whose, owing[whose] * each) for whose in shown}
        return {
            whose: Told(round(spent * 1000), round(owing[whose] * each * 1000))
            for whose, spent in self._told.items()
        }

    def wait(self, whose: str) -> float:
        """Return the seconds until more work may be done for an address; 0: it may be done now."""
        own, together = self._owed(whose)
        return max(0.0, own - BURST, (own + together) / 2 - BURST)

    def check(self, whose: str, what: str = "address") -> None:
        """Be sure that more work may be done for an address. Raises Problem: 429 for its own, 503 for all.

        `what` says what it is, if it is no address.
        """
        wait = self.wait(whose)
        if not wait:
            return
        headers = {
            "retry-after": str(ceil(wait)),
            "connection": "close",
            **limit_fields("work", int(self._rate * BURST * 1000), int(BURST), ceil(wait)),
        }
        if self._owed(whose)[0] >= BURST:
            self.refused["work"] += 1
            raise Problem(
                429, f"requests of your {what} have taken more of the gateways' time than they have for one "
                f"{what}; ask again in {ceil(wait)} s, and less often", headers,
            )  # fmt: skip
        self.refused["all_work"] += 1
        raise Problem(503, "this gateway has no time left for more requests; try another one", headers)

    def _owed(self, whose: str) -> tuple[float, float]:
        """Return in how many seconds an address will have paid off, and all together.

        Once all together owe their BURST, room is left for those alone that owe little: the more is owed in
        all, the less an address may owe. So a few that ask for much do not keep out the others. At two BURSTs
        nothing is left for anybody.
        """
        return self._own.seconds(whose), self._all.seconds(None)
