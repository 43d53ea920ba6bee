"""PATCH bodies: any bytes are a change within the bounds, or refused in words."""

from hypothesis import given
from hypothesis import strategies as st

from tests.fuzz.hostile import as_bytes, damaged, filled, objects, values, written
from tests.fuzz.profile import bounded, fuzzed, tried
from tests.support.ticks import symbols
from tickcast.gateway.protocol.request import GroupKey
from tickcast.gateway.protocol.selection import MAX_PREFIXES, parse_selection
from tickcast.gateway.streams.patch import MAX_BODY, PatchError, changed_key, parse_patch
from tickcast.wire.bar import INTERVALS

MOST = 100
"""Entries of a list."""

entries = st.lists(symbols | symbols.map(lambda name: name[:3].strip() + "*") | st.just("*"), max_size=40)
bodies = objects(
    {
        "add": entries,
        "drop": entries,
        "bars": st.lists(st.sampled_from([*INTERVALS])),
        "bars_of": st.none() | entries,
    }
)
KEY = GroupKey(parse_selection("A,B,C*", 100), 0)


def apply(body: bytes) -> None:
    """Parse a body and apply it; be sure of the result, or of the refusal."""
    changed = tried(PatchError, lambda: changed_key(KEY, parse_patch(body, MOST), MOST))
    if isinstance(changed, PatchError):
        return
    for selection in (changed.selection, changed.bars_of):
        assert len(selection.entries) <= MOST
        assert len(selection.prefixes) <= MAX_PREFIXES
        assert parse_selection(",".join(selection.entries), MOST) == selection or not selection.entries
    changed.normal()


@fuzzed(200)
@given(damaged((bodies | values).map(written).map(as_bytes), most=2))
def test_any_body_is_a_change_or_refused(body: bytes) -> None:
    apply(body)


@fuzzed(20, cost=30)
@given(
    filled([b"[", b'{"add":', b'"A",', b'"A*",', b'"",', b"0,", b'{"', b"\\ud800", b'"\\u0000",'], MAX_BODY)
)
def test_the_longest_body_is_judged_quickly(body: bytes) -> None:
    with bounded(seconds=1, mib=16):
        apply(body)
        apply(b'{"add":["A",' + body[: MAX_BODY - 40].rstrip(b",") + b"]}")
