"""Publishers of one source divide the leases evenly; those of another source stand by."""

from hypothesis import given
from hypothesis import strategies as st

from tickcast.publisher.sharing import Member, first_choice, share

NAMES = st.lists(st.sampled_from("abcdefghij"), min_size=1, unique=True)


@given(NAMES, st.integers(1, 256))
def test_all_leases_are_shared_and_no_share_is_larger_by_more_than_one(names: list[str], leases: int) -> None:
    members = [Member(joined, name, "inbox") for joined, name in enumerate(names)]
    shares = [share(members, name, leases) for name in names]
    assert sum(shares) == leases
    assert max(shares) - min(shares) <= 1
    # Each tries a run of its own first: if all begin at once nobody is in another's way.
    tried = [
        {(first_choice(members, name, leases) + each) % leases for each in range(min(shares))}
        for name in names
    ]
    assert sum(map(len, tried)) == len(set().union(*tried))


def test_only_the_source_of_the_oldest_takes_part() -> None:
    members = [Member(3, "c", "inbox"), Member(1, "a", "simulated"), Member(2, "b", "inbox")]
    assert [share(members, name, 16) for name in "abc"] == [16, 0, 0]
    assert [share(members[:1] + members[2:], name, 16) for name in "abc"] == [0, 8, 8]


def test_nothing_moves_without_need() -> None:
    # A frozen leader that wakes up believes that it still leads, and joins as the youngest.
    assert [share([Member(9, "a", "s", 1), Member(5, "b", "s", 1)], name, 1) for name in "ab"] == [0, 1]
    # Redis hung, and all joined again in another order.
    assert [share([Member(9, "a", "s", 1), Member(5, "b", "s")], name, 1) for name in "ab"] == [1, 0]
    members = [Member(9, "a", "inbox", 4), Member(5, "b", "simulated")]
    assert [share(members, name, 4) for name in "ab"] == [4, 0]


def test_who_is_not_in_the_list_leads_nothing() -> None:
    assert share([], "a", 4) == 0
    assert share([Member(1, "b", "inbox")], "a", 4) == 0
