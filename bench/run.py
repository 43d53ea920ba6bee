"""The run to which a result belongs, so that the report can say which results were measured together."""

import subprocess
from dataclasses import dataclass
from pathlib import Path
from secrets import token_hex

from tickcast.bench.machine import now
from tickcast.bench.options import Options

_ROOT = Path(__file__).resolve().parent.parent


@dataclass
class Run:
    """One run of `tickcast bench`. The fields of an unknown run are empty."""

    id: str = ""
    command: str = ""
    """With its options."""
    began: str = ""
    code: str = ""
    """The measured commit, with `-dirty` behind it if files differed; empty outside git."""
    whole: bool = False
    """A full run: all scenarios of `all`, with their own figures."""


def start(what: str, options: Options) -> Run:
    """Return a new run of a scenario, or of `all`."""
    command = " ".join(["tickcast bench", what, *options.flags()])
    return Run(token_hex(4), command, now(), _code(), what == "all" and options == Options())


def _code() -> str:
    try:
        described = subprocess.run(
            ["git", "describe", "--always", "--dirty"],  # noqa: S607 - the git on PATH
            cwd=_ROOT,
            capture_output=True,
            text=True,
            check=False,
        )
    except FileNotFoundError:
        return ""
    return described.stdout.strip()
