"""Options that several commands share. None stands for the default of the setting."""

from pathlib import Path
from typing import Annotated

import typer

# The source of the feed.
Source = Annotated[
    str | None, typer.Option(help="simulated, replay, stdin, inbox, nats, kafka, or a source of your own.")
]
Symbols = Annotated[int | None, typer.Option(help="Symbols to simulate.")]
Rate = Annotated[float | None, typer.Option(help="Ticks a second over all symbols.")]
Seed = Annotated[int | None, typer.Option(help="Seed, to repeat a simulation.")]
File = Annotated[str | None, typer.Option(help="Recording to replay.")]
Speed = Annotated[str | None, typer.Option(help="Times the recorded pace, or max.")]
Loop = Annotated[bool | None, typer.Option("--loop/--no-loop", help="Begin again at the recording's end.")]
TimeUnit = Annotated[str | None, typer.Option(help="Unit of the source's times: us, ms, s or ns.")]
MaxAhead = Annotated[float | None, typer.Option(help="Seconds a time may be ahead of the clock.")]
SymbolCase = Annotated[str | None, typer.Option(help="upper, or keep: the case of symbols.")]

# Settings of both programs.
Feed = Annotated[str | None, typer.Option(help="Name of the feed [default: main].")]
RedisPasswordFile = Annotated[Path | None, typer.Option(help="File that holds the password for Redis.")]
Partitions = Annotated[int | None, typer.Option(help="Partitions of the feed.")]
LogLevel = Annotated[str | None, typer.Option(help="debug, info, warning or error.")]
LogFormat = Annotated[str | None, typer.Option(help="console or json.")]

Debug = Annotated[bool | None, typer.Option("--debug/--no-debug", help="Show the operator's page at /debug.")]
