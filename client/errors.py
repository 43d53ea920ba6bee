"""Errors of the client, beside `wire.fields.FieldError`."""


class PublishError(Exception):
    """Redis refuses what is handed in, or the publisher is closed. The message says why and what helps.

    What was published before is kept, and tried again, until the publisher is closed.
    """


class StreamRefusedError(Exception):
    """The server refuses a stream, or a change of it, for good. The message has the status and the reason."""

    def __init__(self, message: str, status: int = 0) -> None:
        super().__init__(message)
        self.status = status
        """Of HTTP; 0 if the server was not asked."""
