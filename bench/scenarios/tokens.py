"""tokens: what a gateway pays for tokens, under the loads of broadcast, watchlists and storm.

With and without tokens is measured in turns, and compared in pairs, since a machine is not the same all the
time. Every client has a token of its own; nothing is measured while they are signed.
"""

import json
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from statistics import median
from typing import Any

from tickcast.access.issuing import new_key, new_token, public_part
from tickcast.bench import redis_link
from tickcast.bench.comparison import lists
from tickcast.bench.load import Load, targets
from tickcast.bench.process import Process
from tickcast.bench.result import Column, Result, Target, Value
from tickcast.bench.scenario import Bench, Scenario
from tickcast.bench.scenarios.watchlists import LIST_SIZE
from tickcast.bench.servers import TICKCAST
from tickcast.bench.stack import Stack, stack
from tickcast.bench.steady_source import symbol_names
from tickcast.bench.trial import SETTLE, Trial, measure, prove

ROUNDS = 5
"""Pairs of each load."""

MOST = 3.0
"""Percent that tokens may cost, at most."""

NAMED = {"auth_issuer": "bench", "auth_audience": "bench"}

COLUMNS = [
    Column("clients", "clients", 0),
    Column("without", "without", 2),
    Column("with", "with tokens", 2),
    Column("ratio", "median of the pairs, ×", 3),
    Column("least", "least, ×", 3),
    Column("most", "most, ×", 3),
]

Measure = Callable[[Mapping[str, Any], Sequence[bytes]], float]
"""Returns the cost of a load, by settings of the gateway and the requests of the clients."""


def run(bench: Bench) -> Result:
    """Measure each load with and without tokens, in turns."""
    options = bench.options
    names, seconds = symbol_names(options.symbols or 500), options.seconds or 5.0
    many, few = options.clients or 5000, (options.clients or 5000) // 5
    rate = options.rate or 1000.0
    with stack(bench.cores) as place, place.redis():
        key = new_key("ES256")
        keys = place.directory / "keys.json"
        keys.write_text(json.dumps({"keys": [public_part(key)]}), "utf-8")
        pairs = Pairs(bench, json.dumps(key).encode(), keys)

        def window(symbols: int, ticks: float) -> Measure:
            return lambda settings, requests: _window(place, settings, requests, symbols, ticks, seconds)

        own = lists(names, many, LIST_SIZE)
        rows = [
            pairs.row("broadcast, CPU µs a tick", names[:1] * many, window(1, 4.0)),
            pairs.row("watchlists, CPU µs a tick", own[:few], window(len(names), 5 * rate)),
            pairs.row(
                "storm, CPU s",
                own,
                lambda settings, requests: _storm(place, settings, requests, len(names), rate),
            ),
        ]
    return Result(
        "tokens",
        f"{many:,} clients (watchlists: {few:,}), each with its own token (ES256), {ROUNDS} pairs of each",
        COLUMNS,
        rows,
        [_target(row) for row in rows],
        [
            bench.cores.note,
            "Each pair is measured with and without tokens, one directly after the other, and the other way "
            "round in the next pair. Figures are medians. Storm is the CPU of the gateway from the cut of "
            "all clients until they have what they missed.",
        ],
    )


def _target(row: dict[str, Value]) -> Target:
    """Return the target of a load."""
    ratio = row["ratio"]
    return Target(
        f"{row['who']}: more with tokens",
        None if ratio is None else 100 * (float(ratio) - 1),
        MOST,
        unit="%",
        why="" if ratio is not None else "the load without tokens cost less than the system counts",
    )


class Pairs:
    """Measures in turns."""

    def __init__(self, bench: Bench, key: bytes, keys: Path) -> None:
        self._bench = bench
        self._key = key
        self._keys = keys

    def row(self, what: str, wanted: Sequence[str], measured: Measure) -> dict[str, Value]:
        """Return the row of a load, with a client for each comma list of symbols."""
        paths = [TICKCAST.target(symbols) for symbols in wanted]
        kinds: dict[str, tuple[dict[str, Any], list[bytes]]] = {
            "without": ({}, targets(paths)),
            "with": ({"auth_keys": self._keys, **NAMED}, [*self._shown(paths)]),
        }
        costs: dict[str, list[float]] = {name: [] for name in kinds}
        for number in range(ROUNDS):
            for name in sorted(kinds, reverse=number % 2 == 0):
                self._bench.say(f"tokens: {what}: {name}, {number + 1} of {ROUNDS}")
                costs[name].append(measured(*kinds[name]))
        pairs = zip(costs["with"], costs["without"], strict=True)
        # A load so small that it costs nothing that is counted says nothing.
        ratios = [on / off for on, off in pairs if off]
        row: dict[str, Value] = {"who": what, "clients": len(wanted)}
        row |= {name: median(found) for name, found in costs.items()}
        if not ratios:
            return row | {"ratio": None, "least": None, "most": None}
        return row | {"ratio": median(ratios), "least": min(ratios), "most": max(ratios)}

    def _shown(self, paths: Sequence[str]) -> Iterator[bytes]:
        for number, path in enumerate(paths):
            token = new_token(self._key, "bench", "bench", f"client-{number}", 86_400, ["*"])
            yield from targets([path], f"Authorization: Bearer {token}")


def _window(
    place: Stack,
    settings: Mapping[str, Any],
    requests: Sequence[bytes],
    symbols: int,
    rate: float,
    seconds: float,
) -> float:
    @contextmanager
    def serve(there: Stack) -> Iterator[tuple[Process, int]]:
        with there.gateway(**settings) as running:
            yield running

    trial = Trial(TICKCAST.name, serve, requests, TICKCAST.expects, check_every=20)
    return measure(trial, place, symbols, rate, seconds).cost


def _storm(
    place: Stack, settings: Mapping[str, Any], requests: Sequence[bytes], symbols: int, rate: float
) -> float:
    with (
        place.feeder(symbols, rate) as feeder,
        place.gateway(**settings) as (gateway, port),
        Load(port, requests, resuming=True) as load,
    ):
        load.open()
        time.sleep(SETTLE)
        cpu = gateway.cpu()
        load.cut()
        load.reconnect(redis_link.newest(place.redis_url))
        cpu = gateway.cpu() - cpu
        prove(load, feeder, place)
    return cpu


SCENARIO = Scenario("tokens", "broadcast, watchlists and storm with and without tokens, in pairs", run, 300)
