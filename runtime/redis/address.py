"""The address of Redis: one server, a master that Sentinels know, or a cluster."""

import re
from pathlib import Path
from typing import Literal, NamedTuple
from urllib.parse import SplitResult, parse_qsl, unquote, urlsplit

from tickcast.runtime.urls import shown_url

FORMS = (
    "redis://host:6379/0, unix:///path, sentinel://host:26379,host2:26379/SERVICE/0 or "
    "cluster://host:6379,host2:6379; with TLS rediss://, sentinels://, clusters://"
)
"""How an address is written, for messages."""

MAX_HOSTS = 64
"""Servers that one address may name."""

_PORTS = {
    "redis": 6379,
    "rediss": 6379,
    "sentinel": 26379,
    "sentinels": 26379,
    "cluster": 6379,
    "clusters": 6379,
}
_WITH_TLS = ("rediss", "sentinels", "clusters")
_SERVICE = re.compile(r"/([A-Za-z0-9._-]{1,64})(?:/([0-9]{1,3}))?")
_DATABASE = re.compile(r"/?([0-9]{0,5})")
_OPTION = re.compile(r"[A-Za-z0-9_]{1,40}")

_LOGIN_OPTIONS = ("db", "username", "password", "protocol")
_TLS_FILES = ("ssl_ca_certs", "ssl_certfile", "ssl_keyfile")
_TLS_OPTIONS = (*_TLS_FILES, "ssl_cert_reqs", "ssl_check_hostname")
_YES_NO = {"true": True, "yes": True, "1": True, "false": False, "no": False, "0": False}

Kind = Literal["single", "sentinel", "cluster"]


class AddressError(ValueError):
    """Not an address of Redis; the message says what is allowed and holds no password."""


class Host(NamedTuple):
    """Name and port of a server."""

    name: str
    port: int


class RedisAddress(NamedTuple):
    """An address, parsed."""

    kind: Kind
    url: str
    hosts: tuple[Host, ...] = ()
    """The server; or some of the Sentinels, or of the nodes of the cluster, which name the others."""
    service: str = ""
    """The name of the master at the Sentinels."""
    db: int = 0
    username: str | None = None
    password: str | None = None
    socket: str = ""
    """The path of a Unix socket, instead of a host."""
    tls: tuple[tuple[str, str | bool], ...] | None = None
    """Options of TLS; None without TLS."""

    @property
    def shown(self) -> str:
        """The address without user and password, for messages."""
        return shown_url(self.url)


def parse_redis_address(url: str) -> RedisAddress:
    """Return the parsed address. Raises AddressError."""
    try:
        parts = urlsplit(url)
    except ValueError:
        raise AddressError(f"a Redis address is written like {FORMS}") from None
    if parts.fragment:
        raise AddressError("a Redis address has no #; in a password write %23 for it")
    if "@" in parts.path and parts.scheme != "unix":
        raise AddressError("an @ stands behind a /; in a password write %2F for /, and %40 for @")
    if parts.scheme in ("sentinel", "sentinels"):
        return _sentinel(url, parts)
    if parts.scheme in ("cluster", "clusters"):
        return _cluster(url, parts)
    if parts.scheme not in ("redis", "rediss", "unix") or not (parts.netloc or parts.path.strip("/")):
        raise AddressError(f"a Redis address is written like {FORMS}")
    return _single(url, parts)


def _single(url: str, parts: SplitResult) -> RedisAddress:
    options = _options(parts)
    tls = _tls_of(parts, options)
    if options.get("protocol", "2") != "2":
        raise AddressError("the option protocol can be 2 only: leave it out")
    if parts.scheme == "unix" and parts.netloc.rpartition("@")[2]:
        raise AddressError("a Unix socket has no host: unix:///path?db=0")
    hosts, username, password = _several(parts)
    if parts.scheme == "unix":
        database = options.get("db", "0")
    else:
        if len(hosts) > 1:
            raise AddressError("redis:// has one host; several are written with sentinel:// or cluster://")
        if "db" in options and parts.path not in ("", "/"):
            raise AddressError("the database is in the path or in the option db, not in both")
        database = options.get("db", parts.path)
    found = _DATABASE.fullmatch(database)
    if not found:
        raise AddressError("the database is a number: redis://host:6379/0")
    return RedisAddress(
        "single",
        url,
        hosts,
        db=int(found[1] or 0),
        username=username or options.get("username") or None,
        password=password or options.get("password") or None,
        socket=unquote(parts.path) if parts.scheme == "unix" else "",
        tls=tls,
    )


def _tls_of(parts: SplitResult, options: dict[str, str]) -> tuple[tuple[str, str | bool], ...] | None:
    """Return the options of TLS; None without TLS."""
    named = [name for name in options if name in _TLS_OPTIONS]
    if parts.scheme in _WITH_TLS:
        return tuple((name, _tls(name, options[name])) for name in named)
    if named:
        raise AddressError(f"the option {named[0]} needs TLS: rediss://host:6379/0")
    return None


def _options(parts: SplitResult) -> dict[str, str]:
    """Return what stands behind `?`."""
    options: dict[str, str] = {}
    for name, text in parse_qsl(parts.query, keep_blank_values=True):
        allowed = (*_LOGIN_OPTIONS, *(_TLS_OPTIONS if parts.scheme in _WITH_TLS else ()))
        if name not in (*_LOGIN_OPTIONS, *_TLS_OPTIONS):
            # Behind a ? in a password that was not written as %3F stands the rest of the password.
            named = f"the option {name}" if _OPTION.fullmatch(name) and "@" not in parts.query else "that"
            raise AddressError(f"behind ? {named} cannot be set; there are: {', '.join(allowed)}")
        if name in options:
            raise AddressError(f"the option {name} is there twice")
        options[name] = text
    return options


def _tls(name: str, text: str) -> str | bool:
    """Return the value of an option of TLS."""
    if name == "ssl_cert_reqs":
        if text not in ("none", "optional", "required"):
            raise AddressError("the option ssl_cert_reqs can be none, optional or required")
    elif name == "ssl_check_hostname":
        if text.lower() not in _YES_NO:
            raise AddressError("the option ssl_check_hostname can be true or false")
        return _YES_NO[text.lower()]
    elif not Path(text).is_file():
        raise AddressError(f"the option {name} names no file")
    return text


def _sentinel(url: str, parts: SplitResult) -> RedisAddress:
    tls = _tls_only(parts)
    found = _SERVICE.fullmatch(parts.path)
    if not found:
        raise AddressError(
            "the Sentinels' hosts are followed by the master's name: sentinel://host:26379/NAME"
        )
    hosts, username, password = _several(parts)
    return RedisAddress("sentinel", url, hosts, found[1], int(found[2] or 0), username, password, tls=tls)


def _cluster(url: str, parts: SplitResult) -> RedisAddress:
    tls = _tls_only(parts)
    if parts.path not in ("", "/", "/0"):
        raise AddressError("a cluster has one database, 0: cluster://host:6379,host2:6379")
    hosts, username, password = _several(parts)
    return RedisAddress("cluster", url, hosts, username=username, password=password, tls=tls)


def _tls_only(parts: SplitResult) -> tuple[tuple[str, str | bool], ...] | None:
    """Return the options of TLS of an address that has no others; None without TLS."""
    for name, _ in parse_qsl(parts.query, keep_blank_values=True):
        if parts.scheme in _WITH_TLS and name in _TLS_OPTIONS:
            continue
        named = f"the option {name}" if _OPTION.fullmatch(name) and "@" not in parts.query else "that"
        has = f"has {', '.join(_TLS_OPTIONS)}" if parts.scheme in _WITH_TLS else "has no options"
        raise AddressError(f"behind ? {named} cannot be set: {parts.scheme}:// {has}")
    return _tls_of(parts, _options(parts))


def _several(parts: SplitResult) -> tuple[tuple[Host, ...], str | None, str | None]:
    """Return hosts, user and password."""
    login, _, hosts = parts.netloc.rpartition("@")
    user, _, password = login.partition(":")
    names = hosts.split(",")
    if len(names) > MAX_HOSTS:
        raise AddressError(f"a Redis address names {MAX_HOSTS} hosts at most")
    if not hosts and parts.scheme in ("redis", "rediss", "unix"):
        names = [] if parts.scheme == "unix" else ["localhost"]
    found = tuple(_host(name, _PORTS.get(parts.scheme, 0)) for name in names)
    return found, unquote(user) or None, unquote(password) or None


def _host(text: str, port: int) -> Host:
    try:
        parts = urlsplit(f"//{text}")
        host = Host(unquote(parts.hostname or ""), port if parts.port is None else parts.port)
    except ValueError:
        host = Host("", 0)
    if not host.name or not host.port or parts.path:
        raise AddressError(f"hosts are written like host:{port or 6379}, with commas between several")
    return host
