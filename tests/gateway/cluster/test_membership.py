"""What gateways tell of themselves: it comes back as it was, and nothing else is taken for it."""

import json

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from tickcast.gateway.cluster.membership import Summary, SummaryError, decode_summary, encode_summary
from tickcast.gateway.cluster.messages import GATEWAY

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
)
GOOD = Summary("gw", 1, 2, 3, 4, 5, "live", False)._asdict()


@given(summaries)
@example(Summary("gw", 1, 1, 1, 0, 0, "live", True))
def test_a_summary_comes_back(summary: Summary) -> None:
    found = decode_summary(summary.id.encode(), encode_summary(summary))
    assert found == summary
    # True == 1, but no page shows it so.
    assert [type(each) for each in found] == [type(each) for each in summary]


@pytest.mark.parametrize(
    ("name", "data"),
    [
        (b"gw", b""),
        (b"gw", b"[]"),
        (b"gw", b"{}"),
        (b"gw", b"[" * 1000),
        (b"g w", json.dumps(GOOD).encode()),
        (b"\xff", json.dumps(GOOD).encode()),
        (b"gw", json.dumps(GOOD | {"clients": "3"}).encode()),
        (b"gw", json.dumps(GOOD | {"t": True}).encode()),
        (b"gw", json.dumps(GOOD | {"feed": "<b>"}).encode()),
        (b"gw", json.dumps(GOOD | {"x": "x" * 1024}).encode()),
    ],
)
def test_what_is_no_summary_is_refused(name: bytes, data: bytes) -> None:
    with pytest.raises(SummaryError):
        decode_summary(name, data)
