"""Messages between gateways: they come back as they were, and nothing else is taken for one."""

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from tickcast.access.grant import Grant
from tickcast.gateway.cluster.messages import (
    MAX_REPLY,
    PING,
    STATUSES,
    Ask,
    MessageError,
    PatchReply,
    decode_message,
    encode_ask,
    encode_reply,
)
from tickcast.gateway.streams.cluster_key import ClusterKey
from tickcast.gateway.streams.patch import MAX_BODY
from tickcast.gateway.streams.stream_ids import ADDRESS

NUMBERS = st.from_regex(rb"[0-9a-f]{16}", fullmatch=True)
DIGEST = b"\x07" * 32
KEY = ClusterKey(b"k" * 32)
ASK = Ask(b"0123456789abcdef", "AAAAAAAA", 1795384800123, DIGEST, b'{"add":["A"]}')


def signed(head: bytes, body: bytes = b"") -> bytes:
    """Return a message with the right MAC, whatever it says."""
    return b"%b %b\n%b" % (head, KEY.sign(b"message", head, body).hex().encode(), body)


requests = st.builds(
    Ask,
    NUMBERS,
    st.from_regex(ADDRESS, fullmatch=True),
    st.integers(0, 10**15),
    st.binary(min_size=32, max_size=32),
    st.binary(max_size=100),
    st.just(""),
    st.none(),
    st.integers(0, 10**15),
)
replies = st.builds(
    PatchReply,
    NUMBERS,
    st.sampled_from(STATUSES),
    st.lists(st.text(max_size=33)),
    st.text(max_size=200),
)


grants = st.builds(
    Grant,
    st.text(min_size=1, max_size=20),
    st.lists(st.text("AB.*", max_size=64), max_size=200).map(tuple),
    st.integers(0, 10_000),
    st.none() | st.integers(0, 100),
    st.just(0),
    st.lists(st.text(max_size=9), max_size=5).map(tuple),
    st.none() | st.floats(0, 1e11),
    st.none() | st.floats(0, 1e11),
    st.text(max_size=64),
)


@given(requests, grants)
def test_a_request_comes_back_with_its_grant(request: Ask, grant: Grant) -> None:
    renewing = request._replace(subject=grant.subject, grant=grant)
    assert decode_message(encode_ask(renewing, KEY), KEY) == renewing
    named = request._replace(subject=grant.subject)
    assert decode_message(encode_ask(named, KEY), KEY) == named


@given(requests)
def test_a_request_comes_back(request: Ask) -> None:
    assert decode_message(encode_ask(request, KEY), KEY) == request


@given(replies)
def test_a_reply_comes_back(reply: PatchReply) -> None:
    assert decode_message(encode_reply(reply, KEY), KEY) == reply


def test_a_sign_of_life_says_nothing() -> None:
    assert decode_message(PING, KEY) is None


@given(st.binary(max_size=300))
@example(PING)
@example(signed(b"2 ask 0123456789abcdef AAAAAAAA 1 " + DIGEST.hex().encode()))
@example(signed(b"2 answer 0123456789abcdef 200", b'{"detail":"","entries":[]}'))
def test_any_bytes_are_a_message_or_refused(data: bytes) -> None:
    try:
        message = decode_message(data, KEY)
    except MessageError:
        return
    if isinstance(message, PatchReply):
        # JSON may be written in other ways than ours.
        assert decode_message(encode_reply(message, KEY), KEY) == message
    else:
        assert data == (PING if message is None else encode_ask(message, KEY))


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"1 ping\n",
        b"2 ping\nmore",
        signed(b"1 ask 0123456789abcdef AAAAAAAA 1 " + DIGEST.hex().encode()),
        signed(b"2 ask 0123456789abcdef AAA AAAA 1 " + DIGEST.hex().encode(), b"{}"),
        signed(b"2 ask 0123456789abcdef " + b"g" * 65 + b" 1 " + DIGEST.hex().encode(), b"{}"),
        signed(b"2 ask 0123456789abcdef AAAAAAAA 12345678901234567 " + DIGEST.hex().encode(), b"{}"),
        encode_ask(ASK._replace(body=b"x" * (MAX_BODY + 1)), KEY),
        signed(b"2 answer 0123456789abcdef 500", b"{}"),
        signed(b"2 answer 0123456789abcdef 200", b"[]"),
        signed(b"2 answer 0123456789abcdef 200", b"[" * 100_000),
        signed(b"2 answer 0123456789abcdef 200", b'{"entries":{},"detail":""}'),
        signed(b"2 answer 0123456789abcdef 200", b'{"entries":[1],"detail":""}'),
        signed(b"2 answer 0123456789abcdef 400", b'{"entries":[],"detail":7}'),
        signed(b"2 answer 0123456789abcdef 400", b'{"entries":[],"detail":"%b"}' % (b"x" * 2001)),
        signed(b"2 answer 0123456789abcdef 200", b'{"entries":["%b"],"detail":""}' % (b"x" * MAX_REPLY)),
    ],
)
def test_what_is_nearly_a_message_is_refused(data: bytes) -> None:
    with pytest.raises(MessageError):
        decode_message(data, KEY)


@pytest.mark.parametrize(
    "message", [encode_ask(ASK, KEY), encode_reply(PatchReply(b"0" * 16, 200, ["A"], ""), KEY)]
)
def test_nothing_of_a_message_can_be_changed(message: bytes) -> None:
    for at in range(len(message)):
        for other in b"0aA":
            changed = message[:at] + bytes((other,)) + message[at + 1 :]
            if changed != message:
                with pytest.raises(MessageError):
                    decode_message(changed, KEY)


def test_a_message_by_another_key_is_refused_and_one_by_the_key_before_is_not() -> None:
    other, key = ClusterKey(), ClusterKey(b"k" * 32)
    with pytest.raises(MessageError, match="no gateway has signed it"):
        decode_message(encode_ask(ASK, other), key)
    message = encode_ask(ASK, key)
    key.replace(b"n" * 32)
    assert decode_message(message, key) == ASK
    for number in range(4):
        key.replace(bytes((number,)) * 32)
    with pytest.raises(MessageError):
        decode_message(message, key)
