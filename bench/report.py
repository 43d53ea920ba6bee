"""Writes docs/performance.md and its charts from the stored results."""

from collections import Counter
from collections.abc import Sequence
from pathlib import Path

from tickcast.bench import chart
from tickcast.bench.catalogue import ALL
from tickcast.bench.full_run import FullRun
from tickcast.bench.result import Column, Result, Target, number
from tickcast.bench.run import Run

DOCS = Path(__file__).resolve().parent.parent / "docs"

_BARS = {
    "broadcast": ("cost",),
    "watchlists": ("yield", "p99"),
    "idle": ("each",),
    "latency": ("p50", "p99"),
    "bandwidth": ("bytes", "core"),
}
"""The columns of a scenario that become bar charts."""

_INTRODUCTION = """# Performance

Written by `tickcast bench report` from the results of `tickcast bench all` and `tickcast bench soak`. Do not
edit it: measure again. All programs run on one machine over loopback, which is part of every figure; compare
figures only with figures of the same run. Results from another run are marked. Missed targets are marked too,
with a profile of the program where it is ours.

Mercure and Centrifugo are measured where their binaries are on PATH. We had none: their drivers have been
tested only against stand-ins that we wrote after their documentation.
"""

MAX_MINUTES = 15
"""Minutes that `all` may take."""


def write(
    results: Sequence[Result], docs: Path = DOCS, missing: Sequence[str] = (), record: FullRun | None = None
) -> Path:
    """Write the report and its charts; return the path of the report.

    `missing` are scenarios without a result; `record` is the record of the newest full run.
    """
    drawn = docs / "performance"
    drawn.mkdir(parents=True, exist_ok=True)
    for old in drawn.glob("*.svg"):
        old.unlink()
    full = newest_full_run(results)
    record = record if record and record.run.id == full.id else FullRun()
    parts = [_INTRODUCTION, _machine(results, full, record), _targets(results, missing, full, record)]
    for result in results:
        charts = _charts(result)
        for name, svg in charts.items():
            (drawn / name).write_text(svg, "utf-8")
        parts.append(_section(result, list(charts), results, full))
    path = docs / "performance.md"
    path.write_text("\n".join(parts), "utf-8")
    return path


def newest_full_run(results: Sequence[Result]) -> Run:
    """Return the full run to which most results belong, the newest of several; a Run without id if none."""
    runs = {result.run.id: result.run for result in results if result.run.whole}
    parts = Counter(result.run.id for result in results)
    return max(runs.values(), key=lambda run: (parts[run.id], run.began), default=Run())


def _machine(results: Sequence[Result], full: Run, record: FullRun) -> str:
    of_it = [result for result in results if full.id and result.run.id == full.id]
    common = "\n".join(f"- {note}" for note in _common(results))
    if not of_it:
        return f"There is no full run: each scenario says when it was measured.\n\n{common}\n"
    parts = record.scenarios or {result.scenario: result.seconds for result in of_it}
    took = "; in seconds: " + ", ".join(f"{name} {seconds:.0f}" for name, seconds in parts.items())
    length = (
        f"It took {record.seconds / 60:.1f} minutes in all" if record.seconds else "Its length was not kept"
    )
    return (
        f"Measured by `{full.command}`, {_when(of_it[0])}, on: {_about(of_it[0].machine)}.\n\n"
        f"{length}{took}.\n\n{common}\n"
    )


def _when(result: Result) -> str:
    run = result.run
    return f"begun {run.began or 'at an unknown time'}" + (f", code {run.code}" if run.code else "")


def _about(machine: dict[str, str]) -> str:
    return ", ".join(f"{name} {text}" for name, text in machine.items())


def _apart(result: Result, results: Sequence[Result], full: Run) -> list[str]:
    """Return remarks on a result that does not belong to the full run of the report, or was changed."""
    lines = []
    if result.altered:
        lines.append("**Changed by hand** since it was measured, or written by an older version.")
    if not full.id or result.run.id != full.id:
        by = f" by `{result.run.command}`" if result.run.command else ""
        machine = next((each.machine for each in results if each.run.id == full.id), None)
        on = "" if machine == result.machine else f", on: {_about(result.machine)}"
        lines.append(f"Not part of a full run: measured {result.at}{by}, {_when(result)}{on}.")
    return ["", *lines] if lines else []


def _common(results: Sequence[Result]) -> list[str]:
    """Return the notes that more than two results share; the report prints them once."""
    notes = dict.fromkeys(note for result in results for note in result.notes)
    return [note for note in notes if sum(note in result.notes for result in results) > 2]


def _run_row(results: Sequence[Result], record: FullRun) -> str:
    """Return the row of the full run: its length counts only if the report shows all of its results."""
    row = f"| all | minutes in all | {{}} | ≤ {MAX_MINUTES} | {{}} |"
    if not record.seconds:
        return row.format("–", "**not measured**: no full run with these results came to its end")
    runs = {result.scenario: result.run.id for result in results}
    lacks = [f"{name} failed" for name in record.failed]
    lacks += [f"{name} was not in it" for name in ALL if name not in record.scenarios]
    lacks += [f"{name} is missing" for name in record.scenarios if name not in runs]
    lacks += [
        f"{name} was measured again since"
        for name in record.scenarios
        if runs.get(name, record.run.id) != record.run.id
    ]
    lacks += ["changed by hand"] * record.altered
    lasted = Target("minutes in all", record.seconds / 60, MAX_MINUTES)
    verdict = (
        f"**incomplete**: {', '.join(lacks)}; the minutes are those of the run" if lacks else _met(lasted)
    )
    return row.format(number(lasted.measured), verdict)


def _targets(results: Sequence[Result], missing: Sequence[str], full: Run, record: FullRun) -> str:
    lines = [
        "## Targets",
        "",
        "| scenario | figure | measured | target | |",
        "|---|---|--:|--:|---|",
    ]
    of_it = [result for result in results if full.id and result.run.id == full.id]
    if of_it:
        lines.append(_run_row(results, record))
    for result in results:
        apart = " (changed by hand)" if result.altered else ""
        apart += "" if result in of_it else " (measured apart)"
        for target in result.targets:
            bound = "≤" if target.at_most else "≥"
            lines.append(
                f"| [{result.scenario}](#{result.scenario}) | {target.what} "
                f"| {_figure(target)} | {bound} {number(target.limit)} "
                f"| {_met(target)}{apart} |"
            )
    lines += [f"| {name} | – | – | – | **not measured** |" for name in missing]
    return "\n".join([*lines, ""])


def _figure(target: Target) -> str:
    return f"{number(target.measured)} {target.unit if target.measured is not None else ''}".rstrip()


def _met(target: Target) -> str:
    if target.measured is None:
        return f"**not measured**: {target.why}"
    return "reached" if target.reached else "**not reached**"


def _section(result: Result, charts: Sequence[str], results: Sequence[Result], full: Run) -> str:
    lines = [f"## {result.scenario}", "", f"{result.setting[:1].upper()}{result.setting[1:]}."]
    lines += [*_apart(result, results, full), ""]
    lines += _table(result.columns, result)
    lines += ["", *(f"![{Path(name).stem.replace('-', ' ')}](performance/{name})" for name in charts)]
    shared = _common(results)
    own = [f"- {note}" for note in result.notes if note not in shared]
    rest = [*own, *_why(result)]
    return "\n".join([*lines, "", *rest, ""] if rest else [*lines, ""])


def _why(result: Result) -> list[str]:
    """Return the profiles of a result that misses a target, as tables; other results need none."""
    if all(target.reached for target in result.targets):
        return []
    lines = [
        "",
        "Why a target was missed: the CPU profile of the measured program, sampled just after the window.",
    ]
    for name, parts in result.profiles.items():
        lines += ["", f"| {name} | core % |", "|---|--:|"]
        lines += [f"| {place} | {100 * part:.1f} |" for place, part in parts.items()]
    return lines if result.profiles else []


def _table(columns: Sequence[Column], result: Result) -> list[str]:
    if not columns:
        return []
    lines = [
        "| | " + " | ".join(column.title for column in columns) + " |",
        "|---|" + "--:|" * len(columns),
    ]
    for row in result.rows:
        cells = [number(row.get(column.key), column.digits) for column in columns]
        lines.append(f"| {row['who']} | " + " | ".join(cells) + " |")
    return lines


def _charts(result: Result) -> dict[str, str]:
    """Return the charts of a result, by file name."""
    drawn = {}
    for column in result.columns:
        if column.key in _BARS.get(result.scenario, ()):
            values = [
                (str(row["who"]), float(value))
                for row in result.rows
                if isinstance(value := row.get(column.key), int | float)
            ]
            title = f"{result.scenario}: {column.title}"
            drawn[f"{result.scenario}-{column.key}.svg"] = chart.bars(title, values, column.digits)
    for number_, (title, points) in enumerate(result.series.items(), 1):
        if len(points) > 1:
            what, _, across = title.partition(" by ")
            name = f"{result.scenario}-{number_}.svg"
            drawn[name] = chart.line(f"{result.scenario}: {what}", points, across)
    return drawn
