"""What can go wrong between a program and Redis: each kind of failure, and what is to be done about it."""

import errno
import re
import socket
import ssl
from enum import Enum

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

FAILURES = (RedisError, OSError)
"""What redis-py and the sockets below it raise; asyncio's TimeoutError is an OSError."""

MOVED = "another server answers at this address now"
"""The message of a connection that was refused because it leads to another server than the others."""

NO_MASTER = "is no master any more"
"""The end of the message about a server that was refused because it is a replica."""

NO_FILE = "the file of Redis's password cannot be read"
"""The beginning of the message about a password that could not be read."""


class Failure(Enum):
    """A kind of failure. The value: the reason in a few words, for clients too, and what to do."""

    FULL = (
        "Redis is full",
        "give it more memory (maxmemory), or let the publisher keep less (TICKCAST_RETENTION_BYTES)",
    )
    NOT_SAVING = (
        "Redis cannot write to its disk",
        "make room on Redis's disk, or set stop-writes-on-bgsave-error no",
    )
    BUSY = (
        "Redis is busy with a script",
        "wait for the script or end it with SCRIPT KILL; its limit is busy-reply-threshold",
    )
    REPLICA = (
        "Redis is a replica",
        "name the master in the address, or the Sentinels, which know it: sentinel://host:26379/NAME",
    )
    NO_REPLICAS = (
        "Redis has too few replicas to write",
        "bring its replicas back, or lower min-replicas-to-write",
    )
    NOT_COPIED = (
        "too few replicas of Redis have what was written",
        "bring the replicas back, or lower TICKCAST_INBOX_REPLICAS",
    )
    LOADING = ("Redis is loading its data", "wait: it answers when all of its data is in memory")
    NO_MASTER_LINK = (
        "Redis has lost its master",
        "it is a replica with replica-serve-stale-data no: bring its master back, or promote it",
    )
    CLUSTER_DOWN = (
        "the Redis cluster is down",
        "see CLUSTER INFO: every slot needs a master that the other masters reach",
    )
    NO_MASTER_KNOWN = (
        "no master of Redis is known",
        "see whether the Sentinels or nodes in the address run and know a master by that name",
    )
    NO_RIGHT = ("Redis denies a right", "give this program's user the right {right} (ACL SETUSER)")
    NO_PASSWORD = (
        "Redis wants a password",
        "put it into a file that TICKCAST_REDIS_PASSWORD_FILE names",
    )
    WRONG_PASSWORD = (
        "Redis refuses the password",
        "correct the user in the address, or the password in the file of TICKCAST_REDIS_PASSWORD_FILE, "
        "which is read at each new connection",
    )
    PASSWORD_FILE = (
        "the password for Redis cannot be read",
        "TICKCAST_REDIS_PASSWORD_FILE names a file that this program may read",
    )
    CROWDED = (
        "Redis accepts no more connections",
        "raise maxclients, and Redis's limit of open files, or end other programs' connections",
    )
    WRONG_TYPE = (
        "a key in Redis has the wrong type",
        "another program has written it: delete the key, and keep that program out of {tickcast:*}",
    )
    REFUSED = (
        "no connection to Redis",
        "check that Redis runs there, or name another with --redis-url",
    )
    NO_FILES = (
        "no files are left for a connection to Redis",
        "raise the limit of open files (ulimit -n), or let this program open fewer connections",
    )
    POOL = (
        "all connections to Redis are in use",
        "see whether Redis answers slowly: each command under way takes one of this program's connections",
    )
    SOCKET_DENIED = (
        "this program may not connect to Redis",
        "let its user write to the socket of Redis, and see what a firewall or sandbox forbids",
    )
    NO_ROUTE = (
        "no way leads to Redis",
        "check routes and interfaces between this machine and the address, and the local ports that are left",
    )
    UNKNOWN_HOST = (
        "the host of Redis is not found",
        "check the host's name in the address of Redis, and DNS",
    )
    UNTRUSTED = (
        "the TLS connection to Redis fails",
        "check Redis's certificate and the ssl_* options of the address",
    )
    SILENT = (
        "Redis does not answer",
        "check that Redis runs there and is not frozen or overloaded, and that the network lets it through",
    )
    CLOSED = (
        "Redis closed the connection",
        "see Redis's log: it ended, or cut a connection that was killed or read too slowly",
    )
    MOVED = (
        "another Redis answers at this address",
        "nothing, if a server was replaced; an address must not spread connections over several servers",
    )
    NO_DATABASE = (
        "Redis has no such database",
        "correct the number at the end of the address; a cluster has 0 alone",
    )
    ADDRESS = ("the address of Redis will not do", "correct --redis-url")
    OTHER = ("Redis reports an error", "see the error")

    @property
    def reason(self) -> str:
        """The reason in a few words, without names and addresses."""
        return self.value[0]

    @property
    def hint(self) -> str:
        """The way out."""
        return self.value[1]


class LinkError(Exception):
    """Redis cannot be reached, does not answer or refuses; the message says which, in one line."""

    def __init__(self, message: str, failure: Failure = Failure.OTHER, right: str = "") -> None:
        """`right` is the right that is missing, in the notation of ACL SETUSER."""
        super().__init__(message)
        self.failure = failure
        self.right = right
        self.reason = failure.reason
        """The reason in a few words, for clients: it holds no address and no name."""
        self.hint = failure.hint.replace("{right}", right or "named in the error")
        """What an operator can do, in a sentence."""


class LinkDownError(LinkError):
    """Redis did not answer, or could not do it now. The command may have been carried out all the same."""


class LinkRefusedError(LinkError):
    """The address, the password or the rights are wrong, and were never right: asking again will not help."""

    def as_outage(self) -> LinkDownError:
        """Return the same of a Redis that has answered before: what it refuses now it may allow again."""
        return LinkDownError(str(self), self.failure, self.right)


UNANSWERED = {Failure.SILENT, Failure.CLOSED, Failure.MOVED, Failure.OTHER}
"""Failures after which a command may have been carried out: it was sent, and no answer came."""

REFUSALS = {
    Failure.NO_RIGHT,
    Failure.NO_PASSWORD,
    Failure.WRONG_PASSWORD,
    Failure.PASSWORD_FILE,
    Failure.NO_DATABASE,
}
"""Failures that come from settings, unless Redis has answered before."""

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
    (ssl.SSLError, Failure.UNTRUSTED),
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
        (re.escape(NO_MASTER), Failure.REPLICA),
        (re.escape(MOVED), Failure.MOVED),
        (r"Connection closed|closed by server|Connection lost", Failure.CLOSED),
    )
]

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
        for kind, failure in _TYPES:
            if isinstance(each, kind):
                if failure is Failure.REFUSED and isinstance(each, OSError):
                    return _NUMBERS.get(each.errno or 0, failure)
                return failure
    return Failure.CLOSED if isinstance(error, RedisConnectionError) else Failure.OTHER


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
