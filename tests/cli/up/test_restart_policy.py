"""When a dead program is started again."""

from tickcast.cli.up.restart_policy import LONGEST_DELAY, MAX_QUICK_DEATHS, RestartPolicy, cause


def test_a_program_that_refuses_its_settings_is_not_started_again() -> None:
    assert RestartPolicy().delay_after(2, lived=0.5) is None


def test_a_refusal_may_take_long_while_everything_starts() -> None:
    assert RestartPolicy().delay_after(2, lived=60.0, starting=True) is None
    assert RestartPolicy().delay_after(1, lived=60.0, starting=True) is None
    assert RestartPolicy().delay_after(2, lived=60.0) is not None


def test_a_crash_is_no_refusal_once_everything_runs() -> None:
    assert RestartPolicy().delay_after(1, lived=8.0) is not None


def test_only_the_first_start_can_refuse_settings() -> None:
    restarts = RestartPolicy()
    assert restarts.delay_after(-9, lived=0.5) is not None
    assert restarts.delay_after(1, lived=0.5) is not None


def test_quick_deaths_wait_longer_each_time_up_to_a_bound_and_none_is_the_last() -> None:
    restarts = RestartPolicy()
    delays = [restarts.delay_after(-9, lived=1.0) for _ in range(3000)]
    waited = [delay for delay in delays if delay is not None]
    assert len(waited) == 3000
    assert waited == sorted(waited)
    assert waited[0] < waited[1] < waited[2]
    assert waited[-1] == LONGEST_DELAY


def test_a_program_that_dies_quickly_too_often_does_not_stay_up_until_it_has_lived_long() -> None:
    restarts = RestartPolicy()
    for _ in range(MAX_QUICK_DEATHS):
        assert restarts.stays_up
        restarts.delay_after(-9, lived=1.0)
    assert not restarts.stays_up
    restarts.delay_after(-9, lived=60.0)
    assert restarts.stays_up


def test_a_long_life_forgives_quick_deaths() -> None:
    restarts = RestartPolicy()
    for _ in range(3 * MAX_QUICK_DEATHS):
        assert restarts.delay_after(1, lived=60.0) is not None
        assert restarts.delay_after(-9, lived=1.0) is not None


def test_a_death_is_described_in_words() -> None:
    assert cause(-9) == "killed by SIGKILL"
    assert cause(3) == "exit code 3"
