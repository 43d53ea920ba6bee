"""When a dead program is started again."""

from tickcast.cli.up.restart_policy import LIMIT, Restarts, cause


def test_a_program_that_refuses_its_settings_is_not_started_again() -> None:
    assert Restarts().after(2, lived=0.5) is None


def test_quick_deaths_wait_longer_each_time_until_one_is_too_many() -> None:
    restarts = Restarts()
    delays = [restarts.after(-9, lived=1.0) for _ in range(LIMIT)]
    assert delays[-1] is None
    waited = [delay for delay in delays if delay is not None]
    assert waited == sorted(set(waited))
    assert len(waited) == LIMIT - 1


def test_a_long_life_forgives_quick_deaths() -> None:
    restarts = Restarts()
    for _ in range(3 * LIMIT):
        assert restarts.after(1, lived=60.0) is not None
        assert restarts.after(-9, lived=1.0) is not None


def test_a_death_is_told_in_words() -> None:
    assert cause(-9) == "killed by SIGKILL"
    assert cause(3) == "exit code 3"
