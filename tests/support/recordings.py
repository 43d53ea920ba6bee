"""Recordings of real markets, which lie beside the repository and not in it."""

import os
from pathlib import Path

from tests.support.missing import missing

FOLDER = Path(__file__).resolve().parents[3] / "shared" / "data"


CASES = FOLDER.parent / "cases"


def case(name: str) -> Path:
    """Return the path of an input found wanting; where there is none the test is skipped, or fails in CI."""
    path = CASES / name
    if not path.exists():
        missing(f"the case {name} in ../shared/cases")
    return path


def recording(name: str) -> Path:
    """Return the path of a recording; the test is skipped, or fails in CI, where there is none.

    RECORDINGS may name another folder.
    """
    path = Path(os.environ.get("RECORDINGS") or FOLDER) / name
    if not path.exists():
        missing(f"the recording {name} in ../shared/data")
    return path
