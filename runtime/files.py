"""The limit of open files, since every connection is one; and whether a file has changed."""

import os
import resource
from contextlib import suppress
from pathlib import Path

_FALLBACK_LIMIT = 1 << 20
"""Files to request if the system reports no hard limit, or refuses the one it reports."""


def file_limit() -> int | None:
    """Return how many files this process may have open; None: any number."""
    soft = resource.getrlimit(resource.RLIMIT_NOFILE)[0]
    return None if soft == resource.RLIM_INFINITY else soft


def raise_file_limit() -> None:
    """Allow this process as many open files as the system lets it; containers and shells start with 1,024.

    A limit that cannot be raised stays as it is; the process then accepts fewer connections.
    """
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    if soft in (hard, resource.RLIM_INFINITY):
        return
    # macOS reports no hard limit, and refuses both that value and any above its own, unreported limit.
    wanted = _FALLBACK_LIMIT if hard == resource.RLIM_INFINITY else hard
    while wanted > soft:
        with suppress(ValueError, OSError):
            resource.setrlimit(resource.RLIMIT_NOFILE, (wanted, hard))
            return
        wanted = min(wanted, 2 * _FALLBACK_LIMIT) // 2


def stamp(path: Path) -> tuple[int, int, int] | None:
    """Return what is another once a file has changed or was replaced; None: there is no such file."""
    try:
        found = os.stat(path)
    except OSError:
        return None
    return found.st_mtime_ns, found.st_size, found.st_ino
