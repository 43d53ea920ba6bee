"""The run that a result belongs to: so that a report can say what was measured together, and what was not."""

import subprocess
from dataclasses import dataclass
from pathlib import Path
from secrets import token_hex

from tickcast.bench.machine import now
from tickcast.bench.options import Options

_ROOT = Path(__file__).resolve().parent.parent


@dataclass
class Run:
    """One start of `tickcast bench`. The fields of an unknown one are empty."""

    id: str = ""
    command: str = ""
    """With its options."""
    began: str = ""
    code: str = ""
    """The commit that was measured, with `-dirty` behind it where files differed; empty outside of git."""
    whole: bool = False
    """All of `all`, with the scenarios' own figures."""


def start(what: str, options: Options) -> Run:
    """Return a new run of a scenario, or of `all`."""
    command = " ".join(["tickcast bench", what, *options.flags()])
    return Run(token_hex(4), command, now(), _code(), what == "all" and options == Options())


def _code() -> str:
    try:
        told = subprocess.run(
            ["git", "describe", "--always", "--dirty"],  # noqa: S607 - whichever git is on PATH
            cwd=_ROOT,
            capture_output=True,
            text=True,
            check=False,
        )
    except FileNotFoundError:
        return ""
    return told.stdout.strip()
