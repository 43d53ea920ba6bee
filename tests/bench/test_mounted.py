"""A gateway in an app, measured beside the textbook's tickers."""

from pathlib import Path

from tests.support.snippets import block
from tickcast.bench.catalogue import SCENARIOS
from tickcast.bench.cores import divided
from tickcast.bench.options import Options
from tickcast.bench.scenario import Bench

ROOT = Path(__file__).parents[2]


def test_both_are_measured_in_one_run_and_every_delivery_is_proved() -> None:
    with divided() as cores:
        options = Options(clients=20, rate=20.0, seconds=2.0)
        result = SCENARIOS["mounted"].run(Bench(cores, options, lambda _text: None))
    assert [row["who"] for row in result.rows] == [
        "Tickcast, mounted",
        "Tickcast, mounted, middleware reads",
        "Starlette, a queue each",
        "FastAPI, a subscription each",
    ]
    assert all(float(row["resident"] or 0) > 10 for row in result.rows)
    assert all(float(row["rate"] or 0) > 0 for row in result.rows)


def test_the_docs_show_the_ticker_that_is_measured() -> None:
    code = (ROOT / "bench" / "baselines" / "fastapi_ticker.py").read_text("utf-8")
    shown = block("docs/inside_an_app.md", "Beside the textbook", 0)
    start, end = code.index('@app.get("/v1/stream")'), code.index('@app.get("/readyz")')
    assert code[start:end].strip() == shown.strip()
