"""When a dead program is started again."""

from tickcast.cli.up.restart_policy import MAX_QUICK_DEATHS, RestartPolicy, cause


def test_a_program_that_refuses_its_settings_is_not_started_again() -> None:
    assert RestartPolicy().delay_after(2, lived=0.5) is None


def test_quick_deaths_wait_longer_each_time_until_one_is_too_many() -> None:
    restarts = RestartPolicy()
    delays = [restarts.delay_after(-9, lived=1.0) for _ in range(MAX_QUICK_DEATHS)]
    assert delays[-1] is None
    waited = [delay for delay in delays if delay is not None]
    assert waited == sorted(set(waited))
    assert len(waited) == MAX_QUICK_DEATHS - 1


def test_a_long_life_forgives_quick_deaths() -> None:
    restarts = RestartPolicy()
    for _ in range(3 * MAX_QUICK_DEATHS):
        assert restarts.delay_after(1, lived=60.0) is not None
        assert restarts.delay_after(-9, lived=1.0) is not None


def test_a_death_is_described_in_words() -> None:
    assert cause(-9) == "killed by SIGKILL"
    assert cause(3) == "exit code 3"
