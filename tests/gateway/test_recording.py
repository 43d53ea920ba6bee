"""The comparison with a recording: what it sees and what it passes over."""

import pytest

from tests.support import recording
from tests.support.recording import compare, events_text, value

HELLO = b'retry: 1500\nevent: hello\ndata: {"stream":"a.b","t":1,"retry":1500,"version":1}\n\n'
TICK = b'event: tick\ndata: {"S":"A","q":1,"t":7,"p":1.0}\nid: AQI.1\n\n'
STREAM = HELLO + TICK


def test_ids_times_retry_and_spaces_of_other_documents_do_not_count() -> None:
    other = b'retry: 9\nevent: hello\ndata: {"version": 1, "stream": "c", "t": 2, "retry": 9}\n\n'
    assert events_text(other + TICK) == events_text(STREAM)


@pytest.mark.parametrize(
    ("old", "new"),
    [
        (b'"p":1.0', b'"p":1.00'),
        (b'"p":1.0', b'"p": 1.0'),
        (b'"t":7', b'"t":8'),
        (b"AQI.1", b"AQI.2"),
        (b"AQI.1", b"AQJ.1"),
        (b"event: tick\ndata: ", b"id: AQI.1\nevent: tick\ndata: "),
        (b"id: AQI.1\n", b""),
        (b"retry: 1500\n", b""),
        (b'"version":1', b'"version":2'),
        (b'"version":1', b'"version":1.0'),
        (b'"version":1', b'"version":1,"new":1'),
        (b'"stream":"a.b",', b""),
        (TICK, TICK + TICK),
        (TICK, b""),
        (HELLO + TICK, TICK + HELLO),
    ],
)
def test_any_other_byte_counts(old: bytes, new: bytes) -> None:
    changed = STREAM.replace(old, new)
    assert changed != STREAM
    assert events_text(changed) != events_text(STREAM)


def test_digits_of_a_number_count() -> None:
    assert value(b'{"ref":1.0}') == value(b'{ "ref": 1.0 }') != value(b'{"ref":1.00}')


def test_a_stream_that_is_cut_within_an_event_is_no_recording() -> None:
    with pytest.raises(AssertionError, match="within an event"):
        events_text(STREAM[:-1])


def test_a_difference_fails_and_shows_both_sides(tmp_path: object, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(recording, "FOLDER", tmp_path)
    monkeypatch.setenv("RECORD", "1")
    monkeypatch.delenv("CI", raising=False)
    with pytest.raises(pytest.skip.Exception, match=r"recorded some\.txt"):
        compare("some", events_text(STREAM))
    # Where CI=true nothing is recorded, so nothing there can hide a difference.
    monkeypatch.setenv("CI", "true")
    compare("some", events_text(STREAM))
    with pytest.raises(pytest.fail.Exception, match=r'(?s)-data: .*"p":1\.0\}\n\+data: .*"p":1\.1\}'):
        compare("some", events_text(STREAM.replace(b'"p":1.0', b'"p":1.1')))
