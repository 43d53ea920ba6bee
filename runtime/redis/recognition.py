"""Which kind of failure an error of redis-py, or of a socket below it, is."""

import errno
import re
import socket
import ssl

from redis.exceptions import (
    AuthenticationError,
    AuthorizationError,
    BusyLoadingError,
    ClusterDownError,
    MasterDownError,
    NoPermissionError,
    OutOfMemoryError,
    ReadOnlyError,
    RedisError,
)
from redis.exceptions import ConnectionError as RedisConnectionError
from redis.exceptions import TimeoutError as RedisTimeoutError

from tickcast.runtime.redis.errors import (
    MOVED,
    NO_FILE,
    NO_MASTER,
    NO_TLS_FILE,
    REFUSALS,
    Failure,
    LinkDownError,
    LinkError,
    LinkRefusedError,
)

FAILURES = (RedisError, OSError)
"""What redis-py and the sockets below it raise; asyncio's TimeoutError is an OSError."""

_TYPES: list[tuple[type[Exception], Failure]] = [
    (OutOfMemoryError, Failure.FULL),
    (ReadOnlyError, Failure.REPLICA),
    (BusyLoadingError, Failure.LOADING),
    (MasterDownError, Failure.NO_MASTER_LINK),
    (ClusterDownError, Failure.CLUSTER_DOWN),
    (NoPermissionError, Failure.NO_RIGHT),
    (AuthorizationError, Failure.NO_RIGHT),
    (AuthenticationError, Failure.WRONG_PASSWORD),
    (RedisTimeoutError, Failure.SILENT),
    (TimeoutError, Failure.SILENT),
    (socket.gaierror, Failure.UNKNOWN_HOST),
    (ConnectionResetError, Failure.CLOSED),
    (BrokenPipeError, Failure.CLOSED),
    (OSError, Failure.REFUSED),
]

_NUMBERS = {
    errno.EMFILE: Failure.NO_FILES,
    errno.ENFILE: Failure.NO_FILES,
    errno.EACCES: Failure.SOCKET_DENIED,
    errno.EPERM: Failure.SOCKET_DENIED,
    errno.EADDRNOTAVAIL: Failure.NO_ROUTE,
    errno.ENETUNREACH: Failure.NO_ROUTE,
    errno.ENETDOWN: Failure.NO_ROUTE,
    errno.EHOSTUNREACH: Failure.NO_ROUTE,
    errno.ETIMEDOUT: Failure.SILENT,
}
"""Errors of a socket that are no refusal of a connection."""

# What redis-py has no type for, or what stands in the message of a script's error.
_WORDS = [
    (re.compile(pattern), failure)
    for pattern, failure in (
        (r"max number of clients", Failure.CROWDED),
        (r"^Too many connections", Failure.POOL),
        (r"Too many open files", Failure.NO_FILES),
        (
            r"(?i)no permissions|can't (?:run this command|publish to the channel|access at least one)",
            Failure.NO_RIGHT,
        ),
        (r"Authentication required|HELLO must be called", Failure.NO_PASSWORD),
        (r"\bOOM\b|used memory > 'maxmemory'", Failure.FULL),
        (r"\bMISCONF\b", Failure.NOT_SAVING),
        (r"\bNOREPLICAS\b", Failure.NO_REPLICAS),
        (r"DB index is out of range|SELECT is not allowed|Invalid Database", Failure.NO_DATABASE),
        (r"\bBUSY\b", Failure.BUSY),
        (r"\bWRONGTYPE\b", Failure.WRONG_TYPE),
        (r"\bREADONLY\b", Failure.REPLICA),
        (r"\bCLUSTERDOWN\b|no node of the cluster holds", Failure.CLUSTER_DOWN),
        (r"no host knows|knows no master", Failure.NO_MASTER_KNOWN),
        (re.escape(NO_FILE), Failure.PASSWORD_FILE),
        (re.escape(NO_TLS_FILE), Failure.TLS_FILE),
        # Of TLS 1.3, whose server looks at a client's certificate after the client has begun to talk.
        (r"CERTIFICATE_REQUIRED", Failure.NO_CERTIFICATE),
        (re.escape(NO_MASTER), Failure.REPLICA),
        (re.escape(MOVED), Failure.MOVED),
        (r"Connection closed|closed by server|Connection lost", Failure.CLOSED),
    )
]

_ALERTS = {
    "TLSV13_ALERT_CERTIFICATE_REQUIRED": Failure.NO_CERTIFICATE,
    "SSLV3_ALERT_HANDSHAKE_FAILURE": Failure.NO_CERTIFICATE,
    "TLSV1_ALERT_UNKNOWN_CA": Failure.REFUSED_CERTIFICATE,
    "SSLV3_ALERT_BAD_CERTIFICATE": Failure.REFUSED_CERTIFICATE,
    "SSLV3_ALERT_CERTIFICATE_EXPIRED": Failure.REFUSED_CERTIFICATE,
    "SSLV3_ALERT_CERTIFICATE_UNKNOWN": Failure.REFUSED_CERTIFICATE,
    "WRONG_VERSION_NUMBER": Failure.NO_TLS,
    "RECORD_LAYER_FAILURE": Failure.NO_TLS,
}
"""What OpenSSL calls errors that a server has sent, or whose answer is none of TLS."""

_FAULTS = {9: Failure.OUT_OF_DATE, 10: Failure.OUT_OF_DATE, 62: Failure.OTHER_NAME, 64: Failure.OTHER_NAME}
"""What is wrong with a server's certificate, by OpenSSL's number (X509_V_ERR_…)."""

_RIGHT = re.compile(
    r"(?i)no permissions to (?:run|execute) the '(?P<command>[^']+)'"
    r"|no permissions to access (?:the '(?P<name>[^']+)'|a|one of the) (?P<what>key|channel)"
    r"|can't (?:publish to the|access at least one of the) (?P<of>key|channel)"
)


def failure_of(error: Exception) -> Failure:
    """Return the kind of one of FAILURES."""
    text = str(error)
    for pattern, failure in _WORDS:
        if pattern.search(text):
            return failure
    # redis-py wraps errors of sockets.
    for each in (error, error.__cause__, error.__context__):
        if isinstance(each, ssl.SSLError):
            return _failure_of_tls(each)
        for kind, failure in _TYPES:
            if isinstance(each, kind):
                if failure is Failure.REFUSED and isinstance(each, OSError):
                    return _NUMBERS.get(each.errno or 0, failure)
                return failure
    return Failure.CLOSED if isinstance(error, RedisConnectionError) else Failure.OTHER


def _failure_of_tls(error: ssl.SSLError) -> Failure:
    if isinstance(error, ssl.SSLCertVerificationError):
        return _FAULTS.get(getattr(error, "verify_code", 0), Failure.UNKNOWN_CA)
    return _ALERTS.get(error.reason or "", Failure.UNTRUSTED)


def link_error(what: str, error: Exception, trusted: bool = False) -> LinkError:
    """Return what `error`, one of FAILURES, means; `what` says what was asked.

    A refusal by a Redis that is `trusted`, because it has answered before, is an outage like any other.
    """
    failure, text = failure_of(error), _text(error)
    if failure in REFUSALS and not trusted:
        return LinkRefusedError(f"Redis refuses access: {text}", failure, _right(text))
    return LinkDownError(f"{what}: {text}", failure, _right(text))


def _text(error: Exception) -> str:
    text = " ".join(str(error).split()) or type(error).__name__
    # redis-py cuts off the first word where it has a class for it.
    code = getattr(error, "status_code", None)
    return text if code in (None, "ERR") or str(code) in text else f"{code} {text}"


def _right(text: str) -> str:
    found = _RIGHT.search(text)
    if found is None:
        return ""
    if found["command"]:
        return f"+{found['command']}"
    sign = "~" if "key" in (found["what"], found["of"]) else "&"
    return sign + (found["name"] or "{tickcast:*}:*")
