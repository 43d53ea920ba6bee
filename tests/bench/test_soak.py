"""A soak that was cut short says so."""

from tickcast.bench.catalogue import SCENARIOS
from tickcast.bench.cores import divided
from tickcast.bench.options import Options
from tickcast.bench.scenario import Bench


def test_a_soak_that_is_too_short_misses_a_target_and_says_how_many_clients_were_proved() -> None:
    with divided() as cores:
        options = Options(clients=10, rate=100.0, symbols=20, seconds=2.0)
        result = SCENARIOS["soak"].run(Bench(cores, options, lambda _text: None))
    length = next(target for target in result.targets if target.what == "length")
    assert (length.limit, length.unit, length.at_most) == (10, "minutes", False)
    assert length.measured == result.row("Tickcast")["minutes"]
    assert not length.reached
    assert any("8 of 8 clients were proved from first to last." in note for note in result.notes)
