"""`tickcast symbols`: lists the symbols of a feed, describes them, and retires them."""

import asyncio
from collections.abc import Coroutine
from typing import TYPE_CHECKING, Annotated, Any, TypeVar

import typer

from tickcast.cli.options import Feed, RedisPasswordFile, RedisUrl
from tickcast.runtime.errors import UserError

if TYPE_CHECKING:
    from tickcast.runtime.settings import ProgramSettings

T = TypeVar("T")

Wait = Annotated[float, typer.Option(help="Seconds to wait until the publisher has obeyed.", min=0, max=600)]

WAIT = 10.0
"""Seconds, unless set otherwise. A publisher that leads looks twice a second."""

symbols = typer.Typer(
    help="List the symbols of a feed, describe them, or retire them.", rich_markup_mode=None
)


@symbols.callback(invoke_without_command=True)
def _list_by_default(
    context: typer.Context,
    redis_url: RedisUrl = None,
    redis_password_file: RedisPasswordFile = None,
    feed: Feed = None,
) -> None:
    """List the symbols of a feed, describe them, or retire them."""
    context.obj = {name: value for name, value in locals().items() if name != "context"}
    if context.invoked_subcommand is None:
        list_symbols(context)


@symbols.command("list")
def list_symbols(
    context: typer.Context,
    redis_url: RedisUrl = None,
    redis_password_file: RedisPasswordFile = None,
    feed: Feed = None,
) -> None:
    """List every symbol, with what Redis holds of it. In a pipe each is a line of JSON."""
    settings = _settings(context, dict(locals()))
    from tickcast.cli.symbols.listing import print_symbols
    from tickcast.cli.symbols.orders import held_symbols

    print_symbols(_run(held_symbols(settings)))


@symbols.command("describe")
def describe(
    context: typer.Context,
    symbol: str,
    name: Annotated[str | None, typer.Option(help="Name to show, such as `Apple`.")] = None,
    currency: Annotated[str | None, typer.Option(help="ISO 4217 code, or the quote asset of a pair.")] = None,
    tick: Annotated[str | None, typer.Option(help="Tick size, such as 0.01.")] = None,
    reference: Annotated[str | None, typer.Option(help="Price that a change is measured from.")] = None,
    wait: Wait = WAIT,
    redis_url: RedisUrl = None,
    redis_password_file: RedisPasswordFile = None,
    feed: Feed = None,
) -> None:
    """Change what is known of a symbol of the feed. What is left out stays as it is."""
    settings = _settings(context, dict(locals()))
    from tickcast.cli.symbols.orders import describe_symbol

    _run(describe_symbol(settings, symbol, name, currency, tick, reference, wait))
    print(f"described {symbol}")


@symbols.command("retire")
def retire(
    context: typer.Context,
    symbol: Annotated[list[str], typer.Argument(help="Symbols to retire.")],
    wait: Wait = WAIT,
    redis_url: RedisUrl = None,
    redis_password_file: RedisPasswordFile = None,
    feed: Feed = None,
) -> None:
    """Take symbols out of the feed. Their prices and bars go too, and clients forget them.

    A symbol that its source still publishes comes back with its next tick.
    """
    settings = _settings(context, dict(locals()))
    from tickcast.cli.symbols.orders import retire_symbols

    _run(retire_symbols(settings, symbol, wait))
    print(f"retired {', '.join(symbol)}")


def _settings(context: typer.Context, flags: dict[str, Any]) -> "ProgramSettings":
    """Return the settings; an option after the subcommand overrides the same one in front of it."""
    from tickcast.cli.settings import load_settings
    from tickcast.runtime.settings import ProgramSettings

    given = {name: value if flags[name] is None else flags[name] for name, value in context.obj.items()}
    return load_settings(ProgramSettings, given)


def _run(work: Coroutine[Any, Any, T]) -> T:
    from tickcast.runtime.redis.errors import LinkError

    try:
        return asyncio.run(work)
    except LinkError as error:
        raise UserError(f"{error.reason} ({error}): {error.hint}") from None
