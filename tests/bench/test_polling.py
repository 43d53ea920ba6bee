"""Polling: the ticks that it sees, the ticks that it misses, and the note about both."""

from tickcast.bench.catalogue import SCENARIOS
from tickcast.bench.cores import divided
from tickcast.bench.options import Options
from tickcast.bench.polling import PollingResult, _Poller
from tickcast.bench.scenario import Bench


def test_ticks_between_two_answers_are_missed_and_the_first_answer_is_no_news() -> None:
    found = PollingResult()
    poller = _Poller(found)
    for q, now in ((5, 1000), (5, 2000), (9, 5000)):
        poller.take({"ticks": [{"S": "A", "q": q, "t": 900}]}, now)
    assert (found.seen, found.missed, found.lost) == (1, 3, 0.75)
    assert found.ages.total == 1
    assert PollingResult().lost == 0.0


def test_in_another_epoch_q_begins_again_and_none_was_missed() -> None:
    found = PollingResult()
    poller = _Poller(found)
    for epoch, q in (("0a0a0a0a0a0a", 413), ("0b0b0b0b0b0b", 1), ("0b0b0b0b0b0b", 3)):
        poller.take({"epoch": epoch, "ticks": [{"S": "A", "q": q, "t": 900}]}, 1000)
    assert (found.seen, found.missed) == (1, 1)


def test_the_table_and_a_note_say_what_polling_never_saw() -> None:
    with divided() as cores:
        options = Options(clients=4, symbols=10, rate=100.0, seconds=3.0, rivals=False)
        result = SCENARIOS["latency"].run(Bench(cores, options, lambda _text: None))
    lost = float(result.row("polling, 1 s")["lost"] or 0)
    # A symbol ticks ten times a second, and is asked for once.
    assert lost > 50
    assert result.row("Tickcast")["lost"] == 0.0
    assert "lost" in [column.key for column in result.columns]
    (note,) = (note for note in result.notes if note.startswith("Polling saw"))
    assert f"{lost / 100:.0%} of all" in note
    assert "half of the 100 ms" in note
