"""Hypothesis strategies for what stands on the wire."""

from hypothesis import strategies as st

from tickcast.wire.bar import INTERVALS, Bar
from tickcast.wire.decimals import number_fault
from tickcast.wire.instrument import Instrument, size_fault
from tickcast.wire.notice import REASONS, STATES, Retired, SymbolState
from tickcast.wire.position import MAX_MS, MAX_SEQ, Position
from tickcast.wire.symbol import PATTERN
from tickcast.wire.tick import MAX_TIME, Tick

symbols = st.from_regex(PATTERN, fullmatch=True)

upper_symbols = symbols.map(str.upper)
"""Symbols of a feed that makes all letters upper-case."""

decimals = st.one_of(
    st.integers(-(10**15), 10**15).map(str),
    st.decimals(-(10**9), 10**9, places=8).map(lambda number: format(number, "f")),
    st.from_regex(r"-?(0|[1-9][0-9]{0,9})(\.[0-9]{1,9})?([eE][+-]?[0-9]{1,3})?", fullmatch=True),
)
"""JSON numbers as text, with every digit that they are written with."""

DAY = 1_795_384_800_000_000
"""A time that a source may have, µs since 1970: in November 2026."""

prices = decimals.filter(lambda text: number_fault(text) is None)
sizes = prices.filter(lambda text: text[0] != "-")

_maybe = st.none() | decimals
ticks = st.builds(
    Tick,
    symbol=symbols,
    time=st.integers(1, MAX_TIME),
    price=prices,
    size=st.none() | sizes,
    bid=st.none() | prices,
    bid_size=st.none() | sizes,
    ask=st.none() | prices,
    ask_size=st.none() | sizes,
    volume=st.none() | sizes,
)


@st.composite
def _bars(draw: st.DrawFn) -> Bar:
    interval, step = draw(st.sampled_from(sorted(INTERVALS.items())))
    start = draw(st.integers(0, MAX_TIME // step)) * step
    prices = [draw(decimals) for _ in range(4)]
    q = draw(st.integers(1, MAX_TIME))
    return Bar(draw(symbols), interval, start, *prices, draw(_maybe), draw(st.integers(1, q)), q)


bars = _bars()

notices = st.builds(Retired, symbols, st.sampled_from(REASONS)) | st.builds(
    SymbolState, symbols, st.sampled_from(STATES), st.integers(0, MAX_TIME)
)

_letters = st.characters(exclude_categories=["Cc", "Cf", "Cs", "Zl", "Zp"])

instruments = st.builds(
    Instrument,
    symbol=symbols,
    name=st.text(_letters, max_size=60),
    tick=decimals.filter(lambda text: size_fault(text) is None),
    reference=prices,
    currency=st.text(_letters, max_size=5),
    session=st.text(_letters, max_size=5),
    timezone=st.text(_letters, max_size=5),
    given=st.just("") | prices,
)

positions = st.builds(Position, st.integers(0, MAX_MS), st.integers(0, MAX_SEQ))

epochs = st.binary(min_size=8, max_size=8).map(bytes.hex)
"""Epochs of one partition."""

feed_epochs = st.binary(min_size=6, max_size=6).map(bytes.hex)
