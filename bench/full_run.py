"""The record of a run of all scenarios: how long it took, and what it ran.

The results themselves cannot tell: one that is measured again afterwards takes the place of the run's own.
"""

import json
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

from tickcast.bench.result import RESULTS, digest
from tickcast.bench.run import Run

NAME = "all.json"


@dataclass
class FullRun:
    """A run of all scenarios that came to its end; the fields of an unknown one are empty."""

    run: Run = field(default_factory=Run)
    seconds: float = 0.0
    """From its start to its end."""
    scenarios: dict[str, float] = field(default_factory=dict)
    """What it ran, in that order, and the seconds that each took."""
    failed: list[str] = field(default_factory=list)
    """Those of them that gave no figures."""
    seal: str = ""
    """As that of a result."""

    @property
    def altered(self) -> bool:
        """Tell whether it is not as it was written."""
        return self.seal != digest(asdict(self))

    def write(self, directory: Path = RESULTS) -> None:
        """Seal and write it."""
        self.seal = digest(asdict(self))
        directory.mkdir(parents=True, exist_ok=True)
        (directory / NAME).write_text(json.dumps(asdict(self), indent=1) + "\n", "utf-8")


def read(directory: Path = RESULTS) -> FullRun:
    """Return the record of the newest run of all that came to its end; an empty one if there is none."""
    path = directory / NAME
    if not path.exists():
        return FullRun()
    fields: dict[str, Any] = json.loads(path.read_text("utf-8"))
    fields["run"] = Run(**fields["run"])
    return FullRun(**fields)
