"""`tickcast`: the program. Its commands import heavy modules when they run, so that help is instant."""

import sys
from collections.abc import Callable
from importlib.metadata import distribution
from typing import Annotated

import typer

from tickcast import __version__
from tickcast.cli.commands.conform import conform
from tickcast.cli.commands.delayer import delayer
from tickcast.cli.commands.doctor import doctor
from tickcast.cli.commands.feeds import feeds
from tickcast.cli.commands.gateway import gateway
from tickcast.cli.commands.producers import producers
from tickcast.cli.commands.publisher import publisher
from tickcast.cli.commands.symbols import symbols
from tickcast.cli.commands.tail import tail
from tickcast.cli.commands.token import token
from tickcast.cli.commands.up import up
from tickcast.cli.commands.verify import verify
from tickcast.runtime.errors import UserError

_HELP = """Live prices to very many browsers over plain HTTP.

\b
tickcast up           run everything on this machine, with simulated prices
tickcast tail AAPL    follow prices in the terminal
tickcast verify       prove that no tick is lost
tickcast doctor       say what is wrong with an installation
"""

app = typer.Typer(
    help=_HELP,
    context_settings={"help_option_names": ["-h", "--help"]},
    pretty_exceptions_enable=False,
    rich_markup_mode=None,
)


def _show_version(wanted: bool) -> None:
    if wanted:
        print(f"tickcast {__version__}")
        raise typer.Exit


@app.callback(invoke_without_command=True)
def _root(
    context: typer.Context,
    show_version: Annotated[
        bool, typer.Option("--version", callback=_show_version, is_eager=True, help="Print the version.")
    ] = False,
) -> None:
    if context.invoked_subcommand is None:
        print(context.get_help())


# `bench` may import `cli`, never the other way: an entry point of the distribution names its command.
_others = [entry.load() for entry in distribution("tickcast").entry_points.select(group="tickcast.commands")]

_commands: list[Callable[..., None]] = [
    up,
    tail,
    verify,
    *_others,
    doctor,
    conform,
    gateway,
    publisher,
    delayer,
    producers,
]
for command in _commands:
    app.command()(command)
app.add_typer(feeds, name="feeds")
app.add_typer(symbols, name="symbols")
app.add_typer(token, name="token")


def run() -> None:
    """Run the command line. A UserError ends it with one line on stderr and the code of the error."""
    try:
        app()
    except UserError as failure:
        print(f"tickcast: {failure}", file=sys.stderr)
        sys.exit(failure.code)


if __name__ == "__main__":
    run()
