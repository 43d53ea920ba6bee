"""Which alerts fire when something is wrong, and that none does when nothing is, nor on a recording.

Each scenario is a healthy cluster with some series changed. Promtool then says which alerts
fire, of all that there are: a scenario fails by one that should be silent, too.
"""

import json
import re
import subprocess
from pathlib import Path
from typing import Any

from tests.deploy.test_observability import RULES
from tests.support.tools import need

GATEWAYS, PUBLISHERS, NGINX = ("g1:9101", "g2:9101"), ("p1:9100", "p2:9100"), "nginx:8081"
AT = 16
"""Minute of the scenario at which it is asked what fires."""

CALM = "0x60"
GROWING = "0+1x60"
GONE = "1x10 stale"
"""Of a program that has ended after 5 minutes."""

Values = dict[str, str]


def series(name: str, instance: str, **labels: str) -> str:
    job = {"g": "gateway", "p": "publisher", "d": "delayer", "n": "nginx"}[instance[0]]
    given = ",".join(
        f'{key}="{value}"' for key, value in {"instance": instance, "job": job, **labels}.items()
    )
    return f"{name}{{{given}}}"


def gateway(instance: str, source: str = "nats") -> Values:
    ours = "tickcast_gateway_"
    return {
        series("up", instance): "1x60",
        series("process_start_time_seconds", instance): "1000x60",
        series("process_cpu_seconds_total", instance): "0+3x60",
        series(ours + "feed_info", instance, feed="main"): "1x60",
        series(ours + "source_info", instance, source=source): "1x60",
        series(ours + "feed_live", instance): "1x60",
        series(ours + "feed_linked", instance): "1x60",
        series(ours + "lag_seconds", instance): "0.01x60",
        series(ours + "clients", instance): "100x60",
        series(ours + "draining", instance): CALM,
        series(ours + "gaps_total", instance, reason="feed"): CALM,
        series(ours + "gaps_total", instance, reason="slow"): CALM,
        series(ours + "streams_refused_total", instance): CALM,
        series(ours + "streams_put_off_total", instance): CALM,
        series(ours + "fan_out_failures_total", instance): CALM,
        series(ours + "delayed_feed_live", instance, delayed="main-d15"): "1x60",
    }


def publisher(instance: str, *, leads: bool, source: str = "nats", feed: str = "main") -> Values:
    ours = "tickcast_publisher_"
    counters = ("bad_ticks", "dropped_ticks", "redis_full", "delay_gaps")
    messages = ("nats_dropped_messages", "kafka_deleted_messages")
    return {
        series("up", instance): "1x60",
        series("process_start_time_seconds", instance): "1000x60",
        series(ours + "feed_info", instance, feed=feed): "1x60",
        series(ours + "source_info", instance, source=source): "1x60",
        series(ours + "partitions", instance): "1x60",
        series(ours + "partitions_led", instance): f"{leads:d}x60",
        series(ours + "leader", instance): f"{leads:d}x60",
        series(ours + "terms_total", instance): f"{leads:d}x60",
        series(ours + "ticks_total", instance): "0+500x60" if leads else CALM,
        series(ours + "source_lag_seconds", instance): "0.2x60" if leads else CALM,
        series(ours + "symbols", instance): "50x60" if leads else CALM,
        series(ours + "symbols_limit", instance): "100000x60",
        series(ours + "redis_used_bytes", instance): "100x60",
        series(ours + "redis_limit_bytes", instance): "512x60",
        series(ours + "publish_seconds_bucket", instance, le="0.001"): "0+10x60" if leads else CALM,
        series(ours + "publish_seconds_bucket", instance, le="0.5"): "0+10x60" if leads else CALM,
        series(ours + "publish_seconds_bucket", instance, le="+Inf"): "0+10x60" if leads else CALM,
        series(ours + "malformed_lines_total", instance, source=source): CALM,
        series(ours + "exchange_connections_total", instance, source="kraken"): "1x60",
        series(ours + "exchange_lost_trades_total", instance, source="kraken"): CALM,
        series(ours + "inbox_lines_total", instance, producer="desk", result="refused"): CALM,
        **{series(f"{ours}{each}_total", instance): CALM for each in counters + messages},
    }


def healthy() -> Values:
    leader, standby = PUBLISHERS
    found = publisher(leader, leads=True) | publisher(standby, leads=False)
    return found | gateway(GATEWAYS[0]) | gateway(GATEWAYS[1]) | nginx()


def nginx() -> Values:
    return {
        series("up", NGINX): "1x60",
        series("nginx_connections_active", NGINX): "200x60",
        series("nginx_connections_limit", NGINX): "36000x60",
    }


def recording(ended: bool) -> Values:
    """Return a recording of long ago with malformed lines, played by one publisher."""
    [played, *_] = PUBLISHERS
    found = publisher(played, leads=True, source="replay") | {
        series("tickcast_publisher_source_lag_seconds", played): "70000000x60",
        series("tickcast_publisher_malformed_lines_total", played, source="replay"): GROWING,
        series("tickcast_publisher_bad_ticks_total", played): GROWING,
    }
    if ended:
        found = dict.fromkeys(found, GONE)
    for each in GATEWAYS:
        found |= gateway(each, "replay")
        if ended:
            found[series("tickcast_gateway_feed_live", each)] = "1x10 0x50"
    return found


def of_leader(name: str, values: str, **labels: str) -> Values:
    return {series(f"tickcast_publisher_{name}", PUBLISHERS[0], **labels): values}


def of_gateway(name: str, values: str, **labels: str) -> Values:
    return {series(f"tickcast_gateway_{name}", GATEWAYS[0], **labels): values}


def of_gateways(name: str, values: str, **labels: str) -> Values:
    return {series(f"tickcast_gateway_{name}", each, **labels): values for each in GATEWAYS}


def ending(*instances: str) -> Values:
    """Return the series of programs that end, which Prometheus then marks as stale."""
    return {each: GONE for each in healthy() if any(f'"{instance}"' in each for instance in instances)}


FAULTS: dict[str, tuple[Values, set[str]]] = {
    "a gateway hangs": ({series("up", GATEWAYS[0]): "1x10 0x50"}, {"GatewayDown"}),
    "no gateway is left": (ending(*GATEWAYS), {"GatewayDown"}),
    "nginx is away": ({series("up", NGINX): "1x10 0x50"}, {"NginxDown"}),
    "nginx is full": ({series("nginx_connections_active", NGINX): "30000x60"}, {"NginxFull"}),
    "a gateway starts again and again": (
        {series("process_start_time_seconds", GATEWAYS[0]): "1000x10 1100x2 1200x2 1300x2 1400x44"},
        {"ProgramRestarts"},
    ),
    "a delayer starts again and again": (
        {series("process_start_time_seconds", "d1:9100"): "1000x10 1100x2 1200x2 1300x2 1400x44"},
        {"ProgramRestarts"},
    ),
    "Redis cannot be reached": (
        of_gateways("feed_live", "1x10 0x50") | of_gateways("feed_linked", "1x10 0x50"),
        {"FeedStale"},
    ),
    "a delayer is away": (
        of_gateways("delayed_feed_live", "1x10 0x50", delayed="main-d15"),
        {"DelayedFeedStale"},
    ),
    "both publishers are away": (
        ending(*PUBLISHERS) | of_gateways("feed_live", "1x10 0x50"),
        {"FeedStale", "NoLeader"},
    ),
    "nobody leads": (of_leader("partitions_led", "1x10 0x50"), {"NoLeader"}),
    "the standby is away": (ending(PUBLISHERS[1]), {"NoStandby"}),
    "Redis is full": (of_leader("redis_full_total", GROWING), {"RedisFull"}),
    "Redis is nearly full": (of_leader("redis_used_bytes", "100x20 500x50"), {"RedisMemory"}),
    "publishers depose each other": (of_leader("terms_total", GROWING), {"LeaderChangesOften"}),
    "a batch takes long to come": (of_gateway("lag_seconds", "2x60"), {"FeedLags"}),
    "Redis is slow": (
        of_leader("publish_seconds_bucket", CALM, le="0.001"),
        {"PublishingLags"},
    ),
    "the source is late": (of_leader("source_lag_seconds", "9x60"), {"SourceLags"}),
    "the source is mute": (of_leader("ticks_total", "0+500x10 5000x50"), {"SourceMute"}),
    "an exchange cuts the connection": (
        of_leader("exchange_connections_total", GROWING, source="kraken"),
        {"ExchangeReconnects"},
    ),
    "lines are malformed": (of_leader("malformed_lines_total", GROWING, source="nats"), {"TicksMalformed"}),
    "ticks are invalid": (of_leader("bad_ticks_total", GROWING), {"TicksMalformed"}),
    "a producer hands in rubbish": (
        of_leader("inbox_lines_total", GROWING, producer="desk", result="refused"),
        {"InboxRefuses"},
    ),
    "a leader is cut off": (of_leader("dropped_ticks_total", GROWING), {"TicksDropped"}),
    "too much waits of NATS": (of_leader("nats_dropped_messages_total", GROWING), {"TicksLost"}),
    "Kafka has deleted messages": (of_leader("kafka_deleted_messages_total", GROWING), {"TicksLost"}),
    "an exchange leaves out trades": (
        of_leader("exchange_lost_trades_total", GROWING, source="kraken"),
        {"TicksLost"},
    ),
    "a delayer has lost ticks": (of_leader("delay_gaps_total", GROWING), {"DelayerLacksTicks"}),
    "there are many symbols": (of_leader("symbols", "90000x60"), {"TooManySymbols"}),
    "Redis has lost data": (of_gateway("gaps_total", GROWING, reason="feed"), {"GapsTold"}),
    "fan-out has an error": (of_gateway("fan_out_failures_total", GROWING), {"FanOutFails"}),
    "clients are slow": (of_gateway("gaps_total", "0+60x60", reason="slow"), {"SlowConsumers"}),
    "a gateway is busy": (
        {series("process_cpu_seconds_total", GATEWAYS[0]): "0+29x60"},
        {"GatewaySaturated"},
    ),
    "a gateway is full": (of_gateway("streams_refused_total", GROWING), {"StreamsRefused"}),
}

QUIET: dict[str, Values] = {
    "all is well": healthy(),
    "there are no delayed feeds": {k: v for k, v in healthy().items() if "delayed" not in k},
    "Redis has no limit": healthy() | of_leader("redis_limit_bytes", CALM),
    "a gateway drains and ends": healthy() | of_gateway("draining", "0x8 1x1 stale") | ending(GATEWAYS[0]),
    "a delayer writes a feed of late prices": healthy()
    | publisher("p3:9100", leads=True, source="delayed", feed="main-d15")
    | publisher("p4:9100", leads=False, source="delayed", feed="main-d15"),
    "delayers are a job of their own": healthy()
    | publisher("d1:9100", leads=True, source="delayed", feed="main-d15")
    | publisher("d2:9100", leads=False, source="delayed", feed="main-d15")
    | {
        series("tickcast_publisher_source_lag_seconds", "p3:9100"): "900x60",
        series("tickcast_publisher_ticks_total", "p3:9100"): CALM,
    },
    "a recording plays for ever": recording(ended=False),
    "a recording with a pause": recording(ended=False) | of_leader("ticks_total", "0+500x10 5000x50"),
    "a recording has ended": recording(ended=True),
}

UNDER_A_RECORDING: dict[str, tuple[Values, set[str]]] = {
    "a recording, and no Redis": (
        recording(ended=True) | of_gateways("feed_linked", "1x10 0x50"),
        {"FeedStale"},
    ),
    "a recording whose publisher hangs": (
        recording(ended=False) | of_gateways("feed_live", "1x10 0x50"),
        {"FeedStale"},
    ),
}


def scenarios() -> dict[str, tuple[Values, set[str]]]:
    found = {name: (healthy() | changed, fires) for name, (changed, fires) in FAULTS.items()}
    return found | {name: (values, set()) for name, values in QUIET.items()} | UNDER_A_RECORDING


def rule_test(values: Values, fires: set[str]) -> dict[str, Any]:
    samples = [{"labels": f'{{alertname="{each}"}}', "value": 1} for each in sorted(fires)]
    asked = 'sum by (alertname) (ALERTS{alertstate="firing"} ^ 0) > bool 0'
    return {
        "interval": "30s",
        "input_series": [{"series": name, "values": each} for name, each in values.items()],
        "promql_expr_test": [{"expr": asked, "eval_time": f"{AT}m", "exp_samples": samples}],
    }


def test_each_fault_fires_its_alert_and_no_other_and_a_recording_fires_none(tmp_path: Path) -> None:
    for name, (values, fires) in scenarios().items():
        content = {
            "rule_files": [str(RULES)],
            "evaluation_interval": "30s",
            "tests": [rule_test(values, fires)],
        }
        (tmp_path / f"{name}.yml").write_text(json.dumps(content), "utf-8")
    tests = sorted(map(str, tmp_path.iterdir()))
    done = subprocess.run(
        [need("promtool"), "test", "rules", *tests], capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stdout + done.stderr
    assert done.stdout.count("SUCCESS") == len(tests)


def test_every_alert_is_tried() -> None:
    tried = {alert for _, fires in scenarios().values() for alert in fires}
    assert tried == set(re.findall(r"- alert: (\w+)", RULES.read_text("utf-8")))
