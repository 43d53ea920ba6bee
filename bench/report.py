"""docs/performance.md with its charts, from the results that were written."""

from collections.abc import Sequence
from pathlib import Path

from bench import chart
from bench.result import Column, Result, number

DOCS = Path(__file__).parent.parent / "docs"

_BARS = {
    "broadcast": ("cost",),
    "watchlists": ("yield", "p99"),
    "idle": ("each",),
    "latency": ("p50", "p99"),
    "bandwidth": ("bytes", "core"),
}
"""The columns of a scenario that are drawn, a bar for each row."""

_INTRODUCTION = """# Performance

Written by `tickcast bench report` from what `tickcast bench all` and `tickcast bench soak` measured. Do not
edit it: run them again. All programs run on one machine over loopback, which is part of every figure; what
counts is how a figure stands beside those of the same run. Where one falls short it says so, and carries the
profile that says why.

Mercure and Centrifugo are measured where their binaries are on PATH. We had none: their drivers have only
ever met stand-ins that we wrote after their documentation.
"""


def write(results: Sequence[Result], docs: Path = DOCS, missing: Sequence[str] = ()) -> Path:
    """Write the report and its charts; return where the report is.

    `missing` are the scenarios that have not been measured.
    """
    drawn = docs / "performance"
    drawn.mkdir(parents=True, exist_ok=True)
    for old in drawn.glob("*.svg"):
        old.unlink()
    parts = [_INTRODUCTION, _machine(results), _targets(results, missing)]
    for result in results:
        charts = _charts(result)
        for name, svg in charts.items():
            (drawn / name).write_text(svg, "utf-8")
        parts.append(_section(result, list(charts), results))
    path = docs / "performance.md"
    path.write_text("\n".join(parts), "utf-8")
    return path


def _machine(results: Sequence[Result]) -> str:
    newest = max(results, key=lambda result: result.at)
    about = ", ".join(f"{name} {text}" for name, text in newest.machine.items())
    common = "\n".join(f"- {note}" for note in _common(results))
    took = ", ".join(f"{result.scenario} {result.seconds:.0f}" for result in results if result.seconds)
    total = sum(result.seconds for result in results) / 60
    lengths = f"It took {total:.1f} minutes in all; in seconds: {took}.\n\n" if took else ""
    return f"Measured {newest.at} on: {about}.\n\n{lengths}{common}\n"


def _common(results: Sequence[Result]) -> list[str]:
    """Return the notes that most results share, which are said once."""
    notes = dict.fromkeys(note for result in results for note in result.notes)
    return [note for note in notes if sum(note in result.notes for result in results) > 2]


def _targets(results: Sequence[Result], missing: Sequence[str]) -> str:
    lines = [
        "## What was to be reached",
        "",
        "| scenario | figure | measured | target | |",
        "|---|---|--:|--:|---|",
    ]
    for result in results:
        for target in result.targets:
            bound = "≤" if target.at_most else "≥"
            lines.append(
                f"| [{result.scenario}](#{result.scenario}) | {target.what} "
                f"| {number(target.measured)} {target.unit} | {bound} {number(target.limit)} "
                f"| {'reached' if target.reached else '**not reached**'} |"
            )
    lines += [f"| {name} | – | – | – | **not measured** |" for name in missing]
    return "\n".join([*lines, ""])


def _section(result: Result, charts: Sequence[str], results: Sequence[Result]) -> str:
    lines = [f"## {result.scenario}", "", f"{result.setting[:1].upper()}{result.setting[1:]}.", ""]
    lines += _table(result.columns, result)
    lines += ["", *(f"![{Path(name).stem.replace('-', ' ')}](performance/{name})" for name in charts)]
    shared = _common(results)
    own = [f"- {note}" for note in result.notes if note not in shared]
    rest = [*own, *_why(result)]
    return "\n".join([*lines, "", *rest, ""] if rest else [*lines, ""])


def _why(result: Result) -> list[str]:
    """Return the profiles of a result that falls short; what reaches its targets needs none."""
    if all(target.reached for target in result.targets):
        return []
    lines = ["", "Why it falls short: what the core of the measured program went into, sampled just after."]
    for who, parts in result.profiles.items():
        lines += ["", f"| {who} | core % |", "|---|--:|"]
        lines += [f"| {place} | {100 * part:.1f} |" for place, part in parts.items()]
    return lines if result.profiles else []


def _table(columns: Sequence[Column], result: Result) -> list[str]:
    lines = [
        "| | " + " | ".join(column.title for column in columns) + " |",
        "|---|" + "--:|" * len(columns),
    ]
    for row in result.rows:
        cells = [number(row.get(column.key), column.digits) for column in columns]
        lines.append(f"| {row['who']} | " + " | ".join(cells) + " |")
    return lines


def _charts(result: Result) -> dict[str, str]:
    """Return the charts of a result by file name."""
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
