"""The errors of this room, apart from what raises them: that needs packages that not every program has."""


class KeysError(ValueError):
    """A document has no usable key, or cannot be read; the message says why, and quotes nothing of it."""


class TokenError(Exception):
    """A token proves nothing; the message says why, and quotes nothing of it."""


class UnknownKeyError(TokenError):
    """The token names a key that is not known, or no longer, or not yet."""
