"""Who pays for a request: its address, and its subject from its very beginning."""

import pytest

from tickcast.gateway.limits.payers import Payers, share_of
from tickcast.gateway.limits.work import BURST, Work
from tickcast.runtime.problem import Problem

SHARE = share_of("me")


@pytest.fixture
def work() -> Work:
    return Work(100, lambda: 1000.0)


def owed(work: Work) -> tuple[float, float]:
    """Return the ms of CPU time that the address and the subject owe."""
    return round(work._own.seconds("a") * 100), round(work._own.seconds(SHARE) * 100)


def test_a_subject_pays_for_what_was_done_before_it_was_known_too(work: Work) -> None:
    payers = Payers(work, "a")
    payers(0.1)
    assert owed(work) == (100, 0)
    payers.join("me")
    assert owed(work) == (100, 100)
    payers(0.05)
    payers.join("me")
    assert owed(work) == (150, 150)
    assert work.seconds == pytest.approx(0.15)


def test_a_refusal_does_not_count_for_the_subject(work: Work) -> None:
    work.charge_besides(SHARE, 0.1 * (BURST + 10))
    payers = Payers(work, "a")
    payers(0.1)
    before = owed(work)
    with pytest.raises(Problem, match="of your subject") as refused:
        payers.join("me")
    assert (refused.value.status, refused.value.headers["retry-after"]) == (429, "10")
    payers(0.1)
    assert owed(work) == (before[0] + 100, before[1])


def test_work_goes_on_when_both_may_have_more(work: Work) -> None:
    payers = Payers(work, "a", "me")
    payers.check()
    work.charge_besides(SHARE, 0.1 * (BURST + 10))
    assert payers.wait() == pytest.approx(10)
    with pytest.raises(Problem, match="of your subject"):
        payers.check()
    work.charge("a", 0.1 * (BURST + 20))
    assert payers.wait() == pytest.approx(20)
    with pytest.raises(Problem, match="of your address"):
        payers.check()


def test_a_share_is_of_a_subject_and_no_address() -> None:
    assert share_of("10.1.2.3") != "10.1.2.3"
    assert share_of("me") != share_of("you")
    # Any text is a subject.
    assert len(share_of("\ud800" * 10_000)) == len(share_of(""))
