"""Metrics for Prometheus, read from plain numbers at each scrape.

The path of a tick touches no metric object: a labelled counter costs more than the tick itself.
"""

from collections import Counter
from collections.abc import Iterator

from prometheus_client import CollectorRegistry, GCCollector, PlatformCollector, ProcessCollector
from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, Metric
from prometheus_client.exposition import CONTENT_TYPE_LATEST, generate_latest
from prometheus_client.registry import Collector

from tickcast.gateway.gateway import Gateway
from tickcast.gateway.http.admission import Admission

CONTENT_TYPE = CONTENT_TYPE_LATEST
PREFIX = "tickcast_gateway_"


class GatewayCollector(Collector):
    """Makes metrics from the numbers of one gateway."""

    def __init__(self, gateway: Gateway, admission: Admission) -> None:
        self._gateway = gateway
        self._admission = admission

    def describe(self) -> list[Metric]:
        """Return no names in advance: the numbers exist only once the gateway runs."""
        return []

    def collect(self) -> Iterator[Metric]:
        """Yield every metric."""
        yield from self._counters()
        yield from self._gauges()
        yield from self._labelled()

    def _counters(self) -> Iterator[Metric]:
        gateway = self._gateway
        feed, ingest, out = gateway.feed, gateway.ingest, gateway.hub.scheduler
        for name, text, value in (
            ("ticks_in", "Ticks taken from Redis.", ingest.ticks),
            ("bars_in", "Bars taken from Redis, each in every state.", ingest.bars),
            ("batches_in", "Batches taken from Redis.", ingest.batches),
            ("ticks_refused", "Ticks and bars of symbols beyond the most that are kept.", ingest.refused),
            ("ticks_out", "Ticks sent, counted once for each client.", out.ticks_out),
            ("bars_out", "Bars sent, counted once for each client.", out.bars_out),
            ("bytes_out", "Bytes of frames sent, counted once for each client.", out.bytes_out),
            ("frames", "Frames built.", out.frames),
            ("deliveries", "Frames sent, counted once for each client.", out.deliveries),
            ("fan_out_rounds", "Rounds of fan-out.", out.rounds),
            ("poisoned", "What Redis held or said that could not be read.",
             feed.poisoned + gateway.instruments.poisoned + gateway.bar_history.poisoned
             + gateway.control.poisoned),
            ("bar_history_reads", "Times that Redis was asked for the bars of a symbol.",
             gateway.bar_history.reads),
            ("holes", "Holes in the live feed.", feed.holes),
            ("feed_reconnects", "Live connections to Redis that broke.", feed.reconnects),
            ("streams", "Streams opened.", gateway.resume.opened),
            ("streams_refused", "Streams answered with 503.", self._admission.refused),
            ("stalled", "Slow consumers that were cut.", gateway.lifecycle.slow.stalled),
            ("fan_out_failures", "Streams, and groups of them, that were cut because of an error of ours.",
             out.failures),
        ):  # fmt: skip
            yield CounterMetricFamily(PREFIX + name, text, value=value)

    def _gauges(self) -> Iterator[Metric]:
        gateway = self._gateway
        hub, state, out = gateway.hub, gateway.state, gateway.hub.scheduler
        for name, text, value in (
            ("clients", "Streams open.", len(gateway.lifecycle.registry)),
            ("groups", "Groups of streams that share frames.", len(hub.groups)),
            ("symbols", "Symbols known.", len(gateway.last)),
            ("ring_ticks_bytes", "Memory of the ring of recent ticks.", gateway.ring.size),
            ("ring_batches", "Batches in the ring.", len(gateway.ring)),
            ("lag_seconds", "Age of the newest batch when it was applied.", gateway.feed.lag),
            ("fan_out_round_seconds", "Duration of the newest round of fan-out.", out.round_seconds),
            ("feed_live", "1 while the feed is live, 0 while it is stale.", int(state.is_live)),
            ("feed_linked", "1 while the connection to Redis stands.", int(state.is_linked)),
            ("feed_silence_seconds", "Time since the quietest partition was heard of and applied.",
             state.silence() / 1000),
            ("draining", "1 while the gateway drains.", int(gateway.closing.draining)),
        ):  # fmt: skip
            yield GaugeMetricFamily(PREFIX + name, text, value=value)

    def _labelled(self) -> Iterator[Metric]:
        gateway = self._gateway
        states = Counter(subscriber.state.value for subscriber in gateway.lifecycle.registry)
        clients = GaugeMetricFamily(PREFIX + "clients_by_state", "Streams open, by state.", labels=["state"])
        for state in ("waiting", "opening", "joining", "live", "lagging"):
            clients.add_metric([state], states[state])
        yield clients
        gaps = CounterMetricFamily(PREFIX + "gaps", "Gaps told to clients.", labels=["reason"])
        for reason, count in gateway.hub.gaps.sent.items():
            gaps.add_metric([reason], count)
        yield gaps
        resumes = CounterMetricFamily(
            PREFIX + "resumes", "Streams that came with a cursor.", labels=["result"]
        )
        for result, count in gateway.resume.results.items():
            resumes.add_metric([result], count)
        yield resumes
        changes = CounterMetricFamily(
            PREFIX + "changes", "Changes of streams asked for here.", labels=["result"]
        )
        for result, count in gateway.control.results.items():
            changes.add_metric([result], count)
        yield changes
        byes = CounterMetricFamily(PREFIX + "byes", "Streams ended by the gateway.", labels=["reason"])
        for reason, count in gateway.closing.byes.items():
            byes.add_metric([reason], count)
        yield byes


class Metrics:
    """All metrics of one gateway process."""

    def __init__(self, gateway: Gateway, admission: Admission) -> None:
        self._registry = CollectorRegistry()
        ProcessCollector(registry=self._registry)
        PlatformCollector(registry=self._registry)
        GCCollector(registry=self._registry)
        self._registry.register(GatewayCollector(gateway, admission))

    def text(self) -> bytes:
        """Return the metrics in Prometheus' text format."""
        return generate_latest(self._registry)
