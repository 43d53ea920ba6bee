"""Runs scenarios by name, shows how it goes, and keeps what they found."""

import sys
from collections.abc import Sequence

from rich.console import Console

from bench import table
from bench.catalogue import SCENARIOS
from bench.cores import divided
from bench.machine import machine, now
from bench.result import Result
from bench.scenario import Bench, Options


def run(names: Sequence[str], options: Options) -> list[Result]:
    """Run the scenarios called `names`; their results are also written as JSON."""
    console = Console(width=None if sys.stdout.isatty() else 150)
    results = []
    with divided() as cores:
        for name in names:
            with console.status(name) as status:

                def say(text: str) -> None:
                    if console.is_terminal:
                        status.update(text)
                    else:
                        console.print(text)

                result = SCENARIOS[name].run(Bench(cores, options, say))
            result.at, result.machine = now(), machine()
            table.show(result, console)
            console.print(f"[dim]{result.write()}[/]\n")
            results.append(result)
    return results
