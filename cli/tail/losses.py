"""What a stream lost, and whether its feed has started over, so that `q` begins again. Pure."""

import json
from enum import Enum
from typing import NamedTuple


class Effect(Enum):
    """What a loss does to the ticks that a client holds."""

    NONE = "their order stands"
    FREED = "whatever comes next replaces them"
    GONE = "they are to be forgotten: a snapshot of everything follows"


class Loss(NamedTuple):
    """A loss that a stream announced."""

    reason: str
    """`slow`, `retention`, `feed` or `reset`."""
    effect: Effect
    starts_over: bool
    """The feed is in another epoch, so that `q` begins again."""

    @property
    def words(self) -> str:
        """The loss in words."""
        over = "; the feed has started over, and q begins again" if self.starts_over else ""
        return f"ticks are missing: {self.reason}{over}"


class Losses:
    """Reads the losses of one stream, over all its connections."""

    def __init__(self) -> None:
        self._epoch = ""

    def on_event(self, kind: str, data: str) -> Loss | None:
        """Return the loss that an event announces, None if it announces none.

        Raises ValueError, KeyError or TypeError if the event does not follow the protocol.
        """
        if kind not in ("hello", "gap"):
            return None
        body = json.loads(data)
        known, epoch = self._epoch, str(body.get("epoch", ""))
        self._epoch = epoch or known
        is_other = bool(epoch) and bool(known) and epoch != known
        if kind == "hello":
            if body["resumed"] != "reset" and not is_other:
                return None
            return Loss("reset", Effect.GONE, is_other)
        reason = str(body["reason"])
        if is_other:
            return Loss(reason, Effect.GONE, True)
        # Without an epoch, q may begin again after any gap.
        frees = reason == "feed" or not epoch or not known
        return Loss(reason, Effect.FREED if frees else Effect.NONE, False)
