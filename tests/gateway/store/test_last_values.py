"""The newest tick of every symbol."""

from hypothesis import given
from hypothesis import strategies as st

from tickcast.gateway.store.last_values import LastValues

batches = st.lists(st.lists(st.sampled_from([b"A", b"B", b"C", b"D"]), min_size=1, max_size=5), max_size=12)


@given(batches, st.integers(0, 60))
def test_since_gives_the_newest_of_what_changed_after_a_number(bodies: list[list[bytes]], after: int) -> None:
    last, newest, number = LastValues(), {}, 0
    for body in bodies:
        ticks = [(symbol, b"%b%d" % (symbol, number + at)) for at, symbol in enumerate(body, 1)]
        last.update(number + 1, ticks)
        for symbol, json in ticks:
            number += 1
            newest[symbol] = (number, json)
    wanted = [b"D", b"B", b"X", b"A"]
    expected = [newest[symbol][1] for symbol in wanted if symbol in newest and newest[symbol][0] > after]
    assert last.since(after, wanted) == expected
    assert last.since_each([after, 1_000], wanted, [0, 0, 0, 0]) == expected
    assert last.since_each([after, 1_000], wanted, [1, 1, 1, 1]) == []
    assert set(last) == set(newest)
    assert len(last) == len(newest)


def test_a_reload_numbers_only_what_differs() -> None:
    last = LastValues()
    last.update(1, [(b"A", b"a1"), (b"B", b"b1")])
    assert last.reload(9, [(b"A", b"a1"), (b"B", b"b2"), (b"C", b"c1")]) == [b"B", b"C"]
    assert last.since(2, [b"A", b"B", b"C"]) == [b"b2", b"c1"]
    assert b"C" in last


def test_a_copy_of_what_is_newer_stays_as_it_was() -> None:
    last = LastValues()
    last.update(1, [(b"A", b"a1"), (b"B", b"b1"), (b"C", b"c1")])
    copy = last.newer(1)
    last.update(4, [(b"B", b"b2")])
    assert copy.since(-1, [b"A", b"B", b"C"]) == [b"b1", b"c1"]
    assert last.between(1, 3, [b"A", b"B", b"C"]) == [b"c1"]
    assert last.between(3, 4, [b"A", b"B", b"C"]) == [b"b2"]
