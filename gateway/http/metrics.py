"""The gateway's metrics for Prometheus, read from plain numbers at each scrape.

No code on the path of a tick touches a metric object: a labelled counter costs more than the tick.
"""

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from math import nan

from prometheus_client import CollectorRegistry, GCCollector, PlatformCollector, ProcessCollector
from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, InfoMetricFamily, Metric
from prometheus_client.exposition import CONTENT_TYPE_LATEST, generate_latest
from prometheus_client.registry import Collector

from tickcast.gateway.gateway import Gateway
from tickcast.gateway.http.admission import Admission
from tickcast.runtime.repeats import by_clients

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
        views = gateway.views.all
        out = [view.hub.scheduler for view in views]
        for name, text, value in (
            ("ticks_in", "Ticks received from Redis.", sum(each.ingest.ticks for each in views)),
            ("bars_in", "Bars received from Redis; each version of a bar counts.",
             sum(each.ingest.bars for each in views)),
            ("batches_in", "Batches received from Redis.", sum(each.ingest.batches for each in views)),
            ("ticks_refused", "Ticks and bars dropped: the feed has too many symbols.",
             sum(each.ingest.refused for each in views)),
            ("ticks_out", "Ticks sent, one for each client that gets it.",
             sum(each.ticks_out for each in out)),
            ("bars_out", "Bars sent, one for each client that gets it.", sum(each.bars_out for each in out)),
            ("bytes_out", "Bytes of frames sent to all clients.", sum(each.bytes_out for each in out)),
            ("frames", "Frames built.", sum(each.frames for each in out)),
            ("deliveries", "Frames sent, one for each client that gets it.",
             sum(each.deliveries for each in out)),
            ("fan_out_rounds", "Rounds of fan-out.", sum(each.rounds for each in out)),
            ("poisoned", "Values and messages in Redis that could not be read.",
             gateway.control.poisoned + sum(
                 each.feed.poisoned + each.instruments.poisoned + each.bar_history.poisoned for each in views
             )),
            ("bar_history_reads", "Reads of the bars of a symbol from Redis.",
             sum(each.bar_history.reads for each in views)),
            ("retired_symbols", "Symbols that have left the feed.",
             sum(each.ingest.retired for each in views)),
            ("holes", "Holes found in the live feed.", sum(each.feed.holes for each in views)),
            ("feed_reconnects", "Live connections to Redis that were lost.",
             sum(each.feed.reconnects for each in views)),
            ("streams", "Streams opened.", sum(each.resume.opened for each in views)),
            ("streams_refused", "Requests for a stream answered with 503.", self._admission.refused),
            ("streams_put_off", "Requests for a stream answered with `retry:` and the end.",
             self._admission.put_off),
            ("stalled", "Streams cut because the client read nothing.",
             sum(each.lifecycle.slow.stalled for each in views)),
            ("streams_beyond", "Streams cut because too much waited for those of their address, or for all.",
             sum(each.lifecycle.slow.beyond for each in views)),
            ("work_seconds", "CPU time of openings, snapshots, replays, history and changes, in s.",
             gateway.work.seconds),
            ("work_held", "Times that a stream waited because its address had had its share of work.",
             gateway.work.held),
            ("log_lines_left_out", "Log lines that clients or libraries repeated, and that were left out.",
             by_clients.left_out),
            ("fan_out_failures", "Streams and groups cut because of an error in the gateway.",
             sum(each.failures for each in out)),
        ):  # fmt: skip
            yield CounterMetricFamily(PREFIX + name, text, value=value)

    def _gauges(self) -> Iterator[Metric]:
        gateway = self._gateway
        live, views = gateway.live, gateway.views.all
        state, out, held = live.state, live.hub.scheduler, live.hub.bytes
        for name, text, value in (
            ("clients", "Open streams.", len(gateway.registry)),
            ("groups", "Groups of streams that share frames.", sum(len(each.hub.groups) for each in views)),
            ("stream_bytes", "Bytes that streams hold, as counted.", held.used),
            ("stream_bytes_limit", "Bytes that streams may hold.", held.total),
            ("stream_addresses", "Addresses that streams come from.", len(held)),
            ("work_addresses", "Addresses whose work is remembered.", len(gateway.work)),
            ("connections", "Connections without a stream.", len(gateway.connections)),
            ("limits_divided", "1 while limits are divided by the gateways last seen, without Redis, else 0.",
             int(gateway.uses.is_away)),
            ("symbols", "Symbols in the feed.", len(live.last)),
            ("ring_ticks_bytes", "Bytes of the ring of recent ticks.", sum(each.ring.size for each in views)),
            ("ring_batches", "Batches in the ring.", sum(len(each.ring) for each in views)),
            ("lag_seconds", "Seconds from Redis to this gateway, of the newest batch.", live.feed.lag),
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
        views = gateway.views.all
        yield InfoMetricFamily(PREFIX + "feed", "The feed that it serves.", {"feed": gateway.settings.feed})
        source = gateway.live.instruments.source
        yield InfoMetricFamily(PREFIX + "source", "The source of its feed, if known.", {"source": source})
        states = Counter(subscriber.state.value for subscriber in gateway.registry)
        clients = GaugeMetricFamily(PREFIX + "clients_by_state", "Open streams, by state.", labels=["state"])
        for state in ("waiting", "opening", "joining", "live", "lagging"):
            clients.add_metric([state], states[state])
        yield clients
        gaps = CounterMetricFamily(PREFIX + "gaps", "Gaps sent to clients, by reason.", labels=["reason"])
        for reason, count in _summed(each.hub.gaps.sent for each in views):
            gaps.add_metric([reason], count)
        yield gaps
        resumes = CounterMetricFamily(
            PREFIX + "resumes", "Streams opened with a cursor, by result.", labels=["result"]
        )
        for result, count in _summed(each.resume.results for each in views):
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
            "Requests refused, by reason: names, share, total, streams, work, all_work, pace.",
            labels=["reason"],
        )
        pace = {"pace": gateway.paces.refused}
        bounds = dict(_summed(each.bounds.refused for each in views))
        for reason, count in {**bounds, **gateway.work.refused, **pace}.items():
            refused.add_metric([reason], count)
        yield refused
        cut = CounterMetricFamily(
            PREFIX + "connections_cut", "Connections without a stream cut, by reason.", labels=["reason"]
        )
        for reason, count in gateway.connections.cut.items():
            cut.add_metric([reason], count)
        yield cut
        if gateway.authority is not None:
            refused = CounterMetricFamily(
                PREFIX + "unauthorized", "Requests without a good token, by status.", labels=["status"]
            )
            for status, count in gateway.authority.refused.items():
                refused.add_metric([status], count)
            yield refused
            yield GaugeMetricFamily(
                PREFIX + "revocations_age_seconds",
                "Time since it was last read who was revoked.",
                value=gateway.revocations.age,
            )
            yield CounterMetricFamily(
                PREFIX + "key_failures",
                "Readings of the keys of tokens that failed.",
                value=gateway.authority.keyring.failures,
            )
        if views[1:]:
            late = GaugeMetricFamily(
                PREFIX + "delayed_feed_live",
                "1 while a delayed feed is live, 0 while it is stale.",
                labels=["delayed"],
            )
            for view in views[1:]:
                late.add_metric([view.names.feed], int(view.state.is_live))
            yield late
        byes = CounterMetricFamily(
            PREFIX + "byes", "Streams closed by the gateway, by reason.", labels=["reason"]
        )
        for reason, count in gateway.closing.byes.items():
            byes.add_metric([reason], count)
        yield byes


def _summed(counts: Iterable[Mapping[str, int]]) -> Iterable[tuple[str, int]]:
    """Return the sum of several counts, by reason; those of 0 too."""
    found = dict[str, int]()
    for each in counts:
        for reason, count in each.items():
            found[reason] = found.get(reason, 0) + count
    return found.items()


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
