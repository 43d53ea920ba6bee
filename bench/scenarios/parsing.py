"""parsing: the cost of ticks in a browser, as single events and as arrays."""

from pathlib import Path

from playwright.sync_api import CDPSession, Error, Page, sync_playwright

from tickcast.bench.result import Column, Result, Target, Value
from tickcast.bench.scenario import Bench, Scenario
from tickcast.bench.stack import stack
from tickcast.runtime.errors import UserError

CHROMIUM = Path("/usr/bin/chromium")
ARGUMENTS = ["--no-sandbox", "--disable-gpu", "--disable-background-networking", "--no-first-run"]

# Parses every event and keeps the newest tick of each symbol, as a page does, but draws nothing.
READ = """(format) => {
  window.ticks = 0;
  window.newest = new Map();
  const keep = (tick) => { window.ticks += 1; window.newest.set(tick.S, tick); };
  window.source = new EventSource(`/v1/stream?format=${format}`);
  window.source.addEventListener("tick", (event) => keep(JSON.parse(event.data)));
  window.source.addEventListener("ticks", (event) => JSON.parse(event.data).forEach(keep));
  return new Promise((opened) => window.source.addEventListener("hello", opened, { once: true }));
}"""

COLUMNS = [
    Column("rate", "ticks/s", 0),
    Column("busy", "main thread busy %", 1),
    Column("cost", "ms per 1,000 ticks", 2),
]


def run(bench: Bench) -> Result:
    """Measure the main thread of a page with each format, by the browser's own metrics."""
    options = bench.options
    symbols, rate, seconds = options.symbols or 500, options.rate or 5_000.0, options.seconds or 8.0
    title = f"Chromium reading {symbols} symbols, {rate:,.0f} ticks/s, every tick"
    if not CHROMIUM.exists():
        why = f"Chromium is not installed ({CHROMIUM})"
        return Result("parsing", title, COLUMNS, [], [_target(None, why)])
    with (
        stack(bench.cores) as place,
        place.redis(),
        place.feeder(symbols, rate),
        place.gateway() as (_, port),
    ):
        rows = _measure(bench, port, seconds)
    share = float(rows[1]["cost"] or 0) / float(rows[0]["cost"] or 1)
    notes = [
        "Time of all tasks of the page's main thread (Performance.getMetrics, TaskDuration): parsing, and "
        "keeping the newest tick of each symbol; nothing is drawn. The browser shares a core with the feed.",
    ]
    return Result("parsing", title, COLUMNS, rows, [_target(share)], notes)


def _target(share: float | None, why: str = "") -> Target:
    return Target("array beside events", share, 1.0, unit="×", why=why)


def _measure(bench: Bench, port: int, seconds: float) -> list[dict[str, Value]]:
    """Return a row for each format. Raises UserError if the browser fails."""
    rows = []
    try:
        with sync_playwright() as playwright:
            browser = playwright.chromium.launch(executable_path=CHROMIUM, args=ARGUMENTS)
            for form in ("events", "array"):
                bench.say(f"parsing: format={form}")
                page = browser.new_page()
                page.goto(f"http://127.0.0.1:{port}/icon.svg")
                rows.append(_row(page, form, seconds))
                page.close()
            browser.close()
    except Error as error:
        raise UserError(f"Chromium: {error}") from None
    return rows


def _row(page: Page, form: str, seconds: float) -> dict[str, Value]:
    session = page.context.new_cdp_session(page)
    session.send("Performance.enable")
    page.evaluate(READ, form)
    page.wait_for_timeout(1000)
    tasks, ticks = _tasks(session), page.evaluate("window.ticks")
    page.wait_for_timeout(1000 * seconds)
    busy, count = _tasks(session) - tasks, page.evaluate("window.ticks") - ticks
    cost = 1e6 * busy / max(1, count)
    return {"who": f"format={form}", "rate": count / seconds, "busy": 100 * busy / seconds, "cost": cost}


def _tasks(session: CDPSession) -> float:
    metrics = session.send("Performance.getMetrics")["metrics"]
    return float(next(each["value"] for each in metrics if each["name"] == "TaskDuration"))


SCENARIO = Scenario("parsing", "the cost of ticks in a browser, as events and as arrays", run, 30)
