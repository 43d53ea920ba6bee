"""What gateways tell of themselves: it comes back as it was, and nothing else is taken for it."""

import json

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from tickcast.gateway.cluster.membership import (
    GATEWAY,
    Summary,
    SummaryError,
    decode_summary,
    encode_summary,
)
from tickcast.gateway.streams.stream_ids import address_of

COUNTS = st.integers(0, 10**15)
summaries = st.builds(
    Summary,
    id=st.from_regex(GATEWAY, fullmatch=True),
    started=COUNTS,
    t=COUNTS,
    clients=COUNTS,
    groups=COUNTS,
    lag=COUNTS,
    feed=st.sampled_from(["live", "stale"]),
    draining=st.booleans(),
    stale=st.sampled_from(["", "main-d15", "main-d15,main-d60"]),
)
GW = address_of("gw").encode()
GOOD = Summary("gw", 1, 2, 3, 4, 5, "live", False)._asdict()


@given(summaries)
@example(Summary("gw", 1, 1, 1, 0, 0, "live", True))
def test_a_summary_comes_back(summary: Summary) -> None:
    found = decode_summary(address_of(summary.id).encode(), encode_summary(summary))
    assert found == summary
    # True == 1, but no page shows it so.
    assert [type(each) for each in found] == [type(each) for each in summary]


def test_an_older_gateway_does_not_tell_which_delayed_feeds_are_stale() -> None:
    older = {field: value for field, value in GOOD.items() if field != "stale"}
    assert decode_summary(GW, json.dumps(older).encode()).stale == ""


@pytest.mark.parametrize(
    ("name", "data"),
    [
        (GW, b""),
        (GW, b"[]"),
        (GW, b"{}"),
        (GW, b"[" * 1000),
        (GW, json.dumps(GOOD | {"id": "g w"}).encode()),
        (b"AAAAAAAA", json.dumps(GOOD).encode()),
        (b"\xff", json.dumps(GOOD).encode()),
        (GW, json.dumps(GOOD | {"clients": "3"}).encode()),
        (GW, json.dumps(GOOD | {"t": True}).encode()),
        (GW, json.dumps(GOOD | {"feed": "<b>"}).encode()),
        (GW, json.dumps(GOOD | {"stale": ["main-d15"]}).encode()),
        (GW, json.dumps(GOOD | {"x": "x" * 1024}).encode()),
    ],
)
def test_what_is_no_summary_is_refused(name: bytes, data: bytes) -> None:
    with pytest.raises(SummaryError):
        decode_summary(name, data)
