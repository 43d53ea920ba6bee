"""The lines of an entry: ticks, descriptions, states and symbols to retire, from checked fields."""

from collections.abc import Iterable, Iterator, Mapping
from typing import Any, NamedTuple

from tickcast.client.fields import Moment, Number, moment, number, symbol_of, text
from tickcast.wire.bounds import MAX_TEXT
from tickcast.wire.exact_json import dump_ascii
from tickcast.wire.fields import FieldError
from tickcast.wire.instrument import size_fault
from tickcast.wire.notice import STATES

DESCRIPTION, TICK, STATE, RETIRED = range(4)
"""Kinds of lines, in the order in which the lines of an entry are taken."""


class Line(NamedTuple):
    """A line without its symbol, which the feed may write in another case."""

    kind: int
    symbol: str
    rest: str
    """What follows the symbol in the JSON; empty if the line is the symbol alone."""

    def encode(self, symbol: str) -> bytes:
        """Return the line, its symbol as the feed writes it."""
        whole = symbol if self.kind == RETIRED else f'{{"S":"{symbol}"{self.rest}}}'
        return whole.encode("ascii")


def tick_line(
    symbol: str,
    price: Number,
    time: Moment = None,
    size: Number | None = None,
    bid: Number | None = None,
    bid_size: Number | None = None,
    ask: Number | None = None,
    ask_size: Number | None = None,
    volume: Number | None = None,
) -> Line:
    """Return the line of a tick. Raises FieldError."""
    name = symbol_of(symbol)
    rest = f',"t":{moment("time", time)},"p":{number("price", price)}'
    if size is not None:
        rest += f',"s":{number("size", size, least=0)}'
    if bid is not None:
        rest += f',"bp":{number("bid", bid)}'
    if bid_size is not None:
        rest += f',"bs":{number("bid_size", bid_size, least=0)}'
    if ask is not None:
        rest += f',"ap":{number("ask", ask)}'
    if ask_size is not None:
        rest += f',"as":{number("ask_size", ask_size, least=0)}'
    if volume is not None:
        rest += f',"v":{number("volume", volume, least=0)}'
    return Line(TICK, name, rest)


_FIELDS = ("symbol", "price", "time", "size", "bid", "bid_size", "ask", "ask_size", "volume")


def tick_lines(ticks: Iterable[Mapping[str, Any]]) -> Iterator[Line]:
    """Yield the line of each tick, mappings with the names of the arguments of `publish`.

    Raises FieldError, which says the place of the tick, from 0.
    """
    for place, tick in enumerate(ticks):
        try:
            yield tick_line(**_known(tick))
        except FieldError as error:
            raise FieldError(f"[{place}] {error}") from None


def _known(tick: Mapping[str, Any]) -> Mapping[str, Any]:
    if not isinstance(tick, Mapping):
        raise FieldError(f"{tick!r:.60} is not a dict with {', '.join(_FIELDS)}")
    for name in ("symbol", "price"):
        if name not in tick:
            raise FieldError(f"{name}: missing; a tick needs symbol and price")
    for name in tick:
        if name not in _FIELDS:
            raise FieldError(f"{name!r:.40}: no field of a tick; there are {', '.join(_FIELDS)}")
    return tick


def description_line(
    symbol: str,
    name: str | None = None,
    currency: str | None = None,
    tick: Number | None = None,
    reference: Number | None = None,
    session: str | None = None,
    timezone: str | None = None,
) -> Line:
    """Return the line that describes a symbol; what is None stays as it was. Raises FieldError."""
    rest = ""
    for field, short, value in (
        ("name", "name", name),
        ("currency", "ccy", currency),
        ("session", "session", session),
        ("timezone", "tz", timezone),
    ):
        if value is not None:
            rest += f',"{short}":{dump_ascii(text(field, value, MAX_TEXT[short]))}'
    if tick is not None:
        size = number("tick", tick, least=1)
        if fault := size_fault(size):
            raise FieldError(f"tick: {size} {fault}")
        rest += f',"tick":{size}'
    if reference is not None:
        rest += f',"ref":{number("reference", reference)}'
    return Line(DESCRIPTION, symbol_of(symbol), rest)


def state_line(symbol: str, state: str) -> Line:
    """Return the line that gives a symbol a state. Raises FieldError."""
    if state not in STATES:
        raise FieldError(f"state: {state!r:.60} is none of {', '.join(STATES)}")
    return Line(STATE, symbol_of(symbol), f',"state":"{state}"')


def retired_line(symbol: str) -> Line:
    """Return the line that retires a symbol. Raises FieldError."""
    return Line(RETIRED, symbol_of(symbol), "")
