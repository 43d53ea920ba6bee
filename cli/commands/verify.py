"""`tickcast verify`: many clients that check every tick they receive, and a table of their findings."""

import sys
from typing import TYPE_CHECKING, Annotated

import typer

from tickcast.cli.options import CaCert, Insecure, TokenFile, check_bars
from tickcast.cli.report_output import print_json
from tickcast.runtime.errors import UserError
from tickcast.runtime.urls import shown_url

if TYPE_CHECKING:
    from rich.table import Table

    from tickcast.cli.verify.report import Report


SECONDS = 20.0
"""How long it verifies, if no bars make it longer."""

AFTER_A_BAR = 10.0
"""Seconds behind the end of a bar in which the next one surely begins, where there are ticks at all."""


def verify(
    url: Annotated[str, typer.Option(help="Any Tickcast address.")] = "http://127.0.0.1:8080",
    clients: Annotated[int, typer.Option(min=1, max=20_000, help="Streams at once.")] = 50,
    seconds: Annotated[
        float | None,
        typer.Option(
            min=0.1,
            max=86_400,
            help="How long [default: 20, or until a bar has come from its first tick to its last].",
        ),
    ] = None,
    interval: Annotated[int, typer.Option(min=0, help="0: every tick; else ms.")] = 0,
    symbols: Annotated[
        str, typer.Option(help="Comma list; a * at the end of a name matches a prefix; none: all.")
    ] = "",
    bars: Annotated[
        str,
        typer.Option(help="1s, 1m, 15m or 1d: check bars too [default: none]."),
    ] = "",
    token_file: TokenFile = None,
    cacert: CaCert = None,
    insecure: Insecure = False,
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON instead of a table.")] = False,
) -> None:
    """Prove that no tick is lost.

    It streams with many clients, each of which checks every tick.

    Exit code 1: ticks were lost without a gap event, repeated or out of order, bars were wrong, or a client
    was not served. 2: there was nothing to check.
    """
    _check_bars(bars, interval)
    if seconds is None:
        seconds = _seconds_for(bars)
    import asyncio

    from tickcast.cli.token_file import token_of_flag
    from tickcast.cli.trust import refusal_words, tls_of_flags
    from tickcast.cli.verify.report import verify_streams
    from tickcast.client.errors import StreamRefusedError

    try:
        token, tls = token_of_flag(token_file, insecure), tls_of_flags(url, cacert, insecure)
    except ValueError as error:
        raise UserError(f"--url: {error}", 2) from None
    if sys.stderr.isatty():
        print(f"{clients} clients on {shown_url(url)} for {seconds:g} s …", file=sys.stderr)
    try:
        report = asyncio.run(
            verify_streams(url, clients, seconds, interval, symbols, bars, tls, token, _show)
        )
    except StreamRefusedError as error:
        raise UserError(f"{shown_url(url)}: {refusal_words(error, token)}", 2) from None
    except KeyboardInterrupt:
        raise UserError("stopped before the end: nothing is proved", 130) from None
    finally:
        _show("")
    _check_that_there_was_anything(url, report)
    if as_json:
        print_json(report.as_dict())
    else:
        from rich.console import Console

        Console().print(_table(report))
        for words in report.shortcomings:
            print(f"tickcast: {words}", file=sys.stderr)
    if not report.ok:
        raise typer.Exit(1)


def _show(line: str) -> None:
    """Show a line in place of the one before, on a terminal alone."""
    if sys.stderr.isatty():
        print(f"\x1b[2K{line}", end="\r", file=sys.stderr, flush=True)


def _check_bars(bars: str, interval: int) -> None:
    check_bars(bars)
    if bars and interval:
        raise UserError(
            "--bars: bars are checked against every tick, and only --interval 0 sends every tick", 2
        )


def _seconds_for(bars: str) -> float:
    """Return how long it takes to see a bar from its first tick to its last, in seconds."""
    from tickcast.wire.bar import INTERVALS

    whole = 2 * INTERVALS[bars] / 1_000_000 + AFTER_A_BAR if bars else 0.0
    if whole > 86_400:
        raise UserError(f"--bars {bars}: say by --seconds how long; a whole bar may take two days", 2)
    return max(SECONDS, whole)


def _check_that_there_was_anything(url: str, report: "Report") -> None:
    if not report.connected:
        seen = [f"HTTP {status}" for status in report.statuses] + list(report.failures)
        seen += ["every gateway is full, starting or draining"] if report.put_off else []
        why = ", ".join(seen[:2]) or "no answer in time"
        raise UserError(f"no stream from {shown_url(url)}: {why}; {_way_out(url)}", 2)
    if not report.findings.ticks:
        raise UserError(
            f"no tick came from {shown_url(url)} in {report.seconds:.0f} s; is a publisher running?", 2
        )


def _way_out(url: str) -> str:
    from tickcast.cli.trust import RUNNING
    from tickcast.client.address import server_address
    from tickcast.client.proxy import proxy_for, shown

    if proxy := proxy_for(server_address(url)):
        return f"it connects directly and not through the proxy {shown(proxy)}, so run it beside the server"
    return RUNNING


def _table(report: "Report") -> "Table":
    from rich.table import Table

    found = report.findings
    table = Table(
        title=f"{report.connected} of {report.clients} clients, {report.seconds:.1f} s", show_header=False
    )
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
