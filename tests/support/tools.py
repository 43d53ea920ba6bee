"""Programs that tests run and that a machine may lack: each is looked for on PATH, and nowhere else."""

import shutil

from tests.support.missing import missing

PACKAGES = {
    "chromium": "chromium",
    "curl": "curl",
    "docker": "docker.io",
    "git": "git",
    "make": "make",
    "nginx": "nginx, which puts it into /usr/sbin",
    "openssl": "openssl",
    "promtool": "prometheus",
    "redis-server": "redis-server",
}
"""The Debian package of each program."""


def need(program: str) -> str:
    """Return the path of one of PACKAGES; the test is skipped, or fails in CI, where there is none."""
    path = shutil.which(program)
    if path is None:
        missing(f"{program} is not on PATH (Debian: apt install {PACKAGES[program]})")
    return path
