"""Alertmanager's configuration is one, and sends each alert where it says."""

import re
import subprocess

from tests.deploy.test_observability import DEPLOY, RULES
from tests.support.snippets import ROOT, block
from tests.support.tools import need

CONFIG = DEPLOY / "prometheus/alertmanager.yml"
ALERTS = dict(re.findall(r"alert: (\w+)\n.*?severity: (\w+)", RULES.read_text("utf-8"), re.DOTALL))
"""Alert -> severity."""


def amtool(*arguments: str) -> str:
    done = subprocess.run([need("amtool"), *arguments], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout.strip()


def test_amtool_finds_no_fault_in_the_configuration() -> None:
    need("amtool")
    command = block("docs/deploy.md", "Watch it", 1)
    done = subprocess.run(["sh", "-c", command], cwd=ROOT, capture_output=True, text=True, check=False)
    assert (done.returncode, "2 receivers" in done.stdout) == (0, True), done.stdout + done.stderr


def test_critical_alerts_go_to_a_receiver_of_their_own() -> None:
    receivers = {"critical": "critical", "warning": "warnings"}
    assert set(ALERTS.values()) == receivers.keys()
    for name in ("NoLeader", "SourceMute", "RedisMemory"):
        labels = (f"alertname={name}", f"severity={ALERTS[name]}")
        found = amtool("config", "routes", "test", f"--config.file={CONFIG}", *labels)
        assert found == receivers[ALERTS[name]]


def test_it_names_alerts_that_there_are() -> None:
    named = re.findall(r'alertname =~? "([\w|]+)"', CONFIG.read_text("utf-8"))
    assert len(named) >= 5
    assert {each for names in named for each in names.split("|")} <= ALERTS.keys()
