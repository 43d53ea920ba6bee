"""`tickcast verify`: many clients that check every tick they receive, and a table of their findings."""

import sys
from typing import TYPE_CHECKING, Annotated

import typer

from tickcast.runtime.errors import UserError

if TYPE_CHECKING:
    from rich.table import Table

    from tickcast.cli.verify.report import Report


def verify(
    url: Annotated[str, typer.Option(help="Any Tickcast address.")] = "http://127.0.0.1:8080",
    clients: Annotated[int, typer.Option(min=1, max=20_000, help="Streams at once.")] = 50,
    seconds: Annotated[float, typer.Option(min=0.1, max=86_400, help="How long.")] = 20.0,
    interval: Annotated[int, typer.Option(min=0, help="0: every tick; else ms.")] = 0,
    symbols: Annotated[
        str, typer.Option(help="Comma list; a * at the end of a name matches a prefix; none: all.")
    ] = "",
    bars: Annotated[
        str,
        typer.Option(
            help="1s, 1m, 15m or 1d: check bars too; the first whole bar of 1m takes up to two minutes."
        ),
    ] = "",
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON instead of a table.")] = False,
) -> None:
    """Prove that no tick is lost: stream with many clients, each checking every tick.

    Exit code 1: ticks were lost without a gap event, repeated or out of order, bars were wrong, or a client
    was not served. 2: there was nothing to check.
    """
    _check_bars(bars, interval)
    import asyncio

    from tickcast.cli.reconnect import StreamRefusedError
    from tickcast.cli.verify.report import verify_streams

    if sys.stderr.isatty():
        print(f"{clients} clients on {url} for {seconds:g} s …", file=sys.stderr)
    try:
        report = asyncio.run(verify_streams(url, clients, seconds, interval, symbols, bars))
    except (StreamRefusedError, ValueError) as error:
        raise UserError(f"{url}: {error}", 2) from None
    except KeyboardInterrupt:
        raise UserError("stopped before the end: nothing is proved", 130) from None
    _check_that_there_was_anything(url, report)
    if as_json:
        import orjson

        # HTTP statuses are numbers, also as keys.
        print(orjson.dumps(report.as_dict(), option=orjson.OPT_NON_STR_KEYS).decode())
    else:
        from rich.console import Console

        Console().print(_table(report))
        for words in report.shortcomings:
            print(f"tickcast: {words}", file=sys.stderr)
    if not report.ok:
        raise typer.Exit(1)


def _check_bars(bars: str, interval: int) -> None:
    from tickcast.wire.bar import INTERVALS

    if bars and bars not in INTERVALS:
        raise UserError(f"--bars: {bars!r} is not one of {', '.join(INTERVALS)}", 2)
    if bars and interval:
        raise UserError(
            "--bars: bars are checked against every tick, and only --interval 0 sends every tick", 2
        )


def _check_that_there_was_anything(url: str, report: "Report") -> None:
    if not report.connected:
        seen = [f"HTTP {status}" for status in report.statuses] + list(report.failures)
        seen += ["every gateway is full, starting or draining"] if report.put_off else []
        why = ", ".join(seen[:2]) or "no answer in time"
        raise UserError(f"no stream from {url}: {why}; {_way_out(url)}", 2)
    if not report.findings.ticks:
        raise UserError(f"no tick came from {url} in {report.seconds:.0f} s; is a publisher running?", 2)


def _way_out(url: str) -> str:
    from tickcast.cli.address import server_address
    from tickcast.cli.proxy import proxy_for, shown

    if proxy := proxy_for(server_address(url)):
        return f"it connects directly and not through the proxy {shown(proxy)}, so run it beside the server"
    return "is Tickcast running there? (tickcast up)"


def _table(report: "Report") -> "Table":
    from rich.table import Table

    found = report.findings
    table = Table(title=f"{report.connected} of {report.clients} clients, {report.seconds:.1f} s")
    table.add_column("")
    table.add_column("", justify="right")
    rate = found.ticks / report.seconds
    table.add_row("ticks seen", f"{found.ticks:,} ({rate:,.0f} a second)")
    for name, count in (
        ("lost untold", found.lost),
        ("repeated", found.repeated),
        ("out of order", found.out_of_order),
        ("malformed", found.malformed),
    ):
        table.add_row(name, f"{count:,}", style="bold red" if count else "green")
    if report.bars:
        _add_bars(table, report)
    table.add_section()
    table.add_row("gaps told", _counts(found.gaps))
    table.add_row("ticks in them", f"{found.told:,}")
    table.add_row("resumed", _counts(found.resumed))
    table.add_row("reconnects", f"{report.reconnects:,}")
    if report.put_off:
        table.add_row("put off", f"{report.put_off:,}")
    ending = report.ending
    table.add_row("would end an EventSource", f"{ending:,}", style="bold red" if ending else "green")
    if report.statuses:
        table.add_row("other answers", _counts(report.statuses))
    if report.failures:
        table.add_row("broken off", _counts(report.failures))
    return table


def _add_bars(table: "Table", report: "Report") -> None:
    bars = report.findings.bars
    table.add_section()
    table.add_row(f"bars of {report.bars} seen", f"{bars.seen:,}")
    table.add_row("checked against their ticks", f"{bars.checked:,}")
    table.add_row("of which not every tick came", f"{bars.partial:,}")
    table.add_row(
        "bars wrong", f"{bars.wrong.total():,}", style="bold red" if bars.wrong.total() else "green"
    )
    for words, count in bars.wrong.items():
        table.add_row(f"  {words}", f"{count:,}", style="bold red")


def _counts(counts: "dict[str, int] | dict[int, int]") -> str:
    return ", ".join(f"{count:,} {name}" for name, count in counts.items()) or "0"
