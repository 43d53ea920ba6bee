"""The result of a scenario: rows for a table, targets reached or not, notes; written as JSON."""

import json
from collections.abc import Iterable
from dataclasses import asdict, dataclass, field
from hashlib import sha256
from pathlib import Path
from typing import Any

from tickcast.bench.run import Run

RESULTS = Path(__file__).parent / "results"
"""Where the JSON goes."""

Value = float | int | str | None


@dataclass
class Column:
    """A column of the table of rows."""

    key: str
    title: str
    """With its unit."""
    digits: int = 1


@dataclass
class Target:
    """A figure of DESIGN.md section 8 and what was measured."""

    what: str
    measured: float | None
    """None: it could not be measured, for the reason `why`."""
    limit: float
    at_most: bool = True
    unit: str = ""
    why: str = ""

    @property
    def reached(self) -> bool:
        """Tell whether it is met; what was not measured is not."""
        if self.measured is None:
            return False
        return self.measured <= self.limit if self.at_most else self.measured >= self.limit

    @property
    def sentence(self) -> str:
        """Say it in a line."""
        bound = "at most" if self.at_most else "at least"
        found = number(self.measured) if self.measured is not None else f"not measured ({self.why})"
        return f"{self.what}: {found} {self.unit}".rstrip() + f", {bound} {number(self.limit)}"


@dataclass
class Result:
    """What a scenario found."""

    scenario: str
    setting: str
    """The load, in words."""
    columns: list[Column]
    rows: list[dict[str, Value]] = field(default_factory=list)
    """By the key of the column; every row has `who`."""
    targets: list[Target] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)
    series: dict[str, list[tuple[float, float]]] = field(default_factory=dict)
    """Points for charts, by what they show."""
    at: str = ""
    machine: dict[str, str] = field(default_factory=dict)
    seconds: float = 0.0
    """How long it took."""
    profiles: dict[str, dict[str, float]] = field(default_factory=dict)
    """Parts of a core by what they went into, for each that was looked into: why a target is missed."""
    run: Run = field(default_factory=Run)
    seal: str = ""
    """A digest of all else, made when it was written: what has been changed by hand since does not fit it."""

    def row(self, name: str) -> dict[str, Value]:
        """Return the row of `name`. Raises KeyError."""
        for row in self.rows:
            if row["who"] == name:
                return row
        raise KeyError(name)

    @property
    def altered(self) -> bool:
        """Tell whether it is not as it was written."""
        return self.seal != digest(asdict(self))

    def write(self, directory: Path = RESULTS) -> Path:
        """Seal and write it, and return where."""
        self.seal = digest(asdict(self))
        directory.mkdir(parents=True, exist_ok=True)
        path = directory / f"{self.scenario}.json"
        path.write_text(json.dumps(asdict(self), indent=1) + "\n", "utf-8")
        return path


def digest(fields: dict[str, Any]) -> str:
    """Return a digest of all fields but the seal."""
    return sha256(json.dumps({**fields, "seal": ""}, sort_keys=True).encode()).hexdigest()


def read(path: Path) -> Result:
    """Return the result in a file that `write` wrote."""
    fields: dict[str, Any] = json.loads(path.read_text("utf-8"))
    fields["columns"] = [Column(**each) for each in fields["columns"]]
    fields["targets"] = [Target(**each) for each in fields["targets"]]
    fields["series"] = {name: [(x, y) for x, y in points] for name, points in fields["series"].items()}
    fields["run"] = Run(**fields.get("run", {}))
    return Result(**fields)


def read_all(order: Iterable[str], directory: Path = RESULTS) -> list[Result]:
    """Return the results that there are, in the order of the scenarios."""
    paths = (directory / f"{name}.json" for name in order)
    return [read(path) for path in paths if path.exists()]


def number(value: Value, digits: int | None = None) -> str:
    """Return a number as people read it; `digits` behind the point, or as many as tell something."""
    if value is None:
        return "–"
    if isinstance(value, str):
        return value
    if digits is None:
        digits = 0 if abs(value) >= 100 or float(value).is_integer() else 2
    return f"{value:,.{digits}f}"
