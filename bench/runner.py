"""Runs scenarios by name, shows progress, and stores the results."""

import sys
import time
from collections.abc import Sequence
from pathlib import Path

import httpx2
from rich.console import Console

from tickcast.bench import run as runs
from tickcast.bench import table
from tickcast.bench.catalogue import ALL, SCENARIOS
from tickcast.bench.cores import divided
from tickcast.bench.full_run import FullRun
from tickcast.bench.machine import machine, now
from tickcast.bench.options import Options
from tickcast.bench.result import RESULTS, Result, Target
from tickcast.bench.scenario import Bench
from tickcast.runtime.errors import UserError


def run(names: Sequence[str], options: Options, directory: Path = RESULTS) -> list[Result]:
    """Run the scenarios `names`, and store each result as JSON in `directory`.

    A scenario that fails gives a result too, and the next runs. Raises UserError at the end if any failed.
    """
    this = runs.start("all" if list(names) == ALL else " ".join(names), options)
    console = Console(width=None if sys.stdout.isatty() else 150)
    results = []
    failed: list[str] = []
    planned = sum(SCENARIOS[name].seconds for name in names)
    began = time.monotonic()
    with divided() as cores:
        for number, name in enumerate(names, 1):
            started = time.monotonic()
            so_far = f"{number} of {len(names)}, {_clock(started - began)} of about {_clock(planned)}"
            with console.status(name) as status:

                def say(text: str, so_far: str = so_far) -> None:
                    if console.is_terminal:
                        status.update(f"{text} ({so_far})")
                    else:
                        console.print(f"{text} ({so_far})")

                try:
                    result = SCENARIOS[name].run(Bench(cores, options, say))
                except (UserError, httpx2.HTTPError) as error:
                    failed.append(name)
                    result = _failure(name, error)
            result.at, result.machine, result.run = now(), machine(), this
            result.seconds = time.monotonic() - started
            table.show(result, console)
            console.print(f"[dim]{result.write(directory)}[/]\n")
            results.append(result)
    if this.whole:
        took = {result.scenario: result.seconds for result in results}
        FullRun(this, time.monotonic() - began, took, failed).write(directory)
    if failed:
        raise UserError(f"{len(failed)} of {len(names)} failed: {', '.join(failed)}")
    return results


def _failure(name: str, error: Exception) -> Result:
    """Return the result of a scenario that failed."""
    target = Target("came to its end", 0, 1, at_most=False)
    # In one line, because the report prints it as an item of a list.
    reason = " ".join(str(error).split()) or type(error).__name__
    return Result(name, SCENARIOS[name].summary, [], targets=[target], notes=[f"It failed: {reason}"])


def _clock(seconds: float) -> str:
    minutes, rest = divmod(round(seconds), 60)
    return f"{minutes}:{rest:02}"
