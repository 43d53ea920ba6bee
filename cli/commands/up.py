"""`tickcast up`: everything on this machine, until Ctrl-C."""

from typing import Annotated, Any

import typer

from tickcast.cli.options import (
    Debug,
    ExchangeQuiet,
    ExchangeUrl,
    Feed,
    File,
    Loop,
    MaxAhead,
    Rate,
    Seed,
    Source,
    Speed,
    StaleAfter,
    SymbolCase,
    Symbols,
    TimeUnit,
)


def up(
    host: Annotated[str | None, typer.Option(help="Address to listen on [default: 127.0.0.1].")] = None,
    port: Annotated[int | None, typer.Option(help="Port; 0 takes any free port [default: 8080].")] = None,
    gateways: Annotated[int, typer.Option(min=1, max=64, help="Gateways that share the port.")] = 2,
    redis_url: Annotated[
        str | None, typer.Option(help="Redis to use, also REDIS_URL [default: a new Valkey].")
    ] = None,
    feed: Feed = None,
    source: Source = None,
    symbols: Symbols = None,
    rate: Rate = None,
    seed: Seed = None,
    file: File = None,
    speed: Speed = None,
    loop: Loop = None,
    time_unit: TimeUnit = None,
    exchange_url: ExchangeUrl = None,
    exchange_quiet: ExchangeQuiet = None,
    stale_after: StaleAfter = None,
    max_ahead: MaxAhead = None,
    symbol_case: SymbolCase = None,
    debug: Debug = None,
    log_level: Annotated[
        str, typer.Option(help="Log level of all children: debug, info, warning, error.")
    ] = "warning",
) -> None:
    """Run everything on this machine. Valkey, a publisher, and gateways on one port; Ctrl-C ends it.

    \b
    tickcast up --port 9000 --gateways 4
    tickcast up --source replay --file ticks.jsonl --speed 10 --loop
    """
    options: dict[str, Any] = {
        "source": source,
        "symbols": symbols,
        "rate": rate,
        "seed": seed,
        "file": file,
        "speed": speed,
        "loop": loop,
        "time_unit": time_unit,
        "exchange_url": exchange_url,
        "exchange_quiet": exchange_quiet,
        "stale_after": stale_after,
        "max_ahead": max_ahead,
        "symbol_case": symbol_case,
    }
    import asyncio

    from tickcast.cli.up.plan import make_plan
    from tickcast.cli.up.services import Services

    with make_plan(host, port, gateways, redis_url, options, log_level, debug, feed) as plan:
        asyncio.run(Services(plan).run())
