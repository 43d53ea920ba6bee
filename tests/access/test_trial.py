"""Tokens of seconds, renewed and expiring: as the trial of an hour, short enough for CI."""

from tests.access.trial import attempt


async def test_renewing_and_returning_clients_lose_nothing_and_no_expired_token_counts() -> None:
    found = await attempt(seconds=14, clients=8, lifetime=4, seed=7)
    assert found.faults == []
    assert found.findings.ticks > 300
    assert found.renewals[200] > 16
    assert found.byes["expired"] >= 8
    assert found.returns >= 8
    assert found.refused[401] >= 10
    assert set(found.findings.resumed) <= {"new", "live", "replayed"}
