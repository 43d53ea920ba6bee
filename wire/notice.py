"""What is said of a symbol beside its ticks: that it is gone, or in which state it is (docs/protocol.md).

    {"S":"AAPL","retired":"producer"}
    {"S":"AAPL","state":"halted","since":1795384800123456}

These are lines of a batch, after all of its ticks and bars. A retired symbol has no newest tick, no bars and
no instrument; if it returns, its `q` begins at 1. The state of a symbol also stands at the end of the JSON of
its instrument.
"""

import re
from typing import NamedTuple

from tickcast.wire.fields import MAX_WHOLE
from tickcast.wire.symbol import PATTERN

REASONS = ("producer", "operator", "idle", "source")
"""Why a symbol is retired: its producer or an operator said so, it had no tick for too long, or the feed has
another source now that does not have it."""

UNKNOWN = "unknown"
"""The reason that a gateway gives for a symbol that left while it heard nothing; it stands in no batch."""

STATES = ("live", "stale", "halted", "closed", "suspect")
"""States of a symbol."""

_REASON, _STATE = "|".join(REASONS).encode("ascii"), "|".join(STATES).encode("ascii")
# A gateway sends these bytes on: a number that begins with 0 would be no JSON.
_SINCE = rb"(?:0|[1-9][0-9]{0,15})"
_RETIRED = re.compile(rb'\{"S":"(%b)","retired":"(%b)"\}' % (PATTERN.encode("ascii"), _REASON))
_SAID = re.compile(
    rb'\{"S":"(%b)"(,"state":"(%b)","since":(%b))\}' % (PATTERN.encode("ascii"), _STATE, _SINCE)
)
_HEAD = re.compile(rb'\{"S":"%b"' % PATTERN.encode("ascii"))
_SUFFIX = re.compile(rb',"state":"(?:%b)","since":%b\}\Z' % (_STATE, _SINCE))


class NoticeError(ValueError):
    """The bytes are no notice, or the values cannot be in one. The message says what is expected."""


class Retired(NamedTuple):
    """A symbol is gone."""

    symbol: str
    reason: str
    """One of REASONS."""


class SymbolState(NamedTuple):
    """A symbol is in a state."""

    symbol: str
    state: str
    """One of STATES."""
    since: int
    """µs since 1970."""


Notice = Retired | SymbolState


class NoticeLine(NamedTuple):
    """A notice as a line of a batch."""

    symbol: bytes
    json: bytes
    notice: Notice
    """What the JSON says."""

    @property
    def is_live(self) -> bool:
        """Tell whether it says that the symbol is live, as any is of which nothing is said."""
        return isinstance(self.notice, SymbolState) and self.notice.state == "live"


def encode_notice(notice: Notice) -> bytes:
    """Return the ASCII JSON of a notice. Raises NoticeError if its reason, state or time cannot be."""
    if isinstance(notice, Retired):
        if notice.reason not in REASONS:
            raise NoticeError(f"reason {notice.reason[:40]!r}; there are {', '.join(REASONS)}")
        return f'{{"S":"{notice.symbol}","retired":"{notice.reason}"}}'.encode("ascii")
    if notice.state not in STATES:
        raise NoticeError(f"state {notice.state[:40]!r}; there are {', '.join(STATES)}")
    if not 0 <= notice.since <= MAX_WHOLE:
        raise NoticeError(f"since {notice.since}: not a time in µs since the epoch, 0 to {MAX_WHOLE}")
    return f'{{"S":"{notice.symbol}"{_suffix(notice)}}}'.encode("ascii")


def _suffix(state: SymbolState) -> str:
    return f',"state":"{state.state}","since":{state.since}'


def decode_notice(json: bytes) -> Notice:
    """Return the notice in exactly the JSON that `encode_notice` makes. Raises NoticeError."""
    if found := _RETIRED.fullmatch(json):
        return Retired(found[1].decode("ascii"), found[2].decode("ascii"))
    if (found := _SAID.fullmatch(json)) and int(found[4]) <= MAX_WHOLE:
        return SymbolState(found[1].decode("ascii"), found[3].decode("ascii"), int(found[4]))
    raise NoticeError(f"{json[:80]!r} neither retires a symbol nor gives it a state")


def with_state(instrument: bytes, notice: bytes) -> bytes:
    """Return the JSON of an instrument with the state in the JSON of a notice, as publish.lua writes it."""
    found = _SAID.fullmatch(notice)
    return instrument if found is None else without_state(instrument)[:-1] + found[2] + b"}"


def in_state(instrument: bytes, state: SymbolState) -> bytes:
    """Return the JSON of an instrument that is in a state, as publish.lua writes it."""
    return b"%b%b}" % (without_state(instrument)[:-1], _suffix(state).encode("ascii"))


def without_state(instrument: bytes) -> bytes:
    """Return the JSON of an instrument without the state at its end, if it has one."""
    return _SUFFIX.sub(b"}", instrument)


def state_in(instrument: bytes) -> bytes | None:
    """Return the notice with the state that the JSON of an instrument ends in, as JSON; None: it has none."""
    head, found = _HEAD.match(instrument), _SUFFIX.search(instrument)
    return None if head is None or found is None else head[0] + found[0]
