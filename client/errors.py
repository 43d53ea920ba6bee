"""Errors of the client, beside `wire.fields.FieldError`."""


class PublishError(Exception):
    """Redis refuses what is handed in, or the publisher is closed. The message says why and what helps.

    What was published before is kept, and tried again, until the publisher is closed.
    """
