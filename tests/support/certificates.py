"""A certificate as `make certs` makes it."""

import subprocess
from pathlib import Path

from tests.support.tools import need

MAKE = Path(__file__).parents[2] / "deploy/certs/make.sh"


def make_certificate(folder: Path) -> None:
    """Make `tls/tickcast.crt` and its key in a folder; the test is skipped where openssl is missing."""
    need("openssl")
    subprocess.run(["sh", str(MAKE), str(folder)], check=True, capture_output=True)
