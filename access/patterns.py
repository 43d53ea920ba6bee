"""Which symbols the entries of a grant mean. Pure."""

from collections.abc import Callable
from functools import lru_cache

from tickcast.wire.symbol import Case, fold


@lru_cache(maxsize=1024)
def allows(entries: tuple[str, ...], case: Case) -> Callable[[str], bool]:
    """Return a function that tells whether entries such as `AAPL` and `B*` mean a symbol of this case."""
    names = {fold(entry, case) for entry in entries if not entry.endswith("*")}
    prefixes = tuple(fold(entry[:-1], case) for entry in entries if entry.endswith("*"))
    return lambda symbol: symbol in names or symbol.startswith(prefixes)
