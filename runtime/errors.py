"""Errors that the user can fix, shown as one line: the fault and the way out."""

import sys
from typing import NoReturn

BAD_SETTINGS = 2
"""The exit code of a program that refuses its settings: the same start would fail again."""


class UserError(Exception):
    """Ends the program with its message on stderr and exit code `code`, without a traceback."""

    def __init__(self, message: str, code: int = 1) -> None:
        super().__init__(message)
        self.code = code


def refuse_settings(message: str) -> NoReturn:
    """End the program with a line on stderr and the exit code BAD_SETTINGS."""
    sys.stderr.write(f"{message}\n")
    raise SystemExit(BAD_SETTINGS)
