"""Messages between gateways: they come back as they were, and nothing else is taken for one."""

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from tickcast.gateway.cluster.messages import (
    GATEWAY,
    MAX_REPLY,
    PING,
    STATUSES,
    MessageError,
    PatchReply,
    PatchRequest,
    decode_message,
    encode_reply,
    encode_request,
)
from tickcast.gateway.streams.patch import MAX_BODY

NUMBERS = st.from_regex(rb"[0-9a-f]{16}", fullmatch=True)
DIGEST = b"\x07" * 32

requests = st.builds(
    PatchRequest,
    NUMBERS,
    st.from_regex(GATEWAY, fullmatch=True),
    st.binary(min_size=32, max_size=32),
    st.binary(max_size=100),
)
replies = st.builds(
    PatchReply,
    NUMBERS,
    st.sampled_from(STATUSES),
    st.lists(st.text(max_size=33)),
    st.text(max_size=200),
)


@given(requests)
def test_a_request_comes_back(request: PatchRequest) -> None:
    assert decode_message(encode_request(request)) == request


@given(replies)
def test_a_reply_comes_back(reply: PatchReply) -> None:
    assert decode_message(encode_reply(reply)) == reply


def test_a_sign_of_life_says_nothing() -> None:
    assert decode_message(PING) is None


@given(st.binary(max_size=300))
@example(PING)
@example(b"1 ask 0123456789abcdef gw " + DIGEST.hex().encode() + b"\n")
@example(b'1 answer 0123456789abcdef 200\n{"detail":"","entries":[]}')
def test_any_bytes_are_a_message_or_refused(data: bytes) -> None:
    try:
        message = decode_message(data)
    except MessageError:
        return
    if isinstance(message, PatchReply):
        # JSON may be written in other ways than ours.
        assert decode_message(encode_reply(message)) == message
    else:
        assert data == (PING if message is None else encode_request(message))


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"2 ping\n",
        b"1 ping\nmore",
        b"1 ask 0123456789abcdef gw " + DIGEST.hex().encode(),
        b"1 ask 0123456789abcdef g w " + DIGEST.hex().encode() + b"\n{}",
        b"1 ask 0123456789abcdef " + b"g" * 65 + b" " + DIGEST.hex().encode() + b"\n{}",
        encode_request(PatchRequest(b"0" * 16, "gw", DIGEST, b"x" * (MAX_BODY + 1))),
        b"1 answer 0123456789abcdef 500\n{}",
        b"1 answer 0123456789abcdef 200\n[]",
        b"1 answer 0123456789abcdef 200\n" + b"[" * 100_000,
        b'1 answer 0123456789abcdef 200\n{"entries":{},"detail":""}',
        b'1 answer 0123456789abcdef 200\n{"entries":[1],"detail":""}',
        b'1 answer 0123456789abcdef 400\n{"entries":[],"detail":7}',
        b'1 answer 0123456789abcdef 400\n{"entries":[],"detail":"%b"}' % (b"x" * 2001),
        b'1 answer 0123456789abcdef 200\n{"entries":["%b"],"detail":""}' % (b"x" * MAX_REPLY),
    ],
)
def test_what_is_nearly_a_message_is_refused(data: bytes) -> None:
    with pytest.raises(MessageError):
        decode_message(data)
