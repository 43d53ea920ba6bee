"""A token that a command shows to a server: it stands in a file, because all users of a machine see flags."""

import re
from pathlib import Path

from tickcast.runtime.errors import UserError


def token_in(file: Path) -> str:
    """Return the token in a file. Raises ValueError."""
    try:
        token = file.read_text("ascii", "replace").strip()
    except OSError as error:
        raise ValueError(f"it cannot be read ({error.strerror})") from None
    if not re.fullmatch(r"[!-~]{1,8192}", token):
        raise ValueError("the file holds no token")
    return token


def token_of_flag(file: Path | None, insecure: bool = False) -> str:
    """Return the token of --token-file; empty without the flag.

    Raises UserError, also where with --insecure nothing would prove who gets it.
    """
    if file is not None and insecure:
        raise UserError(
            "--token-file: with --insecure nothing proves who gets the token; name the CA: --cacert", 2
        )
    try:
        return "" if file is None else token_in(file)
    except ValueError as error:
        raise UserError(f"--token-file {file}: {error}", 2) from None
