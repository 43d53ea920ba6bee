"""The result of a scenario: table rows, targets and notes; stored as JSON."""

from collections.abc import Iterable
from dataclasses import asdict, dataclass, field
from hashlib import sha256
from pathlib import Path
from typing import Any

import orjson

from tickcast.bench.run import Run

RESULTS = Path(__file__).parent / "results"
"""The folder of the JSON files."""

Value = float | int | str | None


@dataclass
class Column:
    """A column of the table of rows."""

    key: str
    title: str
    """With the unit."""
    digits: int = 1


@dataclass
class Target:
    """A target and the figure that was measured."""

    what: str
    measured: float | None
    """None if it was not measured; `why` holds the reason."""
    limit: float
    at_most: bool = True
    unit: str = ""
    why: str = ""

    @property
    def reached(self) -> bool:
        """Tell whether the target is reached; a target that was not measured is not reached."""
        if self.measured is None:
            return False
        return self.measured <= self.limit if self.at_most else self.measured >= self.limit

    @property
    def sentence(self) -> str:
        """The target and the figure in a sentence."""
        bound = "at most" if self.at_most else "at least"
        found = number(self.measured) if self.measured is not None else f"not measured ({self.why})"
        return f"{self.what}: {found} {self.unit}".rstrip() + f", {bound} {number(self.limit)}"


@dataclass
class Result:
    """The result of a scenario."""

    scenario: str
    setting: str
    """The load, in words."""
    columns: list[Column]
    rows: list[dict[str, Value]] = field(default_factory=list)
    """Values by the key of the column; every row has `who`, the name of the server."""
    targets: list[Target] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)
    series: dict[str, list[tuple[float, float]]] = field(default_factory=dict)
    """Points of line charts, by title."""
    at: str = ""
    machine: dict[str, str] = field(default_factory=dict)
    seconds: float = 0.0
    """Duration of the scenario."""
    profiles: dict[str, dict[str, float]] = field(default_factory=dict)
    """CPU profiles by name: shares of a core by place. They explain a missed target."""
    run: Run = field(default_factory=Run)
    seal: str = ""
    """A digest of all other fields, made when the result was written; it reveals later changes by hand."""

    def row(self, name: str) -> dict[str, Value]:
        """Return the row of `name`. Raises KeyError."""
        for row in self.rows:
            if row["who"] == name:
                return row
        raise KeyError(name)

    @property
    def altered(self) -> bool:
        """Tell whether it was changed by hand since it was written."""
        return self.seal != digest(asdict(self))

    def write(self, directory: Path = RESULTS) -> Path:
        """Seal the result, write it, and return its path."""
        self.seal = digest(asdict(self))
        directory.mkdir(parents=True, exist_ok=True)
        path = directory / f"{self.scenario}.json"
        path.write_bytes(document(asdict(self)))
        return path


def document(fields: dict[str, Any]) -> bytes:
    """Return the text of a file with these fields; an infinite figure becomes null."""
    return orjson.dumps(fields, option=orjson.OPT_INDENT_2 | orjson.OPT_APPEND_NEWLINE)


def digest(fields: dict[str, Any]) -> str:
    """Return a digest of all fields except the seal."""
    return sha256(orjson.dumps({**fields, "seal": ""}, option=orjson.OPT_SORT_KEYS)).hexdigest()


def read(path: Path) -> Result:
    """Return the result in a file that `Result.write` wrote."""
    fields: dict[str, Any] = orjson.loads(path.read_bytes())
    fields["columns"] = [Column(**each) for each in fields["columns"]]
    fields["targets"] = [Target(**each) for each in fields["targets"]]
    fields["series"] = {name: [(x, y) for x, y in points] for name, points in fields["series"].items()}
    fields["run"] = Run(**fields.get("run", {}))
    return Result(**fields)


def read_all(order: Iterable[str], directory: Path = RESULTS) -> list[Result]:
    """Return the stored results, in the order of the scenarios in `order`."""
    paths = (directory / f"{name}.json" for name in order)
    return [read(path) for path in paths if path.exists()]


def number(value: Value, digits: int | None = None) -> str:
    """Return a number as readable text; `digits` behind the point, None for as many as needed."""
    if value is None:
        return "–"
    if isinstance(value, str):
        return value
    if digits is None:
        digits = 0 if abs(value) >= 100 or float(value).is_integer() else 2
    return f"{value:,.{digits}f}"
