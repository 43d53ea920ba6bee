"""Options that several commands have, each written once. None: the setting's own default."""

from pathlib import Path
from typing import Annotated

import typer

# Where the feed comes from.
Source = Annotated[str | None, typer.Option(help="simulated, replay, stdin, or one of your own.")]
Symbols = Annotated[int | None, typer.Option(help="Symbols to simulate.")]
Rate = Annotated[float | None, typer.Option(help="Ticks a second over all symbols.")]
Seed = Annotated[int | None, typer.Option(help="Seed, to repeat a simulation.")]
File = Annotated[str | None, typer.Option(help="Recording to replay.")]
Speed = Annotated[str | None, typer.Option(help="Times the recorded pace, or max.")]
Loop = Annotated[bool | None, typer.Option("--loop/--no-loop", help="Begin again at the recording's end.")]

# What both programs are told.
RedisPasswordFile = Annotated[Path | None, typer.Option(help="File that holds the password for Redis.")]
Partitions = Annotated[int | None, typer.Option(help="Partitions of the feed.")]
LogLevel = Annotated[str | None, typer.Option(help="debug, info, warning or error.")]
LogFormat = Annotated[str | None, typer.Option(help="console or json.")]

Debug = Annotated[bool | None, typer.Option("--debug/--no-debug", help="Show the operator's page at /debug.")]
