"""What Prometheus and Grafana are told to ask for is what the programs export."""

import json
import re
import subprocess
from pathlib import Path

import httpx2

from tests.support.eventually import eventually
from tests.support.ports import free_port
from tests.support.programs import running_gateway, running_publisher
from tests.support.tools import need

DEPLOY = Path(__file__).parents[2] / "deploy"
DASHBOARDS = sorted((DEPLOY / "grafana/dashboards").glob("*.json"))
RULES = DEPLOY / "prometheus/rules.yml"

OURS = re.compile(r"\b(?:tickcast|process)_\w+")
BY_PROMETHEUS = {"up"}
"""Metrics that Prometheus makes itself."""


def asked_by_dashboards() -> set[str]:
    panels = [panel for file in DASHBOARDS for panel in json.loads(file.read_text("utf-8"))["panels"]]
    expressions = [target["expr"] for panel in panels for target in panel.get("targets", [])]
    assert len(expressions) > 20
    return set(OURS.findall(" ".join(expressions)))


def asked_by_alerts() -> set[str]:
    expressions = re.findall(r"^ *expr: (.+)$", RULES.read_text("utf-8"), re.MULTILINE)
    assert len(expressions) >= 8
    return set(OURS.findall(" ".join(expressions)))


async def exported(url: str) -> set[str]:
    async with httpx2.AsyncClient(trust_env=False, timeout=60) as client:
        text = (await client.get(f"{url}/metrics")).text
    return set(re.findall(r"^(\w+)", text, re.MULTILINE))


async def test_every_metric_that_a_panel_or_an_alert_asks_for_is_exported(valkey_url: str) -> None:
    port = free_port()
    async with (
        running_publisher(valkey_url, metrics_port=port) as _,
        running_gateway(valkey_url) as gateway,
        httpx2.AsyncClient(trust_env=False, timeout=60) as client,
    ):
        # A histogram has no buckets before the first batch.
        async def published() -> bool:
            try:
                answer = await client.get(f"http://127.0.0.1:{port}/metrics")
            except httpx2.TransportError:
                return False
            return "tickcast_publisher_publish_seconds_bucket" in answer.text

        await eventually(published)
        names = await exported(gateway.url) | await exported(f"http://127.0.0.1:{port}")
    assert asked_by_dashboards() - names == set()
    assert asked_by_alerts() - names == set()


async def test_every_metric_of_ours_is_on_a_dashboard(valkey_url: str) -> None:
    async with running_gateway(valkey_url) as gateway:
        names = await exported(gateway.url)
    ours = {name for name in names if name.startswith("tickcast_gateway_") and not name.endswith("_created")}
    # Steady facts and rare refusals, which need no curve.
    quiet = {
        f"tickcast_gateway_{name}"
        for name in (
            "symbols",
            "feed_info",
            "ring_batches",
            "fan_out_rounds_total",
            "ticks_refused_total",
            "retired_symbols_total",
            "draining",
        )
    }
    assert ours - asked_by_dashboards() - quiet == set()


def promtool(*arguments: str) -> None:
    done = subprocess.run([need("promtool"), *arguments], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr


def test_promtool_finds_no_fault_in_the_alerts() -> None:
    promtool("check", "rules", "--lint=all", "--lint-fatal", str(RULES))


PUBLISHERS = """
rule_files: [{rules}]
evaluation_interval: 30s
tests:
  - interval: 30s
    input_series:
      - {{series: 'tickcast_publisher_feed_info{{instance="a:1", feed="main"}}', values: "1x20"}}
      - {{series: 'tickcast_publisher_feed_info{{instance="b:1", feed="main"}}', values: "1x20"}}
      - {{series: 'tickcast_publisher_feed_info{{instance="c:1", feed="other"}}', values: "1x20"}}
      # The standby of this feed stops, and Prometheus marks its series as stale.
      - {{series: 'tickcast_publisher_feed_info{{instance="d:1", feed="third"}}', values: "1x20"}}
      - {{series: 'tickcast_publisher_feed_info{{instance="e:1", feed="third"}}', values: "1x4 stale"}}
      - {{series: 'up{{instance="a:1", job="publisher"}}', values: "1x20"}}
      - {{series: 'up{{instance="c:1", job="publisher"}}', values: "1x20"}}
    alert_rule_test:
      - eval_time: 3m
        alertname: NoStandby
        exp_alerts:
          - {{exp_labels: {{severity: warning, feed: other}}, exp_annotations: {{summary: "{other}"}}}}
      - eval_time: 6m
        alertname: NoStandby
        exp_alerts:
          - {{exp_labels: {{severity: warning, feed: other}}, exp_annotations: {{summary: "{other}"}}}}
          - {{exp_labels: {{severity: warning, feed: third}}, exp_annotations: {{summary: "{third}"}}}}
"""


def test_the_alert_that_a_standby_is_missing_is_by_feed(tmp_path: Path) -> None:
    said = "Only one publisher of the feed {} runs: if it stops, the feed stops"
    test = tmp_path / "standby.yml"
    test.write_text(PUBLISHERS.format(rules=RULES, other=said.format("other"), third=said.format("third")))
    promtool("test", "rules", str(test))


def test_promtool_finds_no_fault_in_the_configuration(tmp_path: Path) -> None:
    # In the container the rules stand elsewhere than here.
    text = (DEPLOY / "prometheus/prometheus.yml").read_text("utf-8")
    config = tmp_path / "prometheus.yml"
    config.write_text(text.replace("/etc/prometheus/rules.yml", str(RULES)), "utf-8")
    promtool("check", "config", "--lint=all", "--lint-fatal", str(config))
