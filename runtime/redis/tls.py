"""TLS to Redis, to its Sentinels and to the nodes of a cluster.

The files are read again when they have changed, so that certificates are renewed without a restart: new
connections have the new ones.
"""

import logging
import ssl
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from redis.asyncio import Connection
from redis.exceptions import ConnectionError as RedisConnectionError

from tickcast.runtime.files import stamp
from tickcast.runtime.redis.address import RedisAddress
from tickcast.runtime.redis.errors import NO_TLS_FILE
from tickcast.runtime.redis.security import LinkSecurity

_log = logging.getLogger("tickcast.redis")

_PURPOSES = {
    "ssl_ca_certs": "TICKCAST_REDIS_CA_FILE",
    "ssl_certfile": "TICKCAST_REDIS_CERT_FILE",
    "ssl_keyfile": "TICKCAST_REDIS_KEY_FILE",
}
_MODES = {"none": ssl.CERT_NONE, "optional": ssl.CERT_OPTIONAL, "required": ssl.CERT_REQUIRED}


class Tls:
    """Makes the context of new connections."""

    def __init__(self, options: Mapping[str, str | bool], security: LinkSecurity) -> None:
        """Take the options of an address, which win over the files of `security`. Read nothing yet."""
        files = {
            "ssl_ca_certs": security.ca_file,
            "ssl_certfile": security.cert_file,
            "ssl_keyfile": security.key_file,
        }
        self._files = {
            name: Path(str(options.get(name) or file))
            for name, file in files.items()
            if options.get(name) or file
        }
        self._mode = _MODES[str(options.get("ssl_cert_reqs", "required"))]
        self._checks_name = bool(options.get("ssl_check_hostname", True)) and self._mode != ssl.CERT_NONE
        self._context: ssl.SSLContext | None = None
        self._stamps: object = None

    def context(self) -> ssl.SSLContext:
        """Return the context for a new connection.

        While changed files do not fit together, because only some of them are replaced yet, the old context
        is used. Raises redis.exceptions.ConnectionError if there is none.
        """
        stamps = {name: stamp(file) for name, file in self._files.items()}
        if self._context is None or stamps != self._stamps:
            try:
                self._context = self._made()
            except RedisConnectionError as error:
                if self._context is None:
                    raise
                _log.warning("the new TLS files cannot be used, and the old ones are: %s", error)
            self._stamps = stamps
        return self._context

    def _made(self) -> ssl.SSLContext:
        context = ssl.create_default_context()
        context.check_hostname = self._checks_name
        context.verify_mode = self._mode
        if authorities := self._files.get("ssl_ca_certs"):
            # Those of the system would be trusted beside it.
            context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
            context.check_hostname = self._checks_name
            context.verify_mode = self._mode
            _use("ssl_ca_certs", authorities, lambda: context.load_verify_locations(authorities))
        certificate, key = self._files.get("ssl_certfile"), self._files.get("ssl_keyfile")
        if certificate is not None:
            # OpenSSL would ask for the password of a key at the terminal.
            _use("ssl_certfile", certificate, lambda: context.load_cert_chain(certificate, key, _no_password))
        elif key is not None:
            raise RedisConnectionError(
                f"{NO_TLS_FILE}: {_PURPOSES['ssl_keyfile']} is of use with a certificate"
            )
        return context


class TlsConnection(Connection):
    """A connection of redis-py that asks for its TLS context each time it connects."""

    def __init__(self, tls: Tls, **options: Any) -> None:
        self._tls = tls
        super().__init__(**options)

    def _connection_arguments(self) -> Mapping[str, Any]:
        return {**super()._connection_arguments(), "ssl": self._tls.context()}


def tls_of(address: RedisAddress, security: LinkSecurity) -> Tls | None:
    """Return what makes the contexts for an address; None if it has no TLS.

    Raises redis.exceptions.ConnectionError if files cannot be used.
    """
    if address.tls is None:
        return None
    tls = Tls(dict(address.tls), security)
    tls.context()
    return tls


def _use(name: str, file: Path, load: Any) -> None:
    try:
        load()
    except FileNotFoundError:
        # For either of the two files of a chain.
        raise RedisConnectionError(
            f"{NO_TLS_FILE}: {_PURPOSES[name]}: {file} or its key is no file"
        ) from None
    except (OSError, ValueError) as error:
        what = error.strerror if isinstance(error, OSError) and error.strerror else str(error)
        if isinstance(error, ssl.SSLError):
            what = (error.reason or "no certificate in PEM").replace("_", " ").lower()
        raise RedisConnectionError(f"{NO_TLS_FILE}: {_PURPOSES[name]}: {file}: {what}") from None


def _no_password() -> str:
    raise ValueError("its key has a password; take the password off the key")
