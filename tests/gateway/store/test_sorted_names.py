"""Names by prefix, against a look at each of them."""

from hypothesis import given
from hypothesis import strategies as st

from tickcast.gateway.store.sorted_names import FEW, SortedNames

NAMES = st.text("AB.\t", min_size=1, max_size=4).map(str.encode)
PREFIXES = st.sets(st.text("AB.", max_size=3).map(str.encode), max_size=5)


@given(
    st.sets(NAMES),
    st.lists(st.tuples(st.booleans(), st.sets(NAMES), PREFIXES), max_size=6),
    st.integers(0, FEW * 2),
)
def test_names_with_a_prefix_are_found_as_they_come_and_go(
    first: set[bytes], changes: list[tuple[bool, set[bytes], set[bytes]]], many: int
) -> None:
    names, known = SortedNames(first), set(first)
    for number in range(many):
        names.add(b"Z%d" % number)
        known.add(b"Z%d" % number)
    for come, some, prefixes in changes:
        if come:
            for name in some - known:
                names.add(name)
            known |= some
        else:
            names.discard(some & known)
            known -= some
        found = names.matching(tuple(sorted(prefixes)))
        assert found == sorted(name for name in known if name.startswith(tuple(prefixes)))
        assert len(names) == len(known)


def test_a_name_that_goes_and_comes_between_two_looks_is_there_once() -> None:
    names = SortedNames([b"A"])
    names.discard([b"A"])
    names.add(b"A")
    names.add(b"B")
    names.discard([b"B"])
    assert names.matching((b"",)) == [b"A"]
    assert len(names) == 1


def test_a_look_costs_what_it_finds_and_not_what_there_is() -> None:
    class Counted(bytes):
        looks = 0

        def __lt__(self, other: bytes) -> bool:
            Counted.looks += 1
            return bytes.__lt__(self, other)

    names = SortedNames(Counted(b"%06d" % number) for number in range(20_000))
    Counted.looks = 0
    found = names.matching((b"000", b"01000", b"019999", b"1"))
    assert (len(found), found[-1]) == (1000 + 10 + 1, b"019999")
    # Four prefixes, two bisections each.
    assert Counted.looks < 8 * 20
