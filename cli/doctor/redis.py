"""Redis: whether it is reached, what it may lose, and for how much more it has room. Pure."""

import re
from collections.abc import Mapping, Sequence

from tickcast.cli.doctor.finding import Finding, fault, ok, unchecked, warning
from tickcast.runtime.redis.errors import OF_LOGIN, Failure, LinkError

OLDEST = (7, 0)
"""Version from which on Redis knows the rights that the list of users has, and sharded channels."""

FULL = 0.9
"""Part of the memory, or of the connections, from which on it is nearly used up."""

OF_LINK = ("redis-connection", "redis-login", "redis-rights")
"""Checks of the connection."""

OF_SERVERS = ("redis-version", "redis-eviction", "redis-memory", "redis-saving", "redis-clients")
"""Checks of what INFO says."""

_TLS = {
    Failure.UNTRUSTED,
    Failure.UNKNOWN_CA,
    Failure.OTHER_NAME,
    Failure.OUT_OF_DATE,
    Failure.NO_CERTIFICATE,
    Failure.REFUSED_CERTIFICATE,
    Failure.NO_TLS,
    Failure.TLS_FILE,
}


def judge_link(error: LinkError | None) -> list[Finding]:
    """Judge how asking Redis ended; None: it has answered."""
    if error is None or error.failure is Failure.WRONG_TYPE:
        return [
            ok("redis-connection", "Redis answers"),
            ok("redis-login", "Redis takes the login"),
            ok("redis-rights", "this user may read what the doctor asks for"),
        ]
    what = f"{error.reason} ({error})"
    if error.failure is Failure.NO_RIGHT:
        return [fault("redis-rights", what, error.hint)]
    if error.failure in OF_LOGIN:
        return [fault("redis-login", what, error.hint), *unchecked(["redis-rights"], error.reason)]
    behind = unchecked(["redis-login", "redis-rights"], error.reason)
    if error.failure in _TLS:
        return [fault("redis-tls", what, error.hint), *behind]
    return [fault("redis-connection", what, error.hint), *behind]


def judge_servers(servers: Sequence[Mapping[str, str]]) -> list[Finding]:
    """Judge what INFO says of each server."""
    judges = (judge_version, judge_eviction, judge_memory, judge_saving, judge_clients)
    return [judge(server) for server in servers for judge in judges]


def judge_version(info: Mapping[str, str]) -> Finding:
    """Judge whether Redis is new enough."""
    version = info.get("redis_version", "")
    found = re.match(r"(\d+)\.(\d+)", version)
    if found is None:
        return unchecked(["redis-version"], "Redis tells no version")[0]
    if (int(found[1]), int(found[2])) < OLDEST:
        return fault(
            "redis-version",
            f"Redis is version {version}, and Tickcast needs {OLDEST[0]}.{OLDEST[1]} or newer",
            "upgrade Redis, or use Valkey",
        )
    return ok("redis-version", f"Redis is version {info.get('valkey_version', version)}")


def judge_eviction(info: Mapping[str, str]) -> Finding:
    """Judge whether Redis drops keys when it is full."""
    policy = info.get("maxmemory_policy", "")
    if not policy:
        return unchecked(["redis-eviction"], "Redis tells no maxmemory-policy")[0]
    if policy != "noeviction":
        return fault(
            "redis-eviction",
            f"Redis drops keys when it is full (maxmemory-policy {policy}), also those of the feed",
            "set maxmemory-policy noeviction: the publisher makes room itself",
        )
    return ok("redis-eviction", "Redis drops no keys")


def judge_memory(info: Mapping[str, str]) -> Finding:
    """Judge how much memory is left: below `maxmemory`, or without it in the machine."""
    used, most = _number(info, "used_memory"), _number(info, "maxmemory")
    whole = most or _number(info, "total_system_memory")
    if not used or not whole:
        return unchecked(["redis-memory"], "Redis tells nothing of its memory")[0]
    of = "maxmemory" if most else "the machine's memory"
    what = f"Redis uses {used / whole:.0%} of {of}, {whole / 1e6:,.0f} MB"
    if used / whole >= FULL:
        return fault(
            "redis-memory",
            what,
            "raise maxmemory, or let the publisher keep less (TICKCAST_RETENTION_BYTES, TICKCAST_BARS_BYTES)",
        )
    return ok("redis-memory", what)


def judge_saving(info: Mapping[str, str]) -> Finding:
    """Judge whether Redis can write its data to the disk."""
    failed = [
        name
        for name in ("rdb_last_bgsave_status", "aof_last_write_status", "aof_last_bgrewrite_status")
        if info.get(name, "ok") != "ok"
    ]
    if failed:
        return fault(
            "redis-saving",
            f"Redis could not write its data to the disk ({', '.join(failed)})",
            "make room on Redis's disk and see its log; until then it may refuse all writes",
        )
    return ok("redis-saving", "Redis writes its data without errors")


def judge_clients(info: Mapping[str, str]) -> Finding:
    """Judge how many connections Redis accepts yet."""
    used, most = _number(info, "connected_clients"), _number(info, "maxclients")
    if not used or not most:
        return unchecked(["redis-clients"], "Redis does not tell how many connections it accepts")[0]
    what = f"Redis has {used:,} of {most:,} connections"
    if used / most >= FULL:
        return warning("redis-clients", what, "raise maxclients, and Redis's limit of open files")
    return ok("redis-clients", what)


def _number(info: Mapping[str, str], name: str) -> int:
    text = info.get(name, "")
    return int(text) if text.isdecimal() and len(text) <= 20 else 0
