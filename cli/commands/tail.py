"""`tickcast tail`: live prices as a table in the terminal, or as lines of JSON in a pipe."""

import contextlib
import os
import sys
from typing import TYPE_CHECKING, Annotated, Any

import typer

from tickcast.cli.options import CaCert, Insecure, TokenFile, check_bars
from tickcast.runtime.errors import UserError

if TYPE_CHECKING:
    from collections.abc import Coroutine

    from tickcast.cli.tail.follow import Wanted

_TABLE_INTERVAL = 250
_BARS_ONLY_INTERVAL = 10_000
"""Interval in ms of the ticks of a stream of which only the bars are printed."""


def tail(
    symbols: Annotated[list[str] | None, typer.Argument(help="AAPL MSFT … or BTC*; none: all.")] = None,
    url: Annotated[str, typer.Option(help="Any Tickcast address.")] = "http://127.0.0.1:8080",
    interval: Annotated[
        int | None,
        typer.Option(min=0, help="0: every tick; else ms [default: 250 for the table, 0 for JSON]."),
    ] = None,
    as_json: Annotated[
        bool, typer.Option("--json", help="One tick a line, as received; the default in a pipe.")
    ] = False,
    bars: Annotated[
        str,
        typer.Option(
            help="1s, 1m, 15m or 1d: bars instead of ticks, one a line; a forming bar comes repeatedly "
            "[default: none]."
        ),
    ] = "",
    count: Annotated[int | None, typer.Option(min=1, help="Stop after so many ticks or bars.")] = None,
    token_file: TokenFile = None,
    cacert: CaCert = None,
    insecure: Insecure = False,
) -> None:
    """Follow prices in the terminal. It reconnects by itself; q or Ctrl-C ends it.

    Arrows, PgUp, PgDn, Home and End scroll a table that is longer than the terminal.

    \b
    tickcast tail AAPL MSFT
    tickcast tail --json --count 100 > ticks.jsonl
    tickcast tail --bars 1m AAPL
    """
    import asyncio

    from tickcast.cli.tail.follow import Wanted
    from tickcast.cli.tail.lines import print_lines
    from tickcast.cli.token_file import token_of_flag
    from tickcast.cli.trust import refusal_words, tls_of_flags
    from tickcast.client.address import server_address
    from tickcast.client.errors import StreamRefusedError
    from tickcast.runtime.urls import shown_url

    check_bars(bars)
    as_json = as_json or bool(bars) or not _can_draw()
    if interval is None:
        interval = _BARS_ONLY_INTERVAL if bars else 0 if as_json else _TABLE_INTERVAL
    try:
        address = server_address(url)
        token, tls = token_of_flag(token_file, insecure), tls_of_flags(address, cacert, insecure)
    except ValueError as error:
        raise UserError(f"--url: {error}", 2) from None
    params = {"interval": str(interval)} | ({"bars": bars} if bars else {})
    wanted = Wanted(address, symbols or ["*"], params, tls, token)
    code = 0
    with contextlib.suppress(KeyboardInterrupt):
        try:
            code = asyncio.run(print_lines(wanted, count) if as_json else _draw(wanted, count))
        except StreamRefusedError as error:
            raise UserError(f"{shown_url(address)}: {refusal_words(error, wanted.token)}") from None
        except BrokenPipeError:
            # The reader has closed the pipe, as `head` does. Python flushes stdout at exit: let it succeed.
            os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
    if code:
        raise typer.Exit(code)


def _can_draw() -> bool:
    from rich.console import Console

    return sys.stdout.isatty() and not Console().is_dumb_terminal


def _draw(wanted: "Wanted", count: int | None) -> "Coroutine[Any, Any, int]":
    # Its modules need a terminal, which not every system has.
    from tickcast.cli.tail.table import draw_table

    return draw_table(wanted, count)
