"""The load: clients in separate processes, which are controlled over pipes."""

import multiprocessing
from collections.abc import Sequence
from types import TracebackType
from typing import Any, Self

from tickcast.bench.checker import Times
from tickcast.bench.client import EVERY_TICK, Expectation
from tickcast.bench.load_process import LoadOptions, main
from tickcast.bench.totals import Proof, Reconnection, Totals
from tickcast.runtime.errors import UserError


class Load:
    """All clients of a scenario. A context manager that ends their processes."""

    def __init__(
        self,
        port: int,
        requests: Sequence[bytes],
        *,
        expects: Expectation = EVERY_TICK,
        check_every: int = 1,
        resuming: bool = False,
        encoded: bool = False,
        processes: int = 1,
    ) -> None:
        """Start the processes; a request is `target HTTP/1.1`, with header lines behind it."""
        context = multiprocessing.get_context("spawn")
        self._workers = []
        self._pipes = []
        for number in range(processes):
            mine, theirs = context.Pipe()
            share = list(requests[number::processes])
            options = LoadOptions(port, share, expects, check_every, resuming, encoded)
            worker = context.Process(target=main, args=(theirs, options), daemon=True)
            worker.start()
            theirs.close()
            self._workers.append(worker)
            self._pipes.append(mine)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        for pipe in self._pipes:
            pipe.close()
        for worker in self._workers:
            worker.join(5)
            if worker.is_alive():
                worker.kill()
                worker.join()

    def _ask(self, *request: Any) -> list[Any]:
        try:
            for pipe in self._pipes:
                pipe.send(request)
            return [pipe.recv() for pipe in self._pipes]
        except (EOFError, ConnectionError):
            raise UserError("a load process failed; its traceback is above") from None

    def open(self) -> float:
        """Open every stream; return the seconds until the last stream had begun."""
        return float(max(self._ask("open")))

    def totals(self) -> Totals:
        """Return the totals of all clients; `times` covers the time since the last call."""
        parts: list[Totals] = self._ask("totals")
        times = Times()
        for part in parts:
            times.ages.merge(part.times.ages)
            times.between.merge(part.times.between)
        return Totals(
            max(part.at for part in parts),
            # The busiest process may have been the limit.
            max(part.cpu for part in parts),
            clients=sum(part.clients for part in parts),
            ticks=sum(part.ticks for part in parts),
            bytes=sum(part.bytes for part in parts),
            reads=sum(part.reads for part in parts),
            gaps=sum(part.gaps for part in parts),
            checked=sum(part.checked for part in parts),
            times=times,
            faults=[fault for part in parts for fault in part.faults],
        )

    def prove(self, newest: dict[str, int]) -> list[str]:
        """Return lost and repeated ticks, as sentences. Call it when no bytes are in flight."""
        known = {symbol.encode(): q for symbol, q in newest.items()}
        return [wrong for part in self._ask("prove", known) for wrong in part]

    def proof(self) -> Proof:
        """Return how many clients are proved, provided that `prove` found no fault."""
        parts: list[Proof] = self._ask("proof")
        return Proof(*(sum(each) for each in zip(*parts, strict=True)))

    def behind(self, then: dict[str, int]) -> int:
        """Return how many clients, of all that know symbols, have not reached the `q` of `then`."""
        return sum(self._ask("behind", {symbol.encode(): q for symbol, q in then.items()}))

    def reconnect(self, then: dict[str, int]) -> Reconnection:
        """Reconnect all clients at once after `cut`, and wait until they have reached the `q` of `then`."""
        known = {symbol.encode(): q for symbol, q in then.items()}
        connecting, opened, caught_up, behind = zip(*self._ask("reconnect", known), strict=True)
        return Reconnection(max(connecting), max(opened), max(caught_up), sum(behind))

    def cut(self) -> None:
        """Close every connection at once."""
        self._ask("cut")


def targets(paths: Sequence[str], *headers: str) -> list[bytes]:
    """Return requests for `paths`, each with `headers`."""
    lines = "".join(f"\r\n{header}" for header in headers)
    return [f"{path} HTTP/1.1{lines}".encode() for path in paths]
