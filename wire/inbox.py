"""An entry of the inbox: what a program hands in to be published (docs/inbox.md).

Its fields, each at most once, are taken in this order:

    i   instruments: {"S":"AAPL","name":"Apple","tick":0.01,"ref":188.2,"ccy":"USD","session":…,"tz":…}; all
        but S may be left out
    d   ticks: the JSON of a tick without `q`; without `t` the time of the entry counts
    h   states: {"S":"AAPL","state":"halted"}
    r   symbols to retire: AAPL
    by  the id of the producer
    n   the entry's number, larger than all before of this producer and partition
    c   bytes that hand_in.lua counted for the entry, written by it

The first four hold lines, one for each symbol, with LF between. A malformed line is refused by itself, an
entry that breaks a bound of `wire.bounds` as a whole.
"""

import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any, NamedTuple, TypeVar

from tickcast.wire.bounds import MAX_ENTRY_BYTES, MAX_ENTRY_LINES, MAX_PRODUCER_LENGTH, MAX_TEXT
from tickcast.wire.decimals import number_fault
from tickcast.wire.fields import MAX_WHOLE, FieldError, decimal, read_fields
from tickcast.wire.instrument import size_fault, text_fault
from tickcast.wire.notice import STATES, SymbolState
from tickcast.wire.symbol import PATTERN, Case, fold, parse_symbol
from tickcast.wire.tick import Tick, check_numbers, tick_from

LINES = (b"i", b"d", b"h", b"r")
"""Fields of an entry that hold lines, in the order in which they are taken."""

# A tick as most programs write it: no blanks, S first, and numbers that are surely valid. It is read several
# times as fast as by the JSON parser, and means the same.
_NUMBER = rb"(?:0|[1-9][0-9]{0,11})(?:\.[0-9]{1,8})?"
_FIELD = rb'"(?:t":(?:[1-8][0-9]{15}|[1-9][0-9]{0,14})|(?:p|s|v|bp|bs|ap|as)":%b)' % _NUMBER
_PLAIN = re.compile(rb'\{"S":"(%b)",(%b(?:,%b)*)\}' % (PATTERN.encode(), _FIELD, _FIELD))

_CONTROL = re.compile("[\x00-\x1f\x7f]")
T = TypeVar("T")


class EntryError(ValueError):
    """The entry breaks a bound, as a whole. The message names the field and the bound."""


class Description(NamedTuple):
    """What a producer says of an instrument. None: it says nothing of this. Numbers are decimal text."""

    symbol: str
    name: str | None = None
    tick: str | None = None
    """Tick size."""
    reference: str | None = None
    """The price that a change is measured from."""
    currency: str | None = None
    session: str | None = None
    """Trading hours."""
    timezone: str | None = None
    """IANA name of the time zone of the session."""


FIELDS = ("S", "name", "tick", "ref", "ccy", "session", "tz")
"""Names of the fields of a description in its JSON, in the order of Description."""


class Fault(NamedTuple):
    """A line that is refused."""

    line: bytes
    reason: str


@dataclass(slots=True)
class Entry:
    """What an entry holds, its valid lines in order and the faults of the others."""

    by: str = ""
    """The producer's id; empty if it gives none."""
    number: int | None = None
    """`n`; None if it gives none."""
    counted: int = 0
    """Bytes to give back to the count of hand_in.lua; 0 for an entry that was not counted."""
    descriptions: list[tuple[Description, bytes]] = field(default_factory=list)
    """Each with its line, as the others."""
    ticks: list[tuple[Tick, bytes]] = field(default_factory=list)
    states: list[tuple[SymbolState, bytes]] = field(default_factory=list)
    retired: list[tuple[str, bytes]] = field(default_factory=list)
    faults: list[Fault] = field(default_factory=list)


def encode_entry(
    *,
    instruments: Iterable[bytes] = (),
    ticks: Iterable[bytes] = (),
    states: Iterable[bytes] = (),
    retired: Iterable[bytes] = (),
    by: str = "",
    number: int | None = None,
) -> list[bytes]:
    """Return the fields and values of an entry, in turn, as XADD and hand_in.lua take them.

    Raises EntryError if it breaks a bound; the lines are not parsed.
    """
    values = [b"\n".join(lines) for lines in (instruments, ticks, states, retired)]
    fields = {name: value for name, value in zip(LINES, values, strict=True) if value}
    if by:
        fields[b"by"] = by.encode()
    if number is not None:
        fields[b"n"] = b"%d" % number
    _check_size(fields)
    _producer(fields)
    _number(fields)
    return [part for pair in fields.items() for part in pair]


def decode_entry(fields: Mapping[bytes, bytes], time: int, case: Case = "upper") -> Entry:
    """Return what the fields of an entry hold; `time` is the entry's own, µs since 1970, `case`
    that of the feed's symbols.

    If the entry breaks a bound it has no line and one fault, with the beginning of its lines. Unknown fields
    are ignored.
    """
    entry = Entry(counted=counted(fields))
    try:
        entry.by = _producer(fields)
        entry.number = _number(fields)
        _check_size(fields)
    except EntryError as error:
        first = next((fields[name] for name in LINES if fields.get(name)), b"")
        entry.faults.append(Fault(first, str(error)))
        return entry
    faults = entry.faults
    entry.descriptions = _parsed(fields.get(b"i"), lambda line: decode_description(line, case), faults)
    entry.ticks = _parsed(fields.get(b"d"), lambda line: _tick(line, time, case), faults)
    entry.states = _parsed(fields.get(b"h"), lambda line: decode_state(line, time, case), faults)
    entry.retired = _parsed(fields.get(b"r"), lambda line: _symbol(line, case), faults)
    return entry


def decode_description(line: bytes, case: Case = "upper") -> Description:
    """Return the description in a JSON text. Unknown fields are ignored. Raises FieldError."""
    return description_from(read_fields(line), case)


def check_description(description: Description, case: Case = "upper") -> Description:
    """Return a description that a program has made, its symbol in the case of the feed. Raises FieldError."""
    return description_from(dict(zip(FIELDS, description, strict=True)), case)


def description_from(fields: Mapping[str, Any], case: Case = "upper") -> Description:
    """Return the description in a mapping with the field names of its JSON; numbers are decimal text.

    Raises FieldError.
    """
    texts = {name: _text(fields, name) for name in MAX_TEXT}
    tick = decimal(fields, "tick") if fields.get("tick") is not None else None
    if tick is not None and (fault := size_fault(tick)):
        raise FieldError(f"tick: {tick} {fault}")
    if tick is not None and not float(tick) > 0:
        raise FieldError(f"tick: {tick} is not above 0")
    reference = decimal(fields, "ref") if fields.get("ref") is not None else None
    if reference is not None and (fault := number_fault(reference)):
        raise FieldError(f"ref: {reference} {fault}; a price is below 1e18 and has at most 20 digits")
    return Description(
        _symbol_of(fields, case), texts["name"], tick, reference, texts["ccy"], texts["session"], texts["tz"]
    )


def decode_state(line: bytes, time: int, case: Case = "upper") -> SymbolState:
    """Return the state in a JSON text of a symbol that has it since `time`. Raises FieldError."""
    return state_from(read_fields(line), time, case)


def state_from(fields: Mapping[str, Any], time: int, case: Case = "upper") -> SymbolState:
    """Return the state in a mapping with the field names of its JSON. Raises FieldError."""
    state = fields.get("state")
    if state not in STATES:
        raise FieldError(f"state: {str(state)[:40]!r} is none of {', '.join(STATES)}")
    return SymbolState(_symbol_of(fields, case), state, time)


def _tick(line: bytes, time: int, case: Case) -> Tick:
    if (plain := _PLAIN.fullmatch(line)) and (
        tick := _plain_tick(fold(plain[1].decode("ascii"), case), plain[2], time)
    ):
        return tick
    fields = read_fields(line)
    if fields.get("t") is None:
        fields["t"] = str(time)
    return check_numbers(tick_from(fields, case))


def _plain_tick(symbol: str, fields: bytes, time: int) -> Tick | None:
    """Return the tick of a plain line; None if it has no price."""
    found: dict[str, str] = dict([part.split('":') for part in fields.decode("ascii")[1:].split(',"')])
    if (price := found.get("p")) is None:
        return None
    get = found.get
    return Tick(
        symbol,
        int(get("t", time)),
        price,
        get("s"),
        get("bp"),
        get("bs"),
        get("ap"),
        get("as"),
        get("v"),
    )


def _symbol(line: bytes, case: Case) -> str:
    return parse_symbol(line.decode("ascii", "replace"), case)


def _symbol_of(fields: Mapping[str, Any], case: Case) -> str:
    symbol = fields.get("S")
    if not isinstance(symbol, str):
        raise FieldError("S: a symbol is needed, a text")
    try:
        return parse_symbol(symbol, case)
    except ValueError as error:
        raise FieldError(f"S: {error}") from None


def _text(fields: Mapping[str, Any], name: str) -> str | None:
    value = fields.get(name)
    if value is None:
        return None
    # A number is a text here, too: read_fields keeps its digits.
    if fault := text_fault(name, value if isinstance(value, str) else "\0"):
        raise FieldError(f"{name}: {fault}")
    return str(value)


def _parsed(lines: bytes | None, parse: Callable[[bytes], T], faults: list[Fault]) -> list[tuple[T, bytes]]:
    """Return what `parse` makes of each line, and the line; lines that it refuses become faults."""
    found: list[tuple[T, bytes]] = []
    for line in lines.split(b"\n") if lines else ():
        if stripped := line.strip():
            try:
                found.append((parse(stripped), line))
            except ValueError as error:
                faults.append(Fault(line, str(error)))
    return found


def _check_size(fields: Mapping[bytes, bytes]) -> None:
    """Raise EntryError if the lines are too many; hand_in.lua counts them in the same way."""
    held = [value for name in LINES if (value := fields.get(name))]
    lines = sum(value.count(b"\n") + (value[-1:] != b"\n") for value in held)
    size = sum(map(len, held))
    if not lines or lines > MAX_ENTRY_LINES or size > MAX_ENTRY_BYTES:
        raise EntryError(
            f"{lines} lines, {size} bytes; an entry has 1 to {MAX_ENTRY_LINES} and at most {MAX_ENTRY_BYTES}"
        )


def _producer(fields: Mapping[bytes, bytes]) -> str:
    if (value := fields.get(b"by")) is None:
        if b"n" in fields:
            raise EntryError("n: a number needs by, the producer that it counts for")
        return ""
    try:
        text = value.decode("utf-8")
    except UnicodeDecodeError:
        raise EntryError("by: a producer's id is UTF-8") from None
    if not 1 <= len(text) <= MAX_PRODUCER_LENGTH or _CONTROL.search(text):
        raise EntryError(
            f"by: a producer's id has 1 to {MAX_PRODUCER_LENGTH} characters, none of them a control character"
        )
    return text


def _number(fields: Mapping[bytes, bytes]) -> int | None:
    if (value := fields.get(b"n")) is None:
        return None
    if not (value.isdigit() and len(value) <= 16 and int(value) <= MAX_WHOLE):
        raise EntryError(f"n: {value[:40]!r} is not a whole number, 0 to {MAX_WHOLE}")
    return int(value)


def counted(fields: Mapping[bytes, bytes]) -> int:
    """Return the bytes that hand_in.lua counted for an entry; 0 for one that was not counted."""
    value = fields.get(b"c", b"")
    return int(value) if value.isdigit() and len(value) <= 9 else 0
