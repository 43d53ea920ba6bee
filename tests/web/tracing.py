"""What the main thread of a page did, from Chromium's own tracing."""

import json
from typing import Any, NamedTuple

CATEGORIES = ["disabled-by-default-devtools.timeline"]


class Work(NamedTuple):
    """The tasks of a page's main thread over a while."""

    seconds: float
    busy: float
    """Share of the time in which a task ran, by the clock."""
    longest: float
    """ms of the longest task, by the clock: with the time in which the processor served others."""
    longest_own: float
    """ms of the processor that the longest task took for itself."""


def work_of(trace: bytes) -> Work:
    """Return the work of the busiest renderer of a trace. Raises ValueError if there is none."""
    events: list[dict[str, Any]] = json.loads(trace)["traceEvents"]
    mains = {
        (event["pid"], event["tid"])
        for event in events
        if event["name"] == "thread_name" and event["args"]["name"] == "CrRendererMain"
    }
    tasks: dict[tuple[int, int], list[dict[str, Any]]] = {}
    for event in events:
        thread = (event["pid"], event["tid"])
        if event["ph"] == "X" and event["name"] == "RunTask" and thread in mains:
            tasks.setdefault(thread, []).append(event)
    return max((_work(each) for each in tasks.values()), key=lambda work: work.busy * work.seconds)


def _work(tasks: list[dict[str, Any]]) -> Work:
    """Times of a trace are µs."""
    begin = min(task["ts"] for task in tasks)
    end = max(task["ts"] + task["dur"] for task in tasks)
    durations = [task["dur"] for task in tasks]
    # Chromium omits the processor time of a task that took next to none.
    own = [task.get("tdur", 0) for task in tasks]
    seconds = end - begin
    return Work(seconds / 1e6, sum(durations) / seconds, max(durations) / 1e3, max(own) / 1e3)
