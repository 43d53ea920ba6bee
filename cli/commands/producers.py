"""`tickcast producers`: who hands ticks in, what was taken and refused, and what waits."""

import time
from typing import TYPE_CHECKING, Annotated, Any

import typer

from tickcast.cli.options import Feed, Partitions, RedisPasswordFile, RedisUrl
from tickcast.cli.words import plain, span
from tickcast.runtime.errors import UserError

if TYPE_CHECKING:
    from rich.table import Table

    from tickcast.cli.producers import Standing


def producers(
    redis_url: RedisUrl = None,
    redis_password_file: RedisPasswordFile = None,
    feed: Feed = None,
    partitions: Partitions = None,
    rejects: Annotated[
        int, typer.Option(min=0, max=1000, help="Refused lines to show, the newest, with their reasons.")
    ] = 5,
) -> None:
    """Show who hands ticks in. It says what was taken from each producer, what was refused, what waits."""
    flags: dict[str, Any] = dict(locals())
    shown = flags.pop("rejects")
    import asyncio

    from rich.console import Console

    from tickcast.cli.producers import read_standing
    from tickcast.cli.settings import load_settings
    from tickcast.runtime.redis.errors import LinkError
    from tickcast.runtime.settings import ProgramSettings

    settings = load_settings(ProgramSettings, flags)
    try:
        standing = asyncio.run(read_standing(settings, shown))
    except LinkError as error:
        raise UserError(f"{error.reason} ({error}): {error.hint}") from None
    if not standing.producers and not standing.entries:
        print(f"nothing was handed in to the feed {settings.feed} yet")
        return
    Console().print(_table(standing))
    print(f"{standing.entries:,} entries wait in the inbox")
    for line in standing.rejects:
        print(f"refused, of {plain(line['by'] or '-')}: {line['line'][:100]!r}: {plain(line['reason'])}")


def _table(standing: "Standing") -> "Table":
    from rich.table import Table
    from rich.text import Text

    table = Table(box=None, header_style="bold")
    table.add_column("producer")
    for title in ("taken", "refused", "repeated", "waits", "newest"):
        table.add_column(title, justify="right")
    for found in sorted(standing.producers.values(), key=lambda each: each.name):
        table.add_row(
            Text(plain(found.name or "-")),
            f"{found.taken:,}",
            Text(f"{found.refused:,}", style="red" if found.refused else ""),
            f"{found.repeated:,}",
            _size(found.waiting),
            _age(found.newest),
        )
    return table


def _size(count: int) -> str:
    if not count:
        return "-"
    return f"{count / 1024:,.1f} KiB" if count < 1024 * 1024 else f"{count / 1024 / 1024:,.1f} MiB"


def _age(ms: int) -> str:
    if not ms:
        return "-"
    return f"{span(time.time() - ms / 1000)} ago"
