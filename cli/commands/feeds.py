"""`tickcast feeds`: the feeds that a Redis holds, and the removal of one."""

import time
from collections.abc import Awaitable, Callable
from typing import TYPE_CHECKING, Annotated, TypeVar

import typer

from tickcast.cli.options import RedisPasswordFile
from tickcast.cli.words import span
from tickcast.runtime.errors import UserError

if TYPE_CHECKING:
    from rich.table import Table

    from tickcast.cli.feeds import Feeds, FoundFeed

T = TypeVar("T")

feeds = typer.Typer(help="List the feeds that a Redis holds, or remove one.", rich_markup_mode=None)

RedisUrl = Annotated[
    str | None, typer.Option(help="Redis to look at; also REDIS_URL [default: redis://127.0.0.1:6379/0].")
]


@feeds.callback(invoke_without_command=True)
def _list(
    context: typer.Context, redis_url: RedisUrl = None, redis_password_file: RedisPasswordFile = None
) -> None:
    """List the feeds that a Redis holds."""
    context.obj = {"redis_url": redis_url, "redis_password_file": redis_password_file}
    if context.invoked_subcommand is not None:
        return
    from rich.console import Console

    found = _with_feeds(context, lambda feeds: feeds.found())
    if found:
        Console().print(_table(found))
    else:
        print("Redis holds no feed yet; tickcast publisher begins one")


@feeds.command()
def remove(
    context: typer.Context,
    name: Annotated[str | None, typer.Argument(help="Name of the feed.")] = None,
    old: Annotated[
        bool, typer.Option("--old", help="Keys of an older Tickcast, which name no feed.")
    ] = False,
    yes: Annotated[bool, typer.Option("--yes", help="Do not ask.")] = False,
) -> None:
    """Remove a feed that nobody leads. All its keys go: prices, bars, names and log."""
    if (name is None) != old:
        raise UserError("name the feed to remove, or say --old; tickcast feeds shows which there are", 2)
    shown = f"the feed {name}" if name else "the keys of an older Tickcast"
    if not yes and not typer.confirm(f"Remove {shown} with all prices, bars and names?"):
        raise UserError("nothing was removed", 1)
    count = _with_feeds(context, lambda feeds: feeds.remove(name or ""))
    print(f"removed {count:,} keys")


def _with_feeds(context: typer.Context, work: "Callable[[Feeds], Awaitable[T]]") -> T:
    import asyncio

    from tickcast.cli.feeds import Feeds
    from tickcast.cli.settings import load_settings
    from tickcast.runtime.redis.errors import LinkError
    from tickcast.runtime.settings import ProgramSettings

    settings = load_settings(ProgramSettings, context.obj)

    async def run() -> T:
        async with Feeds(settings) as feeds:
            return await work(feeds)

    try:
        return asyncio.run(run())
    except LinkError as error:
        raise UserError(f"{error.reason} ({error}): {error.hint}") from None


def _table(found: "list[FoundFeed]") -> "Table":
    from rich.table import Table

    from tickcast.cli.feeds import OLD

    table = Table(box=None)
    for title, side in (
        ("feed", "left"),
        ("partitions", "right"),
        ("symbols", "right"),
        ("source", "left"),
        ("newest", "right"),
        ("led by", "left"),
    ):
        table.add_column(title, justify=side)  # type: ignore[arg-type]
    for feed in found:
        table.add_row(
            "(old form)" if feed.name == OLD else feed.name,
            str(len(feed.tags)),
            f"{feed.symbols:,}",
            feed.source or "-",
            _age(feed.sent),
            ", ".join(sorted(feed.leaders)) or "nobody",
        )
    return table


def _age(sent: int) -> str:
    if not sent:
        return "-"
    return f"{span(time.time() - sent / 1e6)} ago"
