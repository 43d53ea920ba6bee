import pytest
from hypothesis import given

from tests.support.ticks import instruments, notices
from tickcast.wire.instrument import Instrument, decode_instrument, encode_instrument
from tickcast.wire.notice import (
    Notice,
    NoticeError,
    Retired,
    SymbolState,
    decode_notice,
    encode_notice,
    state_in,
    with_state,
    without_state,
)


@given(notices)
def test_a_notice_survives_the_wire(notice: Notice) -> None:
    assert decode_notice(encode_notice(notice)) == notice


def test_the_form_of_each_notice_is_fixed() -> None:
    assert encode_notice(Retired("AAPL", "idle")) == b'{"S":"AAPL","retired":"idle"}'
    halted = SymbolState("AAPL", "halted", 1795384800123456)
    assert encode_notice(halted) == b'{"S":"AAPL","state":"halted","since":1795384800123456}'


@pytest.mark.parametrize(
    "notice", [Retired("A", "bored"), SymbolState("A", "up", 1), SymbolState("A", "live", -1)]
)
def test_what_cannot_be_said_is_refused(notice: Notice) -> None:
    with pytest.raises(NoticeError, match=r"there are|not a time"):
        encode_notice(notice)


@pytest.mark.parametrize("since", [b"007", b"9007199254740992", b"-1", b""])
def test_a_time_that_no_publisher_writes_is_refused(since: bytes) -> None:
    with pytest.raises(NoticeError):
        decode_notice(b'{"S":"A","state":"halted","since":%b}' % since)


def test_a_state_whose_time_is_no_json_is_not_taken_from_an_instrument() -> None:
    assert state_in(b'{"S":"A","name":"","state":"halted","since":7}') is not None
    assert state_in(b'{"S":"A","name":"","state":"halted","since":07}') is None


@given(instruments, notices)
def test_an_instrument_ends_in_its_newest_state_and_stays_readable(one: Instrument, said: Notice) -> None:
    json = encode_instrument(one)
    notice = encode_notice(SymbolState(one.symbol, "halted", 7))
    halted = with_state(json, notice)
    assert state_in(halted) == notice
    assert decode_instrument(halted) == one
    newer = encode_notice(said._replace(symbol=one.symbol))
    changed = with_state(halted, newer)
    assert state_in(changed) == (newer if isinstance(said, SymbolState) else notice)
    assert without_state(changed) == json
    assert state_in(json) is None


def test_a_name_is_never_taken_for_a_state() -> None:
    named = encode_instrument(Instrument("A", 'x","state":"halted","since":1}', "1", "1", "y"))
    assert state_in(named) is None
    assert without_state(named) == named
    assert state_in(encode_instrument(Instrument("A", "", "1", "1", ',"state":"halted","since":1'))) is None
