"""A failure that the user can mend: one line that says what is wrong and what to do."""


class UserError(Exception):
    """Ends the program with its message on stderr and `code`, without a traceback."""

    def __init__(self, message: str, code: int = 1) -> None:
        super().__init__(message)
        self.code = code
