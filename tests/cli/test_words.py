"""Words for a terminal."""

import pytest

from tickcast.cli.words import plain, span


@pytest.mark.parametrize(
    ("seconds", "words"),
    [
        (-3, "0 s"),
        (0.4, "0 s"),
        (119, "119 s"),
        (120, "2 min"),
        (7199, "119 min"),
        (7200, "2 h"),
        (172_799, "47 h"),
        (172_800, "2 d"),
    ],
)
def test_a_time_is_told_in_its_largest_unit_of_which_there_are_two(seconds: float, words: str) -> None:
    assert span(seconds) == words


def test_what_others_wrote_moves_no_cursor() -> None:
    assert plain("a\x1b[2J é\r\n") == "a\N{REPLACEMENT CHARACTER}[2J é" + 2 * "\N{REPLACEMENT CHARACTER}"
