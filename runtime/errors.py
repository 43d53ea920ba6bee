"""Errors that the user can fix, shown as one line: the fault and the way out."""


class UserError(Exception):
    """Ends the program with its message on stderr and exit code `code`, without a traceback."""

    def __init__(self, message: str, code: int = 1) -> None:
        super().__init__(message)
        self.code = code
