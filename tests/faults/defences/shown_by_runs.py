"""Defences without which a run of the referee is bad."""

from tests.faults.defences.mutation import Mutation

RUNS = (
    Mutation(
        "a batch has to follow the one before, at a new connection, too",
        "gateway/feed/feed.py",
        "            for partition in range(len(self._parts)):\n"
        "                self._start_backfill(partition)\n",
        "            for partition in range(len(self._parts)):\n"
        "                if not self._parts[partition].loaded:\n"
        "                    self._start_backfill(partition)\n"
        "                self.state.caught_up(partition)\n",
        ("--each", "--fault", "connections_killed"),
        "lost",
        (
            (
                "gateway/feed/continuity.py",
                "return Verdict.NEXT if batch.prev == self.position else Verdict.HOLE",
                "return Verdict.NEXT",
            ),
        ),
    ),
    Mutation(
        "silence is noticed",
        "gateway/feed/state.py",
        "part.loaded and part.whole and part.is_fresh(now, self.max_lag) for part",
        "part.loaded and part.whole for part",
        ("--each", "--fault", "redis_frozen"),
        "believed live",
    ),
    Mutation(
        "a small piece of gzip ends in an empty block",
        "gateway/protocol/compression.py",
        "return head + data + _EMPTY_BLOCK",
        "return head + data",
        # A heartbeat pushes out what waits, so it has to be seldom.
        ("--quiet", "--heartbeat", "5000"),
        "believed live",
    ),
    Mutation(
        "a cursor that is ahead waits",
        "gateway/streams/resume.py",
        "if cursor is not None and own and self.waiting.add(subscriber, cursor, request):",
        "if cursor is not None and False:",
        ("--each", "--fault", "gateway_line_hole_down"),
        "back",
    ),
    Mutation(
        "a slow client that missed ticks is sent a gap",
        "gateway/streams/missed.py",
        'return self._gap(subscriber, reason or "slow")',
        "return []",
        ("--each", "--fault", "gateway_frozen"),
        "lost",
    ),
    Mutation(
        "a server that started again begins a new epoch",
        "wire/claim.lua",
        "(proved or same_run and not lacks",
        "(proved or not lacks",
        ("--each", "--fault", "master_and_leader_killed_replica_lags"),
        "untold restart",
    ),
    Mutation(
        "a new epoch is a gap",
        "gateway/feed/reload.py",
        "self._ingest.restart(restarts, reason)",
        "self._ingest.restart(restarts, None)",
        ("--each", "--fault", "redis_emptied"),
        "lost",
    ),
    Mutation(
        "a lease of more than its length is void",
        "publisher/lease.py",
        "local live = name and left >= 0 and left <= length",
        "local live = name and left >= 0",
        ("--each", "--fault", "clock_back_and_leader_killed"),
        "never came back",
    ),
)
