"""What a machine may lack: programs, looked for on PATH and nowhere else, and the chart of the page."""

import shutil
from pathlib import Path

from tests.support.missing import missing

PACKAGES = {
    "amtool": "prometheus-alertmanager",
    "apache2": "apache2, which puts it into /usr/sbin",
    "cargo": "cargo",
    "chromium": "chromium",
    "curl": "curl",
    "docker": "docker.io",
    "faketime": "faketime",
    "git": "git",
    "go": "golang-go",
    "haproxy": "haproxy, which puts it into /usr/sbin",
    "java": "default-jre-headless",
    "javac": "default-jdk-headless",
    "make": "make",
    "mvn": "maven",
    "nats-server": "nats-server, which puts it into /usr/sbin",
    "nginx": "nginx, which puts it into /usr/sbin",
    "openssl": "openssl",
    "promtool": "prometheus",
    "redis-cli": "redis-tools",
    "redis-server": "redis-server",
}
"""The Debian package of each program."""

CHART = Path(__file__).parents[2] / "web" / "node_modules" / "lightweight-charts" / "dist"
"""Where `make install` puts the chart of the page, if npm reaches its registry."""


def need(program: str) -> str:
    """Return the path of one of PACKAGES; the test is skipped, or fails in CI, where there is none."""
    path = shutil.which(program)
    if path is None:
        missing(f"{program} is not on PATH (Debian: apt install {PACKAGES[program]})")
    return path


def need_chart() -> None:
    """Go on only where the page has its chart; without it the page logs an error to the browser's console."""
    if not CHART.exists():
        missing("the chart of the page (make install, where npm reaches its registry)")
