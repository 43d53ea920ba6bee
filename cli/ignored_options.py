"""Refuses flags that the chosen source ignores: whoever wrote them expects something of them."""

from collections.abc import Mapping
from typing import Any

from tickcast.publisher.source import SourceError, load_source
from tickcast.publisher.source_options import ignored_by, takers_of
from tickcast.runtime.errors import UserError


def refuse_ignored(source: str, flags: Mapping[str, Any]) -> None:
    """Raise UserError for the first flag, of those that are not None, that the source ignores."""
    try:
        factory = load_source(source)
        ignored = ignored_by(factory, [name for name, value in flags.items() if value not in (None, False)])
    except SourceError as error:
        raise UserError(str(error), 2) from None
    if not ignored:
        return
    takers = takers_of(ignored[0])
    *others, last = takers or ["no source"]
    who = f"{', '.join(others)} and {last} take it" if others else f"{last} takes it"
    way = f": --source {takers[0]}" if len(takers) == 1 else ""
    raise UserError(f"--{ignored[0].replace('_', '-')}: the source {source} ignores it; {who}{way}", 2)
