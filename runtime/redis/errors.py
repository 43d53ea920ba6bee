"""What can go wrong between a program and Redis: each kind of failure, and what is to be done about it."""

from enum import Enum

MOVED = "another server answers at this address now"
"""The message of a connection that was refused because it leads to another server than the others."""

NO_MASTER = "is no master any more"
"""The end of the message about a server that was refused because it is a replica."""

NO_FILE = "the file of Redis's password cannot be read"
"""The beginning of the message about a password that could not be read."""


NO_TLS_FILE = "a file for TLS to Redis cannot be used"
"""The beginning of the message about a certificate, key or CA that could not be loaded."""


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
        "see whether the Sentinels or nodes in the address run and know a master by that name; "
        "with TLS they need sentinels:// or clusters://",
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
    SENTINEL_LOGIN = (
        "a Sentinel refuses the login",
        "set TICKCAST_SENTINEL_USER and TICKCAST_SENTINEL_PASSWORD_FILE to what the Sentinels' list of users "
        "has; that user needs +sentinel|get-master-addr-by-name",
    )
    UNTRUSTED = (
        "the TLS connection to Redis fails",
        "check Redis's certificate and TICKCAST_REDIS_CA_FILE, TICKCAST_REDIS_CERT_FILE, "
        "TICKCAST_REDIS_KEY_FILE, or the ssl_* options of the address",
    )
    UNKNOWN_CA = (
        "Redis's certificate is of a CA that is not trusted",
        "name a file with the certificate of that CA in TICKCAST_REDIS_CA_FILE",
    )
    OTHER_NAME = (
        "Redis's certificate is for another host",
        "write a host that the certificate names into TICKCAST_REDIS_URL, or put this host into the "
        "certificate (subjectAltName); Sentinels and clusters have to announce such hosts",
    )
    OUT_OF_DATE = (
        "Redis's certificate is out of date",
        "renew it, or correct this machine's clock",
    )
    NO_CERTIFICATE = (
        "Redis wants a certificate of this program",
        "name a certificate and its key in TICKCAST_REDIS_CERT_FILE and TICKCAST_REDIS_KEY_FILE",
    )
    REFUSED_CERTIFICATE = (
        "Redis refuses the certificate of this program",
        "TICKCAST_REDIS_CERT_FILE has to name one that is not out of date, of a CA that Redis trusts "
        "(tls-ca-cert-file)",
    )
    NO_TLS = (
        "Redis has no TLS at this port",
        "name its tls-port in TICKCAST_REDIS_URL, or redis://, sentinel://, cluster:// without an s",
    )
    TLS_FILE = (
        NO_TLS_FILE,
        "the setting named has to name a file in PEM that this program may read",
    )
    SILENT = (
        "Redis does not answer",
        "check that Redis runs there and is not frozen or overloaded, and that the network lets it through; "
        "a port without TLS does not answer to rediss://, sentinels:// and clusters://",
    )
    CLOSED = (
        "Redis closed the connection",
        "see Redis's log: it ended, or cut a connection that was killed or read too slowly; "
        "a port with TLS needs rediss://, sentinels:// or clusters://",
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

OF_LOGIN = {Failure.NO_RIGHT, Failure.NO_PASSWORD, Failure.WRONG_PASSWORD, Failure.PASSWORD_FILE}
"""Failures that are mended where users, their passwords and rights are."""

REFUSALS = {
    *OF_LOGIN,
    Failure.NO_DATABASE,
    Failure.SENTINEL_LOGIN,
    Failure.UNKNOWN_CA,
    Failure.OTHER_NAME,
    Failure.NO_CERTIFICATE,
    Failure.REFUSED_CERTIFICATE,
    Failure.NO_TLS,
    Failure.TLS_FILE,
}
"""Failures that come from settings, unless Redis has answered before."""
