"""The operator's view of one gateway: its largest groups, its slow streams, and the other gateways."""

import heapq
import time
from collections import Counter
from operator import attrgetter
from typing import Any

from tickcast.gateway.fanout.group import Group
from tickcast.gateway.fanout.member import State
from tickcast.gateway.gateway import Gateway
from tickcast.gateway.streams.subscriber import Subscriber
from tickcast.runtime.redis.errors import LinkError

MAX_LISTED = 100
"""Groups, and slow streams, that a report lists at most."""

MAX_TEXT = 80
"""Characters of a group's list of symbols, at most."""

STATES = [state.value for state in State if state is not State.CLOSED]
"""States by which a report counts streams."""

REASONS = {
    State.WAITING: "came with a cursor that this gateway has not reached",
    State.OPENING: "is slow to take what it lacked",
    State.JOINING: "is slow to take what it lacked",
    State.LAGGING: "reads too slowly to be sent more",
    State.LIVE: "its last bytes wait to be read",
}
"""Why a stream counts as slow, by its state."""


class Debug:
    """Makes reports from one gateway, and from the list of the others in Redis."""

    def __init__(self, gateway: Gateway) -> None:
        self._gateway = gateway

    async def report(self) -> dict[str, Any]:
        """Return the report. `problem` says what to mend, and that other gateways cannot be seen."""
        own, problems = self._gateway.summary(), list[str]()
        if self._gateway.settings.is_open_to_all:
            problems.append("Everybody who reaches this gateway may read everything: set TICKCAST_AUTH_KEYS")
        try:
            seen = [each for each in await self._gateway.membership.members() if each.id != own.id]
        except LinkError:
            seen = []
            problems.append("Redis does not answer, so other gateways cannot be seen")
        registry = self._gateway.registry
        groups = [group for view in self._gateway.views.all for group in view.hub.groups.values()]
        slow = [each for each in registry if each.full or each.state is State.WAITING]
        largest = heapq.nlargest(MAX_LISTED, groups, attrgetter("users"))
        states = Counter(each.state.value for each in registry)
        return {
            "gateway": own.id,
            "t": time.time_ns() // 1000,
            "gateways": [each._asdict() for each in sorted([own, *seen])],
            "problem": ". ".join(problems),
            "groups": [_group(each) for each in largest],
            "groups_total": len(groups),
            "clients": {state: states[state] for state in STATES},
            "slow": [self._slow(each) for each in heapq.nsmallest(MAX_LISTED, slow, attrgetter("since"))],
            "slow_total": len(slow),
        }

    def _slow(self, subscriber: Subscriber) -> dict[str, Any]:
        return {
            # Only a part: the whole token is the right to change the stream.
            "stream": subscriber.stream[:8],
            "state": subscriber.state.value,
            "reason": REASONS[subscriber.state],
            "symbols": _text(subscriber.group),
            "interval": subscriber.group.key.interval,
            "buffered": subscriber.waiting(),
            "since": int((self._gateway.live.hub.now() - subscriber.since) * 1000),
        }


def _group(group: Group) -> dict[str, Any]:
    key = group.key
    return {
        "symbols": _text(group),
        "interval": key.interval,
        "format": "array" if key.framing.array else "events",
        "encoding": key.framing.encoding.value,
        "bars": list(key.bars.intervals),
        "members": len(group.members),
        "joining": len(group.joiners),
        "users": group.users,
        "pending": len(group.pending),
    }


def _text(group: Group) -> str:
    entries = group.key.selection.entries
    text = ",".join(entries[:MAX_TEXT])
    return text if len(text) <= MAX_TEXT else f"{text[: MAX_TEXT - 1]}… ({len(entries)})"
