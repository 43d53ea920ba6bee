"""The record of a full run: which scenarios it ran, and how long each took.

The results do not say: a scenario that is measured again later overwrites the result of the full run.
"""

from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

import orjson

from tickcast.bench.result import RESULTS, digest, document
from tickcast.bench.run import Run

NAME = "all.json"


@dataclass
class FullRun:
    """A complete run of all scenarios; the fields of an unknown run are empty."""

    run: Run = field(default_factory=Run)
    seconds: float = 0.0
    """From its start to its end."""
    scenarios: dict[str, float] = field(default_factory=dict)
    """Seconds by scenario, in the order of the run."""
    failed: list[str] = field(default_factory=list)
    """Scenarios that failed."""
    seal: str = ""
    """A digest of all other fields, as in a result."""

    @property
    def altered(self) -> bool:
        """Tell whether it was changed by hand since it was written."""
        return self.seal != digest(asdict(self))

    def write(self, directory: Path = RESULTS) -> None:
        """Seal the record and write it."""
        self.seal = digest(asdict(self))
        directory.mkdir(parents=True, exist_ok=True)
        (directory / NAME).write_bytes(document(asdict(self)))


def read(directory: Path = RESULTS) -> FullRun:
    """Return the record of the newest complete full run; an empty record if there is none."""
    path = directory / NAME
    if not path.exists():
        return FullRun()
    fields: dict[str, Any] = orjson.loads(path.read_bytes())
    fields["run"] = Run(**fields["run"])
    return FullRun(**fields)
