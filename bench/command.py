"""`tickcast bench`: measures load scenarios, with baselines and rivals beside Tickcast in the same run."""

from pathlib import Path
from typing import Annotated

import typer

from tickcast.runtime.errors import UserError


def bench(
    scenario: Annotated[str | None, typer.Argument(help="A scenario, `all`, or `report`.")] = None,
    clients: Annotated[int | None, typer.Option(min=1, help="Clients [default: the scenario's own].")] = None,
    rate: Annotated[
        float | None,
        typer.Option(min=0.1, help="Ticks a second over all symbols [default: the scenario's own]."),
    ] = None,
    symbols: Annotated[
        int | None, typer.Option(min=1, max=100_000, help="Symbols [default: the scenario's own].")
    ] = None,
    seconds: Annotated[
        float | None, typer.Option(min=1, help="Length of a measured window [default: the scenario's own].")
    ] = None,
    rivals: Annotated[bool, typer.Option(help="Measure baselines and rivals too.")] = True,
    results: Annotated[
        Path | None,
        typer.Option(help="Folder of the results and their report; for test runs [default: bench/results]."),
    ] = None,
) -> None:
    """Measure Tickcast on this machine, beside its rivals. Without a scenario: list them.

    \b
    tickcast bench watchlists --clients 1000
    tickcast bench all
    tickcast bench report       writes docs/performance.md from the results
    """
    try:
        from tickcast.bench import full_run, report
        from tickcast.bench.catalogue import ALL, SCENARIOS
        from tickcast.bench.options import Options
        from tickcast.bench.result import RESULTS, read_all
        from tickcast.bench.runner import run
    except ImportError as error:
        raise UserError(
            f"the bench needs the packages of the tests ({error.name} is missing): make install-dev", 2
        ) from None
    if scenario is None:
        print("tickcast bench SCENARIO measures one of:\n")
        for each in SCENARIOS.values():
            print(f"  {each.name:<12} {each.summary}")
        minutes = sum(SCENARIOS[name].seconds for name in ALL) / 60
        print(f"\n  all          one after the other, about {minutes:.0f} minutes")
        print("  report       docs/performance.md from the results")
        return
    if scenario == "report":
        found = read_all(SCENARIOS, results or RESULTS)
        if not found:
            raise UserError("nothing has been measured yet: tickcast bench all")
        measured = {result.scenario for result in found}
        missing = [name for name in SCENARIOS if name not in measured]
        print(report.write(found, results or report.DOCS, missing, full_run.read(results or RESULTS)))
        return
    if scenario not in (*SCENARIOS, "all"):
        raise UserError(f"no scenario is called {scenario!r}; there are: {', '.join(SCENARIOS)}, all", 2)
    names = ALL if scenario == "all" else [scenario]
    run(names, Options(clients, rate, symbols, seconds, rivals), results or RESULTS)
