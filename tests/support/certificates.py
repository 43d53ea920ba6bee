"""Certificates: one as `make certs` makes it, and those of an authority of a test."""

import subprocess
from pathlib import Path

from tests.support.tools import need

MAKE = Path(__file__).parents[2] / "deploy/certs/make.sh"


def make_certificate(folder: Path) -> None:
    """Make `tls/tickcast.crt` and its key in a folder; the test is skipped where openssl is missing."""
    need("openssl")
    subprocess.run(["sh", str(MAKE), str(folder)], check=True, capture_output=True)


class Authority:
    """A certificate authority of a test, in a folder: `ca.crt`, and what it signs."""

    def __init__(self, folder: Path, name: str = "ca") -> None:
        """Make its key and certificate; the test is skipped where openssl is missing."""
        need("openssl")
        folder.mkdir(parents=True, exist_ok=True)
        self._folder, self._name = folder, name
        self.certificate = folder / f"{name}.crt"
        self._make("-x509", "-subj", f"/CN={name}", out=name)

    def sign(self, name: str, hosts: str = "DNS:localhost,IP:127.0.0.1", days: int = 30) -> tuple[Path, Path]:
        """Return a certificate for hosts, good for so many days, and its key."""
        signed = ["-CA", str(self.certificate), "-CAkey", str(self._folder / f"{self._name}.key")]
        names = ["-addext", f"subjectAltName={hosts}", "-addext", "basicConstraints=critical,CA:FALSE"]
        self._make("-x509", "-days", str(days), "-subj", f"/CN={name}", *signed, *names, out=name)
        return self._folder / f"{name}.crt", self._folder / f"{name}.key"

    def _make(self, *options: str, out: str) -> None:
        key = ["-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes"]
        files = ["-keyout", str(self._folder / f"{out}.key"), "-out", str(self._folder / f"{out}.crt")]
        subprocess.run(["openssl", "req", *key, *options, *files], check=True, capture_output=True)
