import itertools

from hypothesis import given
from hypothesis import strategies as st

from tickcast.publisher.sources.lines import MAX_LINE_LENGTH, Line, LineSplitter


@given(st.binary(max_size=200), st.lists(st.integers(0, 200)))
def test_lines_are_the_same_however_the_input_is_cut(data: bytes, cuts: list[int]) -> None:
    cutter, lines = LineSplitter(), []
    places = [0, *sorted(cuts), len(data)]
    for begin, end in itertools.pairwise(places):
        lines += cutter.feed(data[begin:end])
    lines += cutter.finish()

    whole = data.split(b"\n")
    if not whole[-1]:
        whole.pop()
    assert lines == [Line(number, text.removesuffix(b"\r")) for number, text in enumerate(whole, 1)]


def test_a_line_too_long_is_passed_over_and_the_next_one_is_whole() -> None:
    cutter = LineSplitter()
    lines = cutter.feed(b"x" * MAX_LINE_LENGTH + b"\n")
    for _ in range(40):
        lines += cutter.feed(b"y" * 65_536)
        assert cutter.held <= MAX_LINE_LENGTH
    lines += cutter.feed(b"\nz\n")

    assert lines == [Line(1, b"x" * MAX_LINE_LENGTH), Line(2, None), Line(3, b"z")]


def test_the_last_line_needs_no_end_and_may_be_too_long() -> None:
    cutter = LineSplitter()
    assert cutter.feed(b"a\nb" + b"b" * MAX_LINE_LENGTH) == [Line(1, b"a")]
    assert cutter.finish() == [Line(2, None)]
