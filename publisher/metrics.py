"""The publisher's metrics for Prometheus, collected when they are scraped."""

import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from prometheus_client import CollectorRegistry, ProcessCollector, start_http_server
from prometheus_client.core import (
    CounterMetricFamily,
    GaugeMetricFamily,
    HistogramMetricFamily,
    InfoMetricFamily,
    Metric,
)
from prometheus_client.registry import Collector

from tickcast.publisher.broker import Broker
from tickcast.publisher.source import SourceError
from tickcast.publisher.sources.complaints import MALFORMED
from tickcast.publisher.sources.exchanges.counts import CONNECTIONS, LOST
from tickcast.publisher.sources.kafka_counts import DELETED, LAG
from tickcast.publisher.sources.nats import DROPPED
from tickcast.publisher.spellings import COLLISIONS
from tickcast.publisher.stats import Stats
from tickcast.runtime.response_fields import CLOSED
from tickcast.wire.bounds import MAX_SYMBOLS

_PREFIX = "tickcast_publisher_"


class PublisherCollector(Collector):
    """Collects the metrics from Stats and from what the broker counts."""

    def __init__(self, stats: Stats, broker: Broker) -> None:
        self._stats = stats
        self._broker = broker

    def collect(self) -> Iterator[Metric]:
        """Yield every metric, all prefixed tickcast_publisher_."""
        stats = self._stats
        feed = {"feed": self._broker.names.feed}
        yield InfoMetricFamily(_PREFIX + "feed", "The feed that it writes", feed)
        yield InfoMetricFamily(_PREFIX + "source", "The source that it reads", {"source": stats.source})
        counters = {
            "ticks": ("Ticks written to Redis", stats.ticks),
            "bars": ("Bars written to Redis; each version of a bar counts", stats.bars),
            "batches": ("Batches written to Redis", stats.batches),
            "heartbeats": ("Heartbeats published", stats.heartbeats),
            "lost_epochs": ("Times that Redis was found to have lost data", stats.lost_epochs),
            "restored": ("Times that a key in Redis lacked data, by DEL or eviction", stats.restored),
            "displaced": ("Keys of a wrong type in Redis that were moved aside", stats.displaced),
            "mended": ("Values and fencing tokens of other programs, removed or replaced", stats.mended),
            "redis_full": ("Times that Redis refused a write because it was full", stats.full),
            "retries": ("Calls to Redis that were repeated", self._broker.retries),
            "bad_ticks": ("Ticks of the source skipped because they were invalid", stats.bad_ticks),
            "refused_ticks": ("Ticks dropped because the source has too many symbols", stats.refused_ticks),
            "retired_symbols": ("Symbols retired", stats.retired),
            "terms": ("Times that this publisher began to lead", stats.terms),
            "depositions": ("Times that another publisher took the lead from this one", stats.depositions),
            "delay_gaps": ("Times that a delayer missed ticks of its feed", stats.delay_gaps),
            "dropped_ticks": ("Ticks not yet written when leadership ended", stats.dropped_ticks),
        }
        for name, (text, count) in counters.items():
            yield CounterMetricFamily(_PREFIX + name, text, value=count)
        lag = time.time() - stats.newest_time / 1e6 if stats.newest_time else 0.0
        gauges = {
            "leader": ("1 while this publisher leads any partition, else 0", stats.leader),
            "partitions": ("Partitions of the feed", stats.partitions),
            "partitions_led": ("Partitions that this publisher leads", stats.led),
            "pending": ("Ticks waiting to be written", stats.pending),
            "symbols": ("Symbols of the feed that this publisher leads", stats.symbols),
            "symbols_limit": ("Symbols that a feed may have; ticks of more are refused", MAX_SYMBOLS),
            "source_lag_seconds": ("Seconds since the source's time of the newest tick", lag),
        }
        for name, (text, value) in gauges.items():
            yield GaugeMetricFamily(_PREFIX + name, text, value=float(value))
        if stats.memory is not None:
            for name, text, size in (
                ("redis_used_bytes", "Memory that the fullest server of Redis uses", stats.memory.used),
                ("redis_limit_bytes", "Its maxmemory; 0: it has none", stats.memory.limit),
            ):
                yield GaugeMetricFamily(_PREFIX + name, text, value=size)
        yield from self._producers()
        histograms = {
            "batch_ticks": ("Ticks per batch", stats.batch_ticks),
            "publish_seconds": ("Seconds to write a batch to Redis", stats.publish_seconds),
        }
        for name, (text, histogram) in histograms.items():
            buckets = list(histogram.buckets())
            yield HistogramMetricFamily(_PREFIX + name, text, buckets=buckets, sum_value=histogram.sum)

    def _producers(self) -> Iterator[Metric]:
        lines = CounterMetricFamily(
            _PREFIX + "inbox_lines", "Lines of the inbox", labels=["producer", "result"]
        )
        repeated = CounterMetricFamily(
            _PREFIX + "inbox_repeated", "Entries of the inbox that had been taken before", labels=["producer"]
        )
        for producer, counts in self._stats.producers.held.items():
            lines.add_metric([producer, "taken"], counts.taken)
            lines.add_metric([producer, "refused"], counts.refused)
            repeated.add_metric([producer], counts.repeated)
        waiting = GaugeMetricFamily(
            _PREFIX + "inbox_bytes", "Bytes that wait in the inbox", labels=["producer"]
        )
        for producer, size in self._stats.producers.bytes_waiting().items():
            waiting.add_metric([producer], size)
        requests = CounterMetricFamily(
            _PREFIX + "hand_in_requests", "Requests to hand in over HTTP, by status", labels=["status"]
        )
        for status, count in sorted(self._stats.hand_in_answers.items()):
            requests.add_metric([str(status)], count)
        yield from (lines, repeated, waiting, requests)


@contextmanager
def serve_metrics(host: str, port: int | None, stats: Stats, broker: Broker) -> Iterator[None]:
    """Serve the metrics over HTTP while the context lasts, unless `port` is None. Raises SourceError."""
    if port is None:
        yield
        return
    registry = CollectorRegistry(auto_describe=False)
    ProcessCollector(registry=registry)
    registry.register(PublisherCollector(stats, broker))
    for counted in (MALFORMED, COLLISIONS, DROPPED, DELETED, LAG, CONNECTIONS, LOST):
        registry.register(counted)
    try:
        server, thread = start_http_server(port, host, registry)
        server.set_app(_closed(server.get_app()))
    except OSError as error:
        raise SourceError(f"metrics cannot be served at {host}:{port}: {error.strerror}") from None
    try:
        yield
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


def _closed(app: Any) -> Any:
    """Return a WSGI application whose answers keep browsers from taking them for pages."""

    def run(request: Any, start: Any) -> Any:
        return app(request, lambda status, fields: start(status, [*fields, *CLOSED.items()]))

    return run
