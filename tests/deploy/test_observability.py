"""What Prometheus and Grafana are told to ask for is what the programs export."""

import json
import re
import socket
import subprocess
from pathlib import Path

import httpx2
from prometheus_client.parser import text_string_to_metric_families

from tests.support.eventually import eventually, wait_until
from tests.support.granted import Door
from tests.support.nginx import running_nginx
from tests.support.ports import free_port
from tests.support.programs import running_gateway, running_publisher
from tests.support.tools import need
from tickcast.bench.balancer import configure

ROOT = Path(__file__).parents[2]
DEPLOY = ROOT / "deploy"
DASHBOARDS = sorted((DEPLOY / "grafana/dashboards").glob("*.json"))
RULES = DEPLOY / "prometheus/rules.yml"

OURS = re.compile(r"\b(?:tickcast|process|nginx)_\w+")
PARTS = re.compile(r"_(?:bucket|sum|count|created)$")
"""Parts of a histogram, and what comes with each counter."""
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


def documented() -> set[str]:
    rows = re.findall(r"^\| `.*$", (ROOT / "docs/metrics.md").read_text("utf-8"), re.MULTILINE)
    return {name for row in rows for name in re.findall(r"`(\w+)`", row.split("|")[1])}


async def text_of(url: str) -> str:
    async with httpx2.AsyncClient(trust_env=False, timeout=60) as client:
        return (await client.get(f"{url}/metrics")).text


async def exported(url: str) -> set[str]:
    text = await text_of(url)
    # A metric with labels has no sample before the first value.
    return set(re.findall(r"^(?:# TYPE )?(\w+)", text, re.MULTILINE))


def by_nginx() -> set[str]:
    text = (DEPLOY / "nginx/nginx.conf").read_text("utf-8")
    return set(re.findall(r"^# TYPE (\w+)", text, re.MULTILINE))


async def test_every_metric_that_is_asked_for_is_exported_and_documented(
    valkey_url: str, tmp_path: Path
) -> None:
    port = free_port()
    async with (
        running_publisher(valkey_url, metrics_port=port) as _,
        running_gateway(valkey_url, delays="15", **Door(tmp_path).settings) as gateway,
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

        async def source_is_known() -> bool:
            return 'tickcast_gateway_source_info{source="simulated"} 1.0' in await text_of(gateway.url)

        # The alerts leave out recordings, by this.
        await eventually(source_is_known)
        said = await text_of(f"http://127.0.0.1:{port}")
        assert 'tickcast_publisher_source_info{source="simulated"} 1.0' in said
        names = await exported(gateway.url) | await exported(f"http://127.0.0.1:{port}") | by_nginx()
    assert asked_by_dashboards() - names == set()
    assert asked_by_alerts() - names == set()
    assert documented() == {each for each in names if not PARTS.search(each)}


async def test_every_metric_of_ours_is_on_a_dashboard(valkey_url: str) -> None:
    async with running_gateway(valkey_url, delays="15") as gateway:
        names = await exported(gateway.url)
    ours = {name for name in names if name.startswith("tickcast_gateway_") and not name.endswith("_created")}
    # Steady facts and rare refusals, which need no curve.
    quiet = {
        f"tickcast_gateway_{name}"
        for name in (
            "symbols",
            "feed_info",
            "source_info",
            "ring_batches",
            "fan_out_rounds_total",
            "ticks_refused_total",
            "retired_symbols_total",
            "draining",
        )
    }
    assert ours - asked_by_dashboards() - quiet == set()


def promtool(*arguments: str, given: str = "") -> None:
    command = [need("promtool"), *arguments]
    done = subprocess.run(command, input=given, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr


def test_nginx_tells_prometheus_of_its_connections(tmp_path: Path) -> None:
    port, health = free_port(), free_port()
    with (
        running_nginx(tmp_path, configure(tmp_path, port, health, free_port()), health),
        socket.create_connection(("127.0.0.1", port)),
    ):
        url = f"http://127.0.0.1:{health}/metrics"

        def read() -> dict[str, float]:
            text = httpx2.get(url, trust_env=False).text
            promtool("check", "metrics", given=text)
            families = text_string_to_metric_families(text)
            return {sample.name: sample.value for family in families for sample in family.samples}

        # The one that is open, and the one that asks.
        wait_until(lambda: read()["nginx_connections_active"] == 2)
        found = read()
        type_ = httpx2.get(url, trust_env=False).headers["content-type"]
        outside = httpx2.get(f"http://127.0.0.1:{port}/metrics", trust_env=False)
    assert type_ == "text/plain; version=0.0.4"
    assert outside.status_code == 404
    text = (DEPLOY / "nginx/nginx.conf").read_text("utf-8")
    workers, each = (
        int(re.search(rf"{name} (\d+);", text)[1]) for name in ("worker_processes", "worker_connections")
    )
    assert found["nginx_connections_limit"] == workers * each / 2
    assert found.keys() == by_nginx()


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


DELAYED = """
rule_files: [{rules}]
evaluation_interval: 30s
tests:
  - interval: 30s
    input_series:
      # Two gateways; the delayer of one feed stops after 5 minutes, another feed never had one.
      - {{series: '{metric}{{instance="a:1", delayed="main-d15"}}', values: "1x10 0x20"}}
      - {{series: '{metric}{{instance="b:1", delayed="main-d15"}}', values: "1x10 0x20"}}
      - {{series: '{metric}{{instance="a:1", delayed="main-d60"}}', values: "0x30"}}
      # One gateway of two does not reach Redis: FeedStale is for that.
      - {{series: '{metric}{{instance="a:1", delayed="main-d5"}}', values: "1x30"}}
      - {{series: '{metric}{{instance="b:1", delayed="main-d5"}}', values: "1x10 0x20"}}
    alert_rule_test:
      - {{eval_time: 5m, alertname: DelayedFeedStale, exp_alerts: []}}
      - eval_time: 9m
        alertname: DelayedFeedStale
        exp_alerts:
          - exp_labels: {{severity: critical, delayed: main-d15}}
            exp_annotations:
              summary: "Clients of the delayed feed main-d15 see prices that have stopped"
              description: >-
                The feed was live within a day and is stale. Check that its delayer runs and reaches Redis.
"""


def test_the_alert_of_a_delayed_feed_is_of_one_that_was_live(tmp_path: Path) -> None:
    test = tmp_path / "delayed.yml"
    test.write_text(DELAYED.format(rules=RULES, metric="tickcast_gateway_delayed_feed_live"), "utf-8")
    promtool("test", "rules", str(test))


def test_promtool_finds_no_fault_in_the_configuration(tmp_path: Path) -> None:
    # In the container the rules stand elsewhere than here.
    text = (DEPLOY / "prometheus/prometheus.yml").read_text("utf-8")
    config = tmp_path / "prometheus.yml"
    config.write_text(text.replace("/etc/prometheus/rules.yml", str(RULES)), "utf-8")
    promtool("check", "config", "--lint=all", "--lint-fatal", str(config))
