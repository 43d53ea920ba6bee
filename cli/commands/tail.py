"""`tickcast tail`: live prices as a table in the terminal, or as lines of JSON in a pipe."""

import contextlib
import os
import sys
from typing import TYPE_CHECKING, Annotated

import typer

from tickcast.runtime.errors import UserError

if TYPE_CHECKING:
    from httpx2 import ServerSentEvent

    from tickcast.cli.tail.losses import Losses

_TABLE_INTERVAL = 250
_BARS_ONLY_INTERVAL = 10_000
"""Interval in ms of the ticks of a stream of which only the bars are printed."""
_REDRAW = 0.2
"""Seconds between two drawings of the table; the eye follows no faster."""


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
            help="1s, 1m, 15m or 1d: bars instead of ticks, one a line; a forming bar comes repeatedly."
        ),
    ] = "",
    count: Annotated[int | None, typer.Option(min=1, help="Stop after so many ticks or bars.")] = None,
) -> None:
    """Follow prices in the terminal. It reconnects by itself; Ctrl-C ends it.

    \b
    tickcast tail AAPL MSFT
    tickcast tail --json --count 100 > ticks.jsonl
    tickcast tail --bars 1m AAPL
    """
    import asyncio

    from tickcast.cli.address import server_address
    from tickcast.cli.reconnect import StreamRefusedError

    as_json = as_json or bool(bars) or not sys.stdout.isatty()
    if interval is None:
        interval = _BARS_ONLY_INTERVAL if bars else 0 if as_json else _TABLE_INTERVAL
    try:
        address = server_address(url)
    except ValueError as error:
        raise UserError(f"--url: {error}", 2) from None
    params = {"interval": str(interval)} | ({"symbols": ",".join(symbols)} if symbols else {})
    params |= {"bars": bars} if bars else {}
    work = _print_lines if as_json else _draw_table
    with contextlib.suppress(KeyboardInterrupt):
        try:
            asyncio.run(work(address, params, count))
        except StreamRefusedError as error:
            raise UserError(f"{address}: {error}") from None
        except BrokenPipeError:
            # The reader has closed the pipe, as `head` does. Python flushes stdout at exit: let it succeed.
            os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())


async def _print_lines(url: str, params: dict[str, str], count: int | None) -> None:
    from contextlib import aclosing

    from tickcast.cli.tail.follow import follow
    from tickcast.cli.tail.losses import Losses
    from tickcast.cli.ticks import split_snapshot

    left, bars, losses = count, "bars" in params, Losses()
    async with aclosing(follow(url, params, _Problems())) as events:
        async for event in events:
            if event.event == ("bar" if bars else "tick"):
                lines = [event.data.encode()]
            elif event.event == "snapshot" and not bars:
                lines = split_snapshot(event.data.encode())
            else:
                _print_loss(losses, event)
                continue
            lines = lines[:left]
            sys.stdout.buffer.write(b"".join([line + b"\n" for line in lines]))
            sys.stdout.buffer.flush()
            if left is not None:
                left -= len(lines)
                if left == 0:
                    return


def _print_loss(losses: "Losses", event: "ServerSentEvent") -> None:
    # An event that cannot be read changes nothing.
    with contextlib.suppress(ValueError, KeyError, TypeError):
        if loss := losses.on_event(event.event, event.data):
            print(f"tickcast: {loss.words}", file=sys.stderr, flush=True)


class _Problems:
    """Prints each connection problem once, on stderr; stdout holds the data."""

    def __init__(self) -> None:
        self._last = ""

    def __call__(self, words: str) -> None:
        problem, waiting, _ = words.partition("; again in")
        if waiting and problem != self._last:
            print(f"tickcast: {problem}; trying again", file=sys.stderr, flush=True)
            self._last = problem


async def _draw_table(url: str, params: dict[str, str], count: int | None) -> None:
    import asyncio

    from rich.live import Live

    from tickcast.cli.tail.follow import follow, symbols_of
    from tickcast.cli.tail.price_table import PriceTable

    table = PriceTable()

    async def draw(live: Live) -> None:
        while True:
            live.update(table.render(), refresh=True)
            await asyncio.sleep(_REDRAW)

    with Live(auto_refresh=False, vertical_overflow="ellipsis") as live:
        drawing = asyncio.create_task(draw(live))
        try:
            async for event in follow(url, params, table.set_connection):
                if event.event == "hello":
                    table.quotes.describe(await symbols_of(url))
                # A newer server may send other fields; an event that cannot be read changes nothing.
                with contextlib.suppress(ValueError, KeyError, TypeError):
                    table.on_event(event.event, event.data)
                if count is not None and table.ticks >= count:
                    return
        finally:
            drawing.cancel()
            live.update(table.render(), refresh=True)
