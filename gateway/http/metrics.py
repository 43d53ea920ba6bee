"""The gateway's metrics for Prometheus, read from plain numbers at each scrape.

No code on the path of a tick touches a metric object: a labelled counter costs more than the tick.
"""

from collections import Counter
from collections.abc import Iterator
from math import nan

from prometheus_client import CollectorRegistry, GCCollector, PlatformCollector, ProcessCollector
from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, InfoMetricFamily, Metric
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
            ("ticks_in", "Ticks received from Redis.", ingest.ticks),
            ("bars_in", "Bars received from Redis; each version of a bar counts.", ingest.bars),
            ("batches_in", "Batches received from Redis.", ingest.batches),
            ("ticks_refused", "Ticks and bars dropped: the feed has too many symbols.", ingest.refused),
            ("ticks_out", "Ticks sent, one for each client that gets it.", out.ticks_out),
            ("bars_out", "Bars sent, one for each client that gets it.", out.bars_out),
            ("bytes_out", "Bytes of frames sent to all clients.", out.bytes_out),
            ("frames", "Frames built.", out.frames),
            ("deliveries", "Frames sent, one for each client that gets it.", out.deliveries),
            ("fan_out_rounds", "Rounds of fan-out.", out.rounds),
            ("poisoned", "Values and messages in Redis that could not be read.",
             feed.poisoned + gateway.instruments.poisoned + gateway.bar_history.poisoned
             + gateway.control.poisoned),
            ("bar_history_reads", "Reads of the bars of a symbol from Redis.",
             gateway.bar_history.reads),
            ("retired_symbols", "Symbols that have left the feed.", gateway.ingest.retired),
            ("holes", "Holes found in the live feed.", feed.holes),
            ("feed_reconnects", "Live connections to Redis that were lost.", feed.reconnects),
            ("streams", "Streams opened.", gateway.resume.opened),
            ("streams_refused", "Requests for a stream answered with 503.", self._admission.refused),
            ("streams_put_off", "Requests for a stream answered with `retry:` and the end.",
             self._admission.put_off),
            ("stalled", "Streams cut because the client read nothing.", gateway.lifecycle.slow.stalled),
            ("streams_beyond", "Streams cut because too much waited for those of their address, or for all.",
             gateway.lifecycle.slow.beyond),
            ("fan_out_failures", "Streams and groups cut because of an error in the gateway.", out.failures),
        ):  # fmt: skip
            yield CounterMetricFamily(PREFIX + name, text, value=value)

    def _gauges(self) -> Iterator[Metric]:
        gateway = self._gateway
        hub, state, out = gateway.hub, gateway.state, gateway.hub.scheduler
        for name, text, value in (
            ("clients", "Open streams.", len(gateway.lifecycle.registry)),
            ("groups", "Groups of streams that share frames.", len(hub.groups)),
            ("stream_bytes", "Bytes that streams hold, as counted.", hub.bytes.used),
            ("stream_bytes_limit", "Bytes that streams may hold.", hub.bytes.total),
            ("stream_addresses", "Addresses that streams come from.", len(hub.bytes)),
            ("connections", "Connections without a stream.", len(gateway.connections)),
            ("symbols", "Symbols in the feed.", len(gateway.last)),
            ("ring_ticks_bytes", "Bytes of the ring of recent ticks.", gateway.ring.size),
            ("ring_batches", "Batches in the ring.", len(gateway.ring)),
            ("lag_seconds", "Seconds from Redis to this gateway, of the newest batch.", gateway.feed.lag),
            ("fan_out_round_seconds", "Seconds that the newest round of fan-out took.", out.round_seconds),
            ("busy_share", "Busy share of the event loop, over 100 ms or more.", out.rest.busy),
            ("fan_out_rest_factor", "Rest of fan-out, as a multiple of the work before.", out.rest.factor),
            ("feed_live", "1 while the feed is live, 0 while it is stale.", int(state.is_live)),
            ("feed_linked", "1 while the gateway is connected to Redis, else 0.", int(state.is_linked)),
            ("feed_silence_seconds", "Age of what proves the quietest partition, in s; NaN: no proof.",
             nan if (silence := state.silence()) is None else silence),
            ("draining", "1 while the gateway drains, else 0.", int(gateway.closing.draining)),
        ):  # fmt: skip
            yield GaugeMetricFamily(PREFIX + name, text, value=value)

    def _labelled(self) -> Iterator[Metric]:
        gateway = self._gateway
        yield InfoMetricFamily(PREFIX + "feed", "The feed that it serves.", {"feed": gateway.settings.feed})
        states = Counter(subscriber.state.value for subscriber in gateway.lifecycle.registry)
        clients = GaugeMetricFamily(PREFIX + "clients_by_state", "Open streams, by state.", labels=["state"])
        for state in ("waiting", "opening", "joining", "live", "lagging"):
            clients.add_metric([state], states[state])
        yield clients
        gaps = CounterMetricFamily(PREFIX + "gaps", "Gaps sent to clients, by reason.", labels=["reason"])
        for reason, count in gateway.hub.gaps.sent.items():
            gaps.add_metric([reason], count)
        yield gaps
        resumes = CounterMetricFamily(
            PREFIX + "resumes", "Streams opened with a cursor, by result.", labels=["result"]
        )
        for result, count in gateway.resume.results.items():
            resumes.add_metric([result], count)
        yield resumes
        changes = CounterMetricFamily(
            PREFIX + "changes",
            "Changes of streams requested from this gateway, by result.",
            labels=["result"],
        )
        for result, count in gateway.control.results.items():
            changes.add_metric([result], count)
        yield changes
        refused = CounterMetricFamily(
            PREFIX + "refused",
            "New streams and changes refused, by reason: names nobody publishes, share, total.",
            labels=["reason"],
        )
        for reason, count in gateway.bounds.refused.items():
            refused.add_metric([reason], count)
        yield refused
        cut = CounterMetricFamily(
            PREFIX + "connections_cut", "Connections without a stream cut, by reason.", labels=["reason"]
        )
        for reason, count in gateway.connections.cut.items():
            cut.add_metric([reason], count)
        yield cut
        byes = CounterMetricFamily(
            PREFIX + "byes", "Streams closed by the gateway, by reason.", labels=["reason"]
        )
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
