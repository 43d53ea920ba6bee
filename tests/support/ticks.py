"""Hypothesis strategies for what stands on the wire."""

from hypothesis import strategies as st

from tickcast.wire.bar import INTERVALS, Bar
from tickcast.wire.instrument import Instrument
from tickcast.wire.position import MAX_MS, MAX_SEQ, Position
from tickcast.wire.symbol import PATTERN
from tickcast.wire.tick import MAX_TIME, Tick

symbols = st.from_regex(PATTERN, fullmatch=True)

decimals = st.one_of(
    st.integers(-(10**15), 10**15).map(str),
    st.decimals(-(10**9), 10**9, places=8).map(lambda number: format(number, "f")),
    st.from_regex(r"-?(0|[1-9][0-9]{0,9})(\.[0-9]{1,9})?([eE][+-]?[0-9]{1,3})?", fullmatch=True),
)
"""JSON numbers as text, with every digit that they are written with."""

_maybe = st.none() | decimals
ticks = st.builds(
    Tick,
    symbol=symbols,
    time=st.integers(1, MAX_TIME),
    price=decimals,
    size=_maybe,
    bid=_maybe,
    bid_size=_maybe,
    ask=_maybe,
    ask_size=_maybe,
    volume=_maybe,
)


@st.composite
def _bars(draw: st.DrawFn) -> Bar:
    interval, step = draw(st.sampled_from(sorted(INTERVALS.items())))
    start = draw(st.integers(0, MAX_TIME // step)) * step
    prices = [draw(decimals) for _ in range(4)]
    q = draw(st.integers(1, MAX_TIME))
    return Bar(draw(symbols), interval, start, *prices, draw(_maybe), draw(st.integers(1, q)), q)


bars = _bars()

instruments = st.builds(
    Instrument,
    symbol=symbols,
    name=st.text(max_size=60),
    tick=decimals,
    reference=decimals,
    currency=st.text(max_size=5),
)

positions = st.builds(Position, st.integers(0, MAX_MS), st.integers(0, MAX_SEQ))

epochs = st.binary(min_size=8, max_size=8).map(bytes.hex)
"""Epochs of one partition."""

feed_epochs = st.binary(min_size=6, max_size=6).map(bytes.hex)
