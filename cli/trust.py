"""What proves a server that a command asks over TLS: the CAs of the system, those of a file, or nothing."""

import ssl
import sys
from pathlib import Path

import httpx2

from tickcast.client.connection import Connection
from tickcast.client.errors import StreamRefusedError
from tickcast.client.server import Server, UntrustedError, untrusted
from tickcast.runtime.errors import UserError
from tickcast.runtime.urls import shown_url

TRUSTING = "--cacert FILE names the CA that signed it, and --insecure goes on without proof"

RUNNING = "is Tickcast running there? (tickcast up)"
"""What to ask who reaches nothing."""

NOT_OURS = "it is no Tickcast that answers; name the address where its routes begin"
"""What to say where something else answers."""


def context_of(cacert: Path | None, trusts: bool = True) -> ssl.SSLContext:
    """Return the context of TLS by which an address is proved; unless it `trusts`, nothing is.

    Raises OSError for a file that has no certificates.
    """
    context = ssl.create_default_context(cafile=cacert)
    if not trusts:
        context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
    return context


def no_certificates(error: OSError) -> str:
    """Return why a file with certificates will not do."""
    if isinstance(error, ssl.SSLError) or error.strerror is None:
        return "the file holds no certificate in PEM"
    return f"the file cannot be read: {error.strerror}"


def tls_of_flags(url: str, cacert: Path | None, insecure: bool) -> ssl.SSLContext | None:
    """Return what proves the server at `url`, by --cacert and --insecure; None for one without TLS.

    Says on stderr that nothing is proved, once. Raises UserError for flags that will not do, and ValueError
    if `url` is no address.
    """
    flag = "--cacert" if cacert is not None else "--insecure" if insecure else ""
    if not Server(url).is_secure:
        if flag:
            raise UserError(f"{flag}: {shown_url(url)} has no TLS; write the address with https://", 2)
        return None
    if cacert is not None and insecure:
        raise UserError("--cacert: with --insecure nothing is proved; leave one of the two out", 2)
    if insecure:
        warn_of_insecure(url)
    try:
        return context_of(cacert, trusts=not insecure)
    except OSError as error:
        raise UserError(f"--cacert {cacert}: {no_certificates(error)}", 2) from None


def warn_of_insecure(url: str) -> None:
    """Say on stderr that whoever answers is trusted."""
    said = f"tickcast: --insecure: nothing proves who answers at {shown_url(url)}"
    print(said, file=sys.stderr, flush=True)


class ProvedServer(Server):
    """A server that ends the command, if it cannot be trusted when it is asked for the first time."""

    trusting = TRUSTING
    _was_reached = False

    async def connect(self, connection: Connection) -> None:
        """Let a connection send its request. Raises what `Server.connect` raises, and UserError."""
        try:
            await super().connect(connection)
        except UntrustedError as error:
            if self._was_reached:
                raise
            raise UserError(f"{self.shown}: {error}", 2) from None
        self._was_reached = True


def failure(error: httpx2.HTTPError) -> str:
    """Return why a request has failed, and what helps where that is known."""
    if isinstance(error, httpx2.ConnectError):
        return _failure_to_connect(error)
    return str(error) or type(error).__name__


def _failure_to_connect(error: httpx2.ConnectError) -> str:
    cause: BaseException | None = error
    while cause is not None:
        if isinstance(cause, ssl.SSLCertVerificationError):
            return untrusted(cause, error.request.url.host, TRUSTING)
        cause = cause.__cause__ or cause.__context__
    return f"{error or type(error).__name__}; {RUNNING}"


def refusal_words(error: StreamRefusedError, token: str) -> str:
    """Return what a server said to who showed a token, or none, and what helps where that is known."""
    if error.status == 404:
        return f"HTTP 404: {NOT_OURS}"
    return f"{error}; --token-file FILE shows a token" if error.status == 401 and not token else str(error)
