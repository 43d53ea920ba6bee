"""Rights: which symbols somebody may read, and selections that are cut to them. Pure."""

import hashlib
from functools import lru_cache

from tickcast.gateway.protocol.selection import EVERYTHING, Selection, listed, parse_entries, simplified
from tickcast.wire.symbol import Case


@lru_cache(maxsize=4096)
def allowed_by(entries: tuple[str, ...], case: Case) -> Selection:
    """Return the symbols that the entries of a grant allow, in a feed with this case.

    Raises SelectionError.
    """
    return simplified(parse_entries(entries, case))


@lru_cache(maxsize=4096)
def digest_of_rights(allowed: Selection) -> str:
    """Return a short text that differs for other rights: who comes back with others must start over."""
    text = b",".join((*allowed.names, b"*", *allowed.prefixes))
    return hashlib.sha256(text).hexdigest()[:12]


def cut(selection: Selection, allowed: Selection) -> Selection:
    """Return what of a selection is allowed.

    Prefixes stay prefixes, so that symbols that come later come by themselves. The result may be empty.
    """
    if allowed == EVERYTHING:
        return selection
    names = {name for name in selection.names if allowed.has(name)}
    names.update(name for name in allowed.names if name.startswith(selection.prefixes))
    prefixes = {prefix for prefix in selection.prefixes if prefix.startswith(allowed.prefixes)}
    prefixes.update(prefix for prefix in allowed.prefixes if prefix.startswith(selection.prefixes))
    return Selection(tuple(sorted(names)), tuple(sorted(prefixes)))


def outside(selection: Selection, allowed: Selection) -> list[str]:
    """Return the symbols that a selection names and that are not allowed."""
    return [name.decode("ascii") for name in selection.names if not allowed.has(name)]


def denial(selection: Selection, allowed: Selection) -> str | None:
    """Return in words what a selection names and is not allowed; None: there is nothing."""
    found = outside(selection, allowed)
    return f"your token does not allow {listed(found)}; * asks for all that it allows" if found else None
