"""The note that `tickcast up` leaves while it runs, so that `tickcast doctor` finds its Valkey."""

import contextlib
import json
import os
import stat
import tempfile
from collections.abc import Iterator
from pathlib import Path

_FORM = "tickcast-up-{user}"
"""Folder of a user's notes, in that for temporary files; each is named by the port that gateways share."""


class NoteError(Exception):
    """The folder of the notes is none of this user's."""


@contextlib.contextmanager
def noted(port: int, redis_url: str, feed: str) -> Iterator[None]:
    """Keep a note until the block ends: gateways at `port` follow `feed` in this Redis.

    It is a convenience: where it cannot be written, there is none.
    """
    file = None
    with contextlib.suppress(OSError, NoteError):
        file = _folder(makes=True) / f"{port}.json"
        text = json.dumps({"pid": os.getpid(), "redis_url": redis_url, "feed": feed})
        new = file.with_suffix(f".{os.getpid()}")
        new.write_text(text, "utf-8")
        new.replace(file)
    try:
        yield
    finally:
        if file is not None:
            with contextlib.suppress(OSError):
                file.unlink()


def read_note(port: int) -> tuple[str, str] | None:
    """Return Redis's address and the feed of the `tickcast up` at a port; None if none runs there."""
    try:
        told = json.loads((_folder(makes=False) / f"{port}.json").read_text("utf-8"))
        pid, redis_url, feed = int(told["pid"]), str(told["redis_url"]), str(told["feed"])
        if pid <= 0:
            return None
        os.kill(pid, 0)
    except (OSError, NoteError, ValueError, KeyError, TypeError, OverflowError):
        return None
    return redis_url, feed


def only_port() -> int | None:
    """Return the port of the one `tickcast up` that runs on this machine; None if none runs, or several."""
    try:
        ports = [int(file.stem) for file in _folder(makes=False).glob("*.json") if file.stem.isdecimal()]
    except (OSError, NoteError):
        return None
    running = [port for port in ports if read_note(port) is not None]
    return running[0] if len(running) == 1 else None


def _folder(makes: bool) -> Path:
    """Return the folder; nobody else may write there. Raises OSError, NoteError."""
    folder = Path(tempfile.gettempdir()) / _FORM.format(user=os.getuid())
    if makes:
        with contextlib.suppress(FileExistsError):
            folder.mkdir(mode=0o700)
    found = folder.lstat()
    if not stat.S_ISDIR(found.st_mode) or found.st_uid != os.getuid() or found.st_mode & 0o077:
        raise NoteError(str(folder))
    return folder
