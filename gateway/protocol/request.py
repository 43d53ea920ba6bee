"""Requests: every query parameter is known, bounded and checked here. Pure."""

from collections.abc import Iterable
from functools import lru_cache
from typing import NamedTuple
from urllib.parse import parse_qsl

from tickcast.access.grant import Grant
from tickcast.gateway.protocol.compression import Encoding
from tickcast.gateway.protocol.events import MAX_PADDING
from tickcast.gateway.protocol.framing import Framing
from tickcast.gateway.protocol.interval import (
    HEARTBEATS,
    INTERVALS,
    MAX_HEARTBEAT,
    MAX_INTERVAL,
    grant_heartbeat,
    grant_interval,
)
from tickcast.gateway.protocol.rights import cut
from tickcast.gateway.protocol.selection import (
    EVERYTHING,
    BarSelection,
    Names,
    Selection,
    SelectionError,
    parse_array,
    parse_selection,
)
from tickcast.gateway.protocol.stream_body import Parameters
from tickcast.runtime.problem import Problem
from tickcast.wire.bar import ALL_INTERVALS, bar_key, interval_of
from tickcast.wire.bar import INTERVALS as FORMED_INTERVALS
from tickcast.wire.bounds import MAX_HISTORY
from tickcast.wire.symbol import Case, SymbolError, parse_symbol

MAX_QUERY = 16 * 1024
"""Bytes of a query, at most; nginx allows 8 KiB for a whole request line by default."""

STREAM = (
    "symbols", "interval", "snapshot", "format", "bars", "bars_of", "heartbeat", "padding", "lastEventId",
)  # fmt: skip
FORMATS = ("events", "array")
SNAPSHOT = ("symbols",)
BARS = ("interval", "limit")
SYMBOLS = ("symbols",)

DEFAULT_BARS = 500
"""Bars in a response, if the request has no `limit`."""


class GroupKey(NamedTuple):
    """The key of a group: its streams want the same symbols, interval, framing, bars and heartbeat."""

    selection: Selection
    interval: int
    """Granted interval in ms; 0: every tick."""
    framing: Framing = Framing()
    bars: BarSelection = BarSelection()
    heartbeat: int = 0
    """Silence in ms after which it gets a heartbeat, where that is less than the gateway's; else 0."""
    allowed: Selection = EVERYTHING
    """What its client may read; the key of a group has it in its lists alone."""

    def normal(self) -> "GroupKey":
        """Return the key of the group: lists that mean the same are the same there, cut to what is allowed.

        So streams share frames if they may read the same of what they ask for, and only then.
        """
        selection, of = _normal(self.selection, self.bars.of, self.allowed)
        if selection is self.selection and of is self.bars.of and self.allowed == EVERYTHING:
            return self
        return self._replace(selection=selection, bars=self.bars._replace(of=of), allowed=EVERYTHING)

    def sharing(self, other: "GroupKey") -> "GroupKey":
        """Return this key with the lists of `other` in place of equal ones of its own, which take memory."""
        if self == other:
            return other
        selection = other.selection if self.selection == other.selection else self.selection
        of = self.bars.of
        for each in (other.bars.of, selection):
            of = each if of == each else of
        return self._replace(selection=selection, bars=self.bars._replace(of=of))

    @property
    def bars_of(self) -> Selection:
        """Return the selection of symbols whose bars the group wants."""
        return self.selection if self.bars.of is None else self.bars.of

    def bar_keys(self, known: Names) -> list[bytes]:
        """Return the wanted bar keys: of all named symbols, and of the `known` ones that a prefix matches."""
        intervals = self.bars.intervals
        if not intervals:
            return []
        names, prefixes = self.bars_of
        # A symbol has no TAB, so the key of its bars has the same prefixes.
        matched = [key for key in known.matching(prefixes) if interval_of(key) in intervals]
        named = [name for name in names if not name.startswith(prefixes)]
        return matched + [bar_key(name, interval) for name in named for interval in intervals]

    @property
    def bar_prefixes(self) -> tuple[bytes, ...]:
        """Return the prefixes of the symbols whose bars the group wants."""
        return self.bars_of.prefixes if self.bars.intervals else ()


@lru_cache(maxsize=4)  # lists that are kept keep the memory between them, which was that of other streams
def _normal(
    selection: Selection, of: Selection | None, allowed: Selection
) -> tuple[Selection, Selection | None]:
    """Return lists cut to what is allowed and made normal; one request asks for the same several times."""
    selection = cut(selection, allowed).normal()
    of = of and cut(of, allowed).normal()
    return selection, None if of == selection else of


class StreamRequest(NamedTuple):
    """A checked request for a new stream."""

    key: GroupKey
    snapshot: bool
    """Whether a stream without a cursor begins with a snapshot."""
    last_event_id: str
    """The client's cursor as text, not yet decoded; empty: it has none."""
    padding: int = 0
    """Bytes to send in front of `hello`, for a proxy that holds back the first ones."""
    grant: Grant | None = None
    """What its client may do; None: everything, because nobody asks."""


def parse_query(raw: bytes, allowed: tuple[str, ...]) -> dict[str, str]:
    """Return the parameters of a query string, of which only the `allowed` may occur. Raises Problem."""
    if len(raw) > MAX_QUERY:
        raise Problem(
            414,
            f"the query has {len(raw)} bytes; at most {MAX_QUERY} are allowed, and * stands for all symbols",
        )
    try:
        pairs = parse_qsl(raw.decode("ascii"), keep_blank_values=True, errors="strict", max_num_fields=20)
    except (ValueError, UnicodeDecodeError) as error:
        raise Problem(400, f"the query cannot be read: {error}") from error
    found: dict[str, str] = {}
    for name, value in pairs:
        if name not in allowed:
            rest = f"allowed are {', '.join(allowed)}" if allowed else "none is allowed here"
            raise Problem(400, f"unknown parameter {name[:40]!r}; {rest}")
        if name in found:
            raise Problem(400, f"{name} is given twice; once is allowed")
        found[name] = value
    return found


def parse_symbols(query: Parameters, max_symbols: int, case: Case = "upper") -> Selection:
    """Return the selection in the parameter `symbols`, in the `case` of the feed. Raises Problem."""
    return _selection("symbols", query.get("symbols", ""), max_symbols, case)


def _selection(name: str, asked: str | tuple[str, ...], max_entries: int, case: Case) -> Selection:
    try:
        if isinstance(asked, str):
            return parse_selection(asked, max_entries, case)
        return parse_array(asked, max_entries, case)
    except SelectionError as error:
        raise Problem(400, f"{name}: {error}") from error


def parse_stream(
    query: Parameters,
    last_event_id: str | None,
    encoding: Encoding,
    max_symbols: int,
    heartbeat: int,
    case: Case = "upper",
) -> StreamRequest:
    """Return the checked request for a stream. Raises Problem.

    `query` has the parameters of a query, or of a body too. `last_event_id`, from the header, wins over the
    parameter: an EventSource that reconnects sends its newest cursor in the header.
    `heartbeat` is the gateway's, in ms, and `case` that of the feed's symbols.
    """
    return StreamRequest(
        GroupKey(
            parse_symbols(query, max_symbols, case),
            _interval(_text(query, "interval", "0")),
            Framing(_choice("format", _text(query, "format", "events"), FORMATS) == "array", encoding),
            _bars(query, max_symbols, case),
            _heartbeat(query, heartbeat),
        ),
        _choice("snapshot", _text(query, "snapshot", "true"), ("true", "false")) == "true",
        last_event_id or _text(query, "lastEventId", ""),
        _whole("padding", _text(query, "padding", "0"), 0, MAX_PADDING, f"0 to {MAX_PADDING}, in bytes"),
    )


def _text(query: Parameters, name: str, default: str) -> str:
    value = query.get(name, default)
    assert isinstance(value, str)  # a body has arrays for lists alone
    return value


def _bars(query: Parameters, max_symbols: int, case: Case) -> BarSelection:
    asked = query.get("bars")
    if asked is None:
        if "bars_of" in query:
            raise Problem(400, "bars_of says whose bars; it needs bars, which says of which interval")
        return BarSelection()
    names = {name.strip() for name in (asked.split(",") if isinstance(asked, str) else asked)}
    if not names <= FORMED_INTERVALS.keys():
        text = asked if isinstance(asked, str) else ",".join(asked)
        raise Problem(
            400, f"bars: {text[:40]!r} is not allowed; it is one or several of {', '.join(FORMED_INTERVALS)}"
        )
    intervals = tuple(name for name in FORMED_INTERVALS if name in names)
    asked_of = query.get("bars_of")
    return BarSelection(
        intervals, None if asked_of is None else _selection("bars_of", asked_of, max_symbols, case)
    )


def parse_bars(query: dict[str, str]) -> tuple[str, int]:
    """Return the requested bar interval and number of bars. Raises Problem."""
    limit = _whole("limit", query.get("limit", str(DEFAULT_BARS)), 1, MAX_HISTORY, f"1 to {MAX_HISTORY}")
    return _choice("interval", query.get("interval", "1m"), tuple(ALL_INTERVALS)), limit


def parse_path_symbol(text: str, case: Case = "upper") -> bytes:
    """Return the symbol in a path, in the `case` of the feed. Raises Problem."""
    try:
        return parse_symbol(text, case).encode("ascii")
    except SymbolError as error:
        raise Problem(400, str(error)) from error


def _interval(text: str) -> int:
    allowed = f"0 for every tick, or ms up to {MAX_INTERVAL}, raised to the next of {_list(INTERVALS)}"
    return grant_interval(_whole("interval", text, 0, MAX_INTERVAL, allowed))


def _heartbeat(query: Parameters, usual: int) -> int:
    if "heartbeat" not in query:
        return 0
    asked = _text(query, "heartbeat", "")
    least = HEARTBEATS[0]
    allowed = f"{least} to {MAX_HEARTBEAT}, in ms, lowered to the next of {_list(HEARTBEATS)}"
    return grant_heartbeat(_whole("heartbeat", asked, least, MAX_HEARTBEAT, allowed), usual)


def _list(numbers: Iterable[int]) -> str:
    return ", ".join(map(str, numbers))


def _whole(name: str, text: str, least: int, most: int, allowed: str) -> int:
    # isdigit() alone would accept digits of other scripts.
    is_number = text.isascii() and text.isdigit() and len(text) <= len(str(most))
    if not (is_number and least <= int(text) <= most):
        raise Problem(400, f"{name}: {text[:40]!r} is not allowed; it is {allowed}")
    return int(text)


def _choice(name: str, text: str, allowed: tuple[str, ...]) -> str:
    if text not in allowed:
        raise Problem(400, f"{name}: {text[:40]!r} is not allowed; it is {' or '.join(allowed)}")
    return text
