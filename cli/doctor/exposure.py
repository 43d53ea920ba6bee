"""What others reach and should not. Pure."""

from collections.abc import Mapping

from tickcast.cli.doctor.finding import Finding, fault, ok, unchecked, warning
from tickcast.cli.doctor.ports import PortsSeen, listed
from tickcast.cli.doctor.reach import Reach

OF_PATHS = ("private-paths",)
"""Checks that need an answer of the address."""


def judge_paths(statuses: Mapping[str, int], reach: Reach) -> list[Finding]:
    """Judge what the address of clients, which so many can reach, answers to paths for operators."""
    if not statuses:
        return unchecked(OF_PATHS, "the address does not answer")
    shown = [path for path, status in statuses.items() if status == 200]
    if shown and reach is not Reach.MACHINE:
        return [
            fault(
                "private-paths",
                f"everybody can read {', '.join(shown)} at the address of clients",
                "give gateways a private port (TICKCAST_PRIVATE_PORT); let the proxy keep these paths back",
            )
        ]
    if shown:
        return [ok("private-paths", f"only this machine can read {', '.join(shown)}")]
    return [ok("private-paths", "metrics and the operator's page are not at the address of clients")]


def judge_redis_port(seen: PortsSeen, is_there: bool) -> Finding:
    """Judge whether Redis obeys whoever reaches it; `is_there`: it answers us."""
    if seen.redis_skipped or not is_there:
        return unchecked(["redis-open"], seen.redis_skipped or "Redis does not answer")[0]
    if seen.redis_open:
        return fault(
            "redis-open",
            f"Redis obeys everybody who reaches {listed(seen.redis_open)}: they can forge prices",
            "let it listen on 127.0.0.1 or a private network alone (bind), and want passwords (aclfile; "
            "deploy/secrets/make.sh makes a list of users)",
        )
    return ok("redis-open", "Redis obeys nobody from another machine without a password")


def judge_public_redis(seen: PortsSeen) -> Finding:
    """Judge whether the whole world can talk to Redis."""
    if seen.redis_public:
        return warning(
            "redis-exposed",
            f"Redis answers the whole world at {listed(seen.redis_public)}, and without TLS",
            "close the port (firewall), or let Redis listen on a private network alone; over a public one "
            "use TLS (rediss://)",
        )
    return ok("redis-exposed", "no Redis answers at a public address")


def judge_private_ports(seen: PortsSeen) -> Finding:
    """Judge whether private ports are reached where clients come in."""
    if seen.private_skipped:
        return unchecked(["private-ports"], seen.private_skipped)[0]
    if seen.private_open:
        return fault(
            "private-ports",
            f"everybody can read metrics at {listed(seen.private_open)}, as other machines reach it",
            "close these ports (firewall, published ports), or set TICKCAST_PRIVATE_HOST and "
            "TICKCAST_METRICS_HOST to an address of the internal network",
        )
    return ok("private-ports", "no private port is open where other machines reach it")
