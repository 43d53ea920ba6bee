"""The secret that a request has to bring, from a file that may be replaced at any time."""

import hashlib
import hmac
from pathlib import Path

from tickcast.runtime.problem import Problem


class SecretError(Exception):
    """The file of the secret cannot be read, or is empty; the message says which."""


class Secret:
    """The shared secret of all programs that hand in over HTTP."""

    def __init__(self, file: Path) -> None:
        """Raises SecretError, so that a publisher does not start without a secret."""
        self._file = file
        self._read()

    def check(self, authorization: str) -> None:
        """Return if the header Authorization brings the secret.

        Raises Problem: 401 if it does not, 503 if the secret is not known.
        """
        try:
            secret = self._read()
        except SecretError:
            raise Problem(
                503,
                "the publisher cannot read its secret (TICKCAST_HAND_IN_SECRET_FILE)",
                {"retry-after": "5"},
            ) from None
        scheme, _, given = authorization.partition(" ")
        # Hashes are of one length, so the time tells nothing of the secret, not even how long it is.
        is_same = hmac.compare_digest(_hash(given.strip().encode("latin-1", "replace")), _hash(secret))
        if scheme.lower() != "bearer" or not is_same:
            why, error = "brings no bearer token", ""
            if scheme.lower() == "bearer":
                why, error = "brings another secret", ', error="invalid_token"'
            raise Problem(
                401,
                f"the header Authorization {why}; it is: Bearer, a blank, and the secret",
                {"www-authenticate": f'Bearer realm="tickcast"{error}'},
            )

    def _read(self) -> bytes:
        # The file is small and local, and read at each request, so that a new secret counts at once.
        try:
            secret = self._file.read_bytes().strip()
        except OSError as error:
            raise SecretError(f"the secret cannot be read: {self._file}: {error.strerror}") from None
        if not secret:
            raise SecretError(f"the secret is empty: {self._file}")
        return secret


def _hash(secret: bytes) -> bytes:
    return hashlib.sha256(secret).digest()
