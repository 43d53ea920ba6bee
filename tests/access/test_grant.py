"""A grant that another gateway has sent: it comes back as it was, or is refused in few words."""

import pytest

from tickcast.access.grant import Grant, decode_grant, encode_grant


def test_a_grant_comes_back() -> None:
    grant = Grant("me", ("A", "B*"), 250, 3, 15, ("A",), 1e9, 1e8, "k", True)
    assert decode_grant(encode_grant(grant)) == grant


@pytest.mark.parametrize(
    ("minutes", "ms"),
    [
        (0, 0),
        (15, 900_000),
        (0.27, 16_200),
        (7 / 60, 7000),
        (1440.0, 86_400_000),
        (0.50001, 30_001),
        (1e-15, 1),
    ],
)
def test_a_delay_has_whole_ms_and_is_never_shorter(minutes: float, ms: int) -> None:
    assert Grant("me", ("A",), delay=minutes).delay_ms == ms


@pytest.mark.parametrize(
    ("text", "why"),
    [
        (b"[]", "no grant: TypeError"),
        (b'{"symbols":[],"publish":[]}', "missing 1 required"),
        (b'{"subject":7,"symbols":[],"publish":[]}', "no grant: subject is of another kind"),
        (b'{"subject":"me","symbols":[],"publish":[],"streams":true}', "streams is of another kind"),
        (b'{"subject":"me","symbols":[7],"publish":[]}', "symbols are no texts"),
        # Deeper than Python can show.
        (b'{"symbols":[],"publish":[],"subject":%b%b}' % (b"[" * 1010, b"]" * 1010), "subject is of another"),
        (b'{"subject":"me","symbols":[],"publish":[],"%b":1}' % (b"x" * 60_000), "unexpected keyword"),
    ],
)  # fmt: skip
def test_what_is_no_grant_is_refused_in_few_words(text: bytes, why: str) -> None:
    with pytest.raises(ValueError, match=why) as refused:
        decode_grant(text)
    assert len(str(refused.value)) <= 200
