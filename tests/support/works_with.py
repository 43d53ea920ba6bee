"""A venv of its own for clients that Tickcast works with and does not depend on.

Some need packages that nobody maintains; the locks of Tickcast itself hold none of these.
"""

import subprocess
import sys
from fcntl import LOCK_EX, flock
from pathlib import Path

from tests.support.missing import missing

LOCK = Path(__file__).parents[2] / "requirements" / "works-with.lock"
HOME = Path(sys.prefix) / "works-with"
PYTHON = HOME / "bin" / "python"


def works_with_python() -> Path:
    """Return a Python that imports what works-with.lock pins.

    Where it cannot be made, the test is skipped, or fails in CI.
    """
    # A copy of the lock, written last, tells what is installed.
    installed = HOME / LOCK.name
    with LOCK.open() as alone:
        # Tests of other processes ask for it too.
        flock(alone, LOCK_EX)
        if not installed.exists() or installed.read_bytes() != LOCK.read_bytes():
            _run("venv", "--clear", "--without-pip", str(HOME))
            _run("pip", "--python", str(PYTHON), "install", "--require-hashes", "-r", str(LOCK))
            installed.write_bytes(LOCK.read_bytes())
    return PYTHON


def _run(*arguments: str) -> None:
    command = [sys.executable, "-m", *arguments]
    done = subprocess.run(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, timeout=100)
    if done.returncode:
        missing(f"the packages of {LOCK.name}; {' '.join(arguments[:2])} said:\n{done.stdout}")
