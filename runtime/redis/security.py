"""What proves servers of Redis and this program, and what Sentinels are told: settings beside an address."""

from pathlib import Path
from typing import NamedTuple


class LinkSecurity(NamedTuple):
    """Files for TLS, and the login for Sentinels."""

    ca_file: Path | None = None
    """Certificates of the CAs that may have signed a server's, PEM; None: those of the system."""
    cert_file: Path | None = None
    """This program's certificate, with its chain, PEM."""
    key_file: Path | None = None
    """The key of it, PEM; None: it is in `cert_file`."""
    sentinel_user: str | None = None
    sentinel_password_file: Path | None = None
    """File with the password for Sentinels. They are never told the one for Redis."""


PLAIN = LinkSecurity()
"""Nothing is set."""
