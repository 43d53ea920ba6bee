"""Messages between gateways: signed or not, whatever they say, they are a message or refused in words."""

from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from tests.fuzz.hostile import as_bytes, damaged, filled, objects, values, written
from tests.fuzz.profile import bounded, fuzzed, tried
from tickcast.access.grant import Grant, decode_grant, encode_grant
from tickcast.gateway.cluster.messages import (
    MAX_REPLY,
    Ask,
    MessageError,
    PatchReply,
    decode_message,
    encode_ask,
    encode_reply,
)
from tickcast.gateway.streams.cluster_key import ClusterKey

KEY = ClusterKey(b"k" * 32)
grants = objects(
    {
        "subject": st.text(max_size=9),
        "symbols": st.lists(st.text(max_size=5), max_size=3),
        "interval": st.integers(0, 100),
        "streams": st.none() | st.integers(0, 9),
        "delay": st.integers(0, 9),
        "publish": st.lists(st.text(max_size=5), max_size=3),
        "expires": st.none() | st.floats(0, 1e11),
        "issued": st.none() | st.floats(0, 1e11),
        "key": st.text(max_size=5),
        "operator": st.booleans(),
    }
).map(lambda found: {"subject": "me", "symbols": ["A"], "publish": [], **found})
replies = objects({"entries": st.lists(st.text(max_size=5), max_size=3), "detail": st.text(max_size=9)}).map(
    lambda found: {"entries": [], "detail": "", **found}
)
texts = st.one_of((replies | values).map(written).map(as_bytes), st.binary(max_size=20))


@st.composite
def messages(draw: st.DrawFn) -> bytes:
    """A message that is signed rightly, whatever it says."""
    body = draw(damaged(texts, most=1))
    grant = draw(damaged(grants.map(written).map(as_bytes), most=1))
    asks = b"2 ask 0123456789abcdef AAAAAAAA 1795384800123 " + b"07" * 32
    size = draw(st.sampled_from([len(grant), 1, 99_999]))
    head = draw(
        damaged(
            st.sampled_from(
                [
                    b"2 answer 0123456789abcdef 200",
                    b"2 answer 0123456789abcdef 403",
                    asks,
                    asks + b" bWU",
                    asks + b" _w",
                    asks + b" bWU +%d" % size,
                ]
            ),
            most=1,
        )
    )
    body = grant + body if b"+" in head else body
    return b"%b %b\n%b" % (head, KEY.sign(b"message", head, body).hex().encode("ascii"), body)


@fuzzed(300)
@given(messages() | damaged(messages(), most=2))
def test_any_bytes_are_a_message_or_refused(data: bytes) -> None:
    found = tried(MessageError, decode_message, data, KEY)
    if isinstance(found, PatchReply):
        assert decode_message(encode_reply(found, KEY), KEY) == found
    elif isinstance(found, Ask):
        assert decode_message(encode_ask(found, KEY), KEY) == found


@fuzzed(200)
@given(damaged((grants | values).map(written).map(as_bytes), most=2))
def test_any_bytes_are_a_grant_or_refused(text: bytes) -> None:
    grant = tried(ValueError, decode_grant, text)
    if isinstance(grant, Grant):
        assert decode_grant(encode_grant(grant)) == grant


@fuzzed(8, cost=50)
@given(filled([b"[", b'"', b'{"entries":[', b'"A",', b"0,", b"\\u0000"], MAX_REPLY), st.booleans())
def test_the_longest_message_is_judged_quickly(body: bytes, is_list: bool) -> None:
    head = b"2 answer 0123456789abcdef 200"
    body = b'{"detail":"","entries":["",' + body[:-60].rstrip(b",") + b"]}" if is_list else body
    data = b"%b %b\n%b" % (head, KEY.sign(b"message", head, body).hex().encode("ascii"), body)
    with bounded(seconds=1, mib=64):
        tried(MessageError, decode_message, data, KEY)


def test_some_of_these_are_messages() -> None:
    kinds: list[Any] = []

    @fuzzed(300)
    @given(messages())
    def count(data: bytes) -> None:
        kinds.append(type(tried(MessageError, decode_message, data, KEY)))

    count()
    assert {Ask, PatchReply, MessageError} <= {*kinds}
