"""Tiny real runs: the numbers come from measuring, and a wrong one would be noticed."""

import sys
from subprocess import run

import pytest

from tests.support.eventually import wait_until
from tickcast.bench import redis_link, scrape
from tickcast.bench.catalogue import ALL, SCENARIOS
from tickcast.bench.cores import divided
from tickcast.bench.flash_crowd import FlashCrowd
from tickcast.bench.load import Load, targets
from tickcast.bench.options import Options
from tickcast.bench.process import wait_for
from tickcast.bench.scenario import Bench
from tickcast.bench.scenarios import tokens
from tickcast.bench.servers import STREAMING, TICKCAST
from tickcast.bench.stack import stack
from tickcast.bench.steady_source import symbol_names
from tickcast.bench.trial import measure, trial_of
from tickcast.runtime.errors import UserError

CLIENTS = 20


def test_every_client_counts_each_tick_of_the_feed_once() -> None:
    wanted = targets([TICKCAST.target(",".join(symbol_names(4)))] * CLIENTS)
    with (
        divided() as cores,
        stack(cores) as place,
        place.redis(),
        place.feeder(4, 200.0) as feeder,
        place.gateway() as (gateway, port),
        Load(port, wanted, check_every=5) as load,
    ):
        load.open()
        wait_for(lambda: load.totals().ticks > CLIENTS * 200, "ticks arrive")
        feeder.stop()
        newest = redis_link.newest(place.redis_url)
        wait_for(lambda: not load.prove(newest), "every tick has arrived")
        totals = load.totals()
        assert totals.ticks == scrape.metric(port, "ticks_out_total")
        assert totals.clients == CLIENTS
        assert not totals.faults
        # Every fifth client checks; who opens later by some ticks has as many fewer.
        assert totals.checked == pytest.approx(totals.ticks * 4 / CLIENTS, rel=0.3)
        assert gateway.cpu() > 0
        # One tick more in Redis than anybody was sent, and all of them must miss it.
        assert len(load.prove({**newest, "AAAA": newest["AAAA"] + 1})) == CLIENTS


def test_tokens_are_measured_in_pairs_and_every_delivery_is_proved(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(tokens, "ROUNDS", 1)
    said: list[str] = []
    with divided() as cores:
        options = Options(clients=CLIENTS, rate=100.0, symbols=20, seconds=2.0)
        result = SCENARIOS["tokens"].run(Bench(cores, options, said.append))
    assert [row["who"] for row in result.rows] == [
        "broadcast, CPU µs a tick", "watchlists, CPU µs a tick", "storm, CPU s",
    ]  # fmt: skip
    assert len(said) == 6
    for row in result.rows:
        without, with_ = float(row["without"] or 0), float(row["with"] or 0)
        assert min(without, with_) >= 0
        assert not without or row["ratio"] == pytest.approx(with_ / without)


def test_a_scenario_reports_what_was_delivered() -> None:
    with divided() as cores:
        options = Options(clients=CLIENTS, rate=100.0, symbols=20, seconds=2.0, rivals=False)
        result = SCENARIOS["watchlists"].run(Bench(cores, options, lambda _text: None))
    row = result.row("Tickcast")
    delivered = float(row["rate"] or 0)
    # About: a busy machine may hold up the beginning or the end of so short a time.
    assert 0.5 < delivered / (CLIENTS * 100) < 1.5
    assert float(row["cost"] or 0) > 0
    assert any(target.what == "delivered of what was offered" for target in result.targets)
    profile = result.profiles["Tickcast"]
    assert sum(profile.values()) == pytest.approx(1.0)
    assert any("gateway." in place for place in profile)


def test_a_textbook_server_gets_the_same_ticks() -> None:
    with divided() as cores, stack(cores) as place, place.redis():
        window = measure(trial_of(STREAMING, ["AAAA"] * CLIENTS, 1), place, 1, 50.0, 2.0)
    assert window.checked == window.ticks
    assert 0.5 < window.rate / (CLIENTS * 50) < 1.5


def test_a_server_that_refuses_is_an_error_and_no_figure() -> None:
    with divided() as cores, stack(cores) as place, place.redis(), pytest.raises(UserError, match="refuses"):
        measure(trial_of(TICKCAST, ["no symbol!"] * 2), place, 1, 50.0, 1.0)


def test_an_overload_counts_its_crowd_and_proves_it(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("tickcast.bench.scenarios.overload.CALM", CLIENTS)
    with divided() as cores:
        options = Options(clients=4 * CLIENTS, rate=100.0, symbols=20, seconds=1.0)
        result = SCENARIOS["overload"].run(Bench(cores, options, lambda _text: None))
    over = result.row("twice that")
    assert over["clients"] == 5 * CLIENTS
    assert 0.5 < float(over["rate"] or 0) / (5 * CLIENTS * 100) < 1.5
    assert float(over["wait"] or 0) > 50
    # So few clients fill no core, and the result says so.
    missed = [target.what for target in result.targets if not target.reached]
    assert "gateway's core, overloaded" in missed


def test_a_newest_client_is_behind_until_it_has_the_newest_ticks() -> None:
    path = f"{TICKCAST.target(','.join(symbol_names(4)))}&interval=100"
    with (
        divided() as cores,
        stack(cores) as place,
        place.redis(),
        place.feeder(4, 100.0),
        place.gateway() as (_, port),
        FlashCrowd(port) as crowd,
    ):
        crowd.join([path] * CLIENTS)
        crowd.catch_up(place.redis_url, 10)
        ahead = {symbol: q + 10**6 for symbol, q in redis_link.newest(place.redis_url).items()}
        assert crowd.behind(ahead) == CLIENTS
        wait_until(lambda: crowd.sample().rate > 0)


def test_the_command_lists_all_scenarios_and_names_what_it_does_not_know() -> None:
    listed = run(
        [sys.executable, "-m", "tickcast.cli.main", "bench"], capture_output=True, text=True, check=True
    )
    assert all(f"  {name} " in listed.stdout for name in SCENARIOS)
    wrong = run(
        [sys.executable, "-m", "tickcast.cli.main", "bench", "x"], capture_output=True, text=True, check=False
    )
    assert wrong.returncode == 2
    assert "no scenario is called 'x'" in wrong.stderr


def test_all_leaves_out_what_has_figures_of_its_own_alone() -> None:
    assert {*SCENARIOS} - {*ALL} == {"soak", "tokens", "mounted"}
