"""Counting everything and naming the first."""

from structlog.testing import capture_logs

from tickcast.runtime.rejects import Rejects


def test_the_first_of_each_message_is_logged_and_all_are_counted() -> None:
    rejects = Rejects()
    with capture_logs() as logs:
        assert [rejects.add("bad line", line=number) for number in (7, 8, 9)] == [True, False, False]
        assert rejects.add("bad bar", key="A")
    assert rejects.count == 4
    assert logs == [
        {"event": "bad line", "log_level": "error", "line": 7},
        {"event": "bad bar", "log_level": "error", "key": "A"},
    ]


def test_as_many_as_asked_for_are_named_at_the_level_asked_for() -> None:
    rejects = Rejects("warning", named=3)
    with capture_logs() as logs:
        for number in range(5):
            rejects.add("bad line", line=number)
    assert [(log["log_level"], log["line"]) for log in logs] == [("warning", each) for each in range(3)]
