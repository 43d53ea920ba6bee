"""The address of Redis: one server, a master that Sentinels know, or a cluster."""

import re
from typing import Literal, NamedTuple
from urllib.parse import SplitResult, unquote, urlsplit

FORMS = (
    "redis://host:6379/0, rediss://…, unix:///path, sentinel://host:26379,host2:26379/SERVICE/0 "
    "or cluster://host:6379,host2:6379"
)
"""How an address is written, for messages."""

MAX_HOSTS = 64
"""Servers that one address may name."""

_PORTS = {"sentinel": 26379, "cluster": 6379}
_SERVICE = re.compile(r"/([A-Za-z0-9._-]{1,64})(?:/([0-9]{1,3}))?")

Kind = Literal["single", "sentinel", "cluster"]


class AddressError(ValueError):
    """Not an address of Redis; the message says what is allowed and holds no password."""


class Host(NamedTuple):
    """Name and port of a server."""

    name: str
    port: int


class RedisAddress(NamedTuple):
    """An address, parsed. For a single server only `url` is set: the client library reads that."""

    kind: Kind
    url: str
    hosts: tuple[Host, ...] = ()
    """Some of the Sentinels, or of the nodes of the cluster; they name the others."""
    service: str = ""
    """The name of the master at the Sentinels."""
    db: int = 0
    username: str | None = None
    password: str | None = None

    @property
    def shown(self) -> str:
        """The address without user and password, for messages."""
        parts = urlsplit(self.url)
        return parts._replace(netloc=parts.netloc.rpartition("@")[2], query="", fragment="").geturl()


def parse_redis_address(url: str) -> RedisAddress:
    """Return the parsed address. Raises AddressError."""
    try:
        parts = urlsplit(url)
    except ValueError:
        raise AddressError(f"a Redis address is written like {FORMS}") from None
    if parts.scheme == "sentinel":
        return _sentinel(url, parts)
    if parts.scheme == "cluster":
        return _cluster(url, parts)
    if parts.scheme not in ("redis", "rediss", "unix") or not (parts.netloc or parts.path.strip("/")):
        raise AddressError(f"a Redis address is written like {FORMS}")
    return RedisAddress("single", url)


def _sentinel(url: str, parts: SplitResult) -> RedisAddress:
    found = _SERVICE.fullmatch(parts.path)
    if not found or parts.query:
        raise AddressError(
            "the Sentinels' hosts are followed by the master's name: sentinel://host:26379/NAME"
        )
    hosts, username, password = _several(parts)
    return RedisAddress("sentinel", url, hosts, found[1], int(found[2] or 0), username, password)


def _cluster(url: str, parts: SplitResult) -> RedisAddress:
    if parts.path not in ("", "/", "/0") or parts.query:
        raise AddressError("a cluster has one database, 0: cluster://host:6379,host2:6379")
    hosts, username, password = _several(parts)
    return RedisAddress("cluster", url, hosts, username=username, password=password)


def _several(parts: SplitResult) -> tuple[tuple[Host, ...], str | None, str | None]:
    """Return hosts, user and password."""
    login, _, hosts = parts.netloc.rpartition("@")
    user, _, password = login.partition(":")
    names = hosts.split(",")
    if len(names) > MAX_HOSTS:
        raise AddressError(f"a Redis address names {MAX_HOSTS} hosts at most")
    found = tuple(_host(name, _PORTS[parts.scheme]) for name in names)
    return found, unquote(user) or None, unquote(password) or None


def _host(text: str, port: int) -> Host:
    try:
        parts = urlsplit(f"//{text}")
        host = Host(parts.hostname or "", port if parts.port is None else parts.port)
    except ValueError:
        host = Host("", 0)
    if not host.name or not host.port or parts.path:
        raise AddressError(f"hosts are written like host:{port}, with commas between")
    return host
