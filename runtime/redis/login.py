"""User and password for Redis. A password in a file is read at each new connection: it may be rotated."""

from pathlib import Path

from redis.credentials import CredentialProvider
from redis.exceptions import ConnectionError as RedisConnectionError

from tickcast.runtime.redis.address import RedisAddress
from tickcast.runtime.redis.errors import NO_FILE
from tickcast.runtime.redis.security import LinkSecurity


class Login(CredentialProvider):
    """The login of an address. A password in the address wins over the file."""

    def __init__(self, address: RedisAddress, password_file: Path | None) -> None:
        """Read nothing yet."""
        self._username = address.username
        self._password = address.password
        self._file = None if address.password else password_file

    def get_credentials(self) -> tuple[str] | tuple[str, str]:
        """Return (password) or (user, password); empty if there is no login.

        Raises redis.exceptions.ConnectionError if the file cannot be read.
        """
        password = self._password if self._file is None else _read(self._file)
        if self._username:
            return self._username, password or ""
        return (password,) if password else ()  # type: ignore[return-value]

    async def get_credentials_async(self) -> tuple[str] | tuple[str, str]:
        """Do what `get_credentials` does: the file is small and local."""
        return self.get_credentials()


class SentinelLogin(CredentialProvider):
    """The login for Sentinels: what is set for them, and nothing else."""

    def __init__(self, security: LinkSecurity) -> None:
        """Raises redis.exceptions.ConnectionError if the file cannot be read."""
        self._user, self._file = security.sentinel_user, security.sentinel_password_file
        self.get_credentials()

    def get_credentials(self) -> tuple[str] | tuple[str, str]:
        """Return (password) or (user, password); empty if no password is set."""
        if self._file is None:
            return ()  # type: ignore[return-value]
        password = _read(self._file)
        return (self._user, password) if self._user else (password,)

    async def get_credentials_async(self) -> tuple[str] | tuple[str, str]:
        """Do what `get_credentials` does: the file is small and local."""
        return self.get_credentials()


def _read(file: Path) -> str:
    try:
        return file.read_text("utf-8").strip()
    except (OSError, UnicodeDecodeError) as error:
        raise RedisConnectionError(f"{NO_FILE}: {error}") from None
