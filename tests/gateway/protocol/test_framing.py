"""How events become the bytes of one frame."""

import json

from hypothesis import given
from hypothesis import strategies as st

from tickcast.cli.verify.sse import SseParser
from tickcast.gateway.protocol import sse
from tickcast.gateway.protocol.events import batch_events, gather_ticks, newest_events
from tickcast.gateway.protocol.framing import Framing

other = st.sampled_from([sse.event("gap", {"reason": "slow"}), sse.event("snapshot", b"[]", "s")])
runs = st.lists(st.integers(0, 99).map(lambda q: b'{"S":"A","q":%d}' % q), min_size=1, max_size=5)


def test_a_frame_is_one_chunk_of_its_events() -> None:
    events = batch_events([(b"A", b"{}"), (b"B", b"{}")], "c")
    assert Framing().frame(events) == sse.chunk(b"".join(events))


@given(
    st.lists(
        runs.map(lambda jsons: batch_events([(b"A", each) for each in jsons], "c")) | other.map(lambda e: [e])
    )
)
def test_an_array_holds_the_same_ticks_in_the_same_order_and_the_same_last_cursor(
    parts: list[list[bytes]],
) -> None:
    events = [event for part in parts for event in part]
    plain, packed = SseParser(), SseParser()
    found = []
    for event in packed.feed(b"".join(gather_ticks(events))):
        ticks = json.loads(event.data) if event.type == b"ticks" else [json.loads(event.data)]
        found += [(event.type.removesuffix(b"s"), tick) for tick in ticks]
    expected = [(event.type, json.loads(event.data)) for event in plain.feed(b"".join(events))]
    assert found == expected
    assert packed.last_event_id == plain.last_event_id


def test_conflated_ticks_keep_the_cursor_of_the_last_one() -> None:
    assert gather_ticks(newest_events([b"{}", b"{}"], "c")) == [b"id: c\nevent: ticks\ndata: [{},{}]\n\n"]
