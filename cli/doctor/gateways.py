"""The gateways: whether they live, and are alike. A client must not see which of them it meets. Pure."""

from collections.abc import Sequence

from tickcast.cli.doctor.finding import Finding, fault, ok, unchecked, warning
from tickcast.cli.doctor.gateway_list import GatewayEntry, GatewayList
from tickcast.runtime.redis.errors import Failure, LinkError
from tickcast.wire.gateway_facts import GatewayFacts

OF_FACTS = (
    "gateways-version",
    "gateways-partitions",
    "gateways-settings",
    "gateways-key",
    "gateways-key-file",
    "gateways-room",
)
"""Checks of what gateways tell of themselves, beside what each of them is."""

OF_LIST = (
    "gateways-alive",
    "gateways-list",
    "gateways-live",
    "gateways-delayed",
    "gateways-draining",
    "gateways-clock",
)
"""Checks of the list itself."""

CLOCK = 2.0
"""Seconds that a gateway's clock and Redis's may be apart; beyond 15 s other gateways take it for dead."""

FULL = 0.9
"""Part of its streams from which on a gateway is nearly full."""


def judge_gateways(found: GatewayList, partitions: int) -> list[Finding]:
    """Judge the gateways of a feed that has so many partitions; 0: there is no feed."""
    findings = [judge_list(found), *judge_alive(found)]
    if not found.alive:
        rest = [name for name in OF_LIST if name not in ("gateways-alive", "gateways-list")]
        return [*findings, *unchecked([*rest, *OF_FACTS], "no gateway is alive")]
    findings += [judge_live(found.alive), judge_delayed(found.alive), judge_draining(found.alive)]
    findings.append(judge_clocks(found.alive))
    findings.append(judge_version(found.alive))
    told = {each.id: each.facts for each in found.alive if each.facts is not None}
    if not told:
        names = [name for name in OF_FACTS if name != "gateways-version"]
        return [*findings, *unchecked(names, "gateways of this version do not tell how they are set up")]
    findings += judge_partitions(told, partitions)
    findings += [judge_settings(told), judge_keys(told), judge_key_file(told), judge_room(found.alive)]
    return findings


def judge_unread_list(error: LinkError, has_own_redis: bool) -> list[Finding]:
    """Judge a list of gateways that Redis did not tell; `has_own_redis`: not the Redis of the feed."""
    rest = unchecked([*OF_LIST, *OF_FACTS], f"the list of gateways cannot be read: {error.reason}")
    what = f"{error.reason} ({error})"
    if error.failure is Failure.WRONG_TYPE:
        rest = [each for each in rest if each.name != "gateways-list"]
        return [fault("gateways-list", what, error.hint), *rest]
    if has_own_redis:
        return [fault("gateways-redis", f"the Redis of the gateways: {what}", error.hint), *rest]
    if error.failure is Failure.NO_RIGHT:
        return [fault("redis-rights", what, error.hint), *rest]
    return rest


def judge_list(found: GatewayList) -> Finding:
    """Judge whether gateways alone have written the list."""
    if found.unread:
        return warning(
            "gateways-list",
            f"{found.unread} entries of the list of gateways are none of a gateway",
            "find who else writes into {tickcast:*}:gateways, and take the right away (ACL)",
        )
    return ok("gateways-list", "the list of gateways has entries of gateways alone")


def judge_alive(found: GatewayList) -> list[Finding]:
    """Judge whether there are gateways, and whether all in the list live."""
    if not found.alive:
        none = fault(
            "gateways-alive",
            "no gateway follows this feed",
            "start one (tickcast gateway), with the same Redis and feed; if they have a Redis of their own, "
            "name it (--control-url)",
        )
        return [none]
    if found.gone:
        gone = warning(
            "gateways-alive",
            f"{_some(found.gone)} ended without leaving the list, or hang",
            "see why they ended, or restart them; what is left of them vanishes within two minutes",
        )
        return [gone]
    return [ok("gateways-alive", f"{len(found.alive)} gateways are alive")]


def judge_live(alive: Sequence[GatewayEntry]) -> Finding:
    """Judge whether all gateways have the newest prices."""
    if stale := [each for each in alive if each.feed != "live"]:
        return fault(
            "gateways-live",
            f"the feed is stale at {_some(stale)}",
            "if the publisher writes, see /readyz of these gateways and their logs for the reason",
        )
    return ok("gateways-live", "the feed is live at every gateway")


def judge_delayed(alive: Sequence[GatewayEntry]) -> Finding:
    """Judge whether all gateways have the prices of delayed feeds."""
    stale: dict[str, list[str]] = {}
    for entry in alive:
        for feed in entry.stale:
            stale.setdefault(feed, []).append(entry.id)
    if stale:
        return fault(
            "gateways-delayed",
            f"delayed feeds are stale: {_shown(stale)}",
            "start the delayer of each (tickcast delayer --minutes …); one that runs says in its log what "
            "keeps it from writing, and a new one has no prices until its delay has passed",
        )
    return ok("gateways-delayed", "no delayed feed is stale at any gateway")


def judge_draining(alive: Sequence[GatewayEntry]) -> Finding:
    """Judge whether gateways are about to end."""
    if draining := [each for each in alive if each.draining]:
        return warning(
            "gateways-draining",
            f"{_some(draining)} are draining, and take no clients",
            "nothing if somebody is replacing them; else start others",
        )
    return ok("gateways-draining", "no gateway drains")


def judge_clocks(alive: Sequence[GatewayEntry]) -> Finding:
    """Judge how far the gateways' clocks are from Redis's."""
    if wrong := [each for each in alive if abs(each.ahead) > CLOCK]:
        shown = ", ".join(f"{each.id} by {each.ahead:+.1f} s" for each in wrong[:5])
        return fault(
            "gateways-clock",
            f"clocks differ from Redis's: {shown}",
            "let these machines and Redis's follow a time server (NTP): changes of streams through another "
            "gateway fail beyond 30 s, and tokens expire by these clocks",
        )
    return ok("gateways-clock", "the gateways' clocks are those of Redis")


def judge_version(alive: Sequence[GatewayEntry]) -> Finding:
    """Judge whether all gateways are of one version."""
    versions = _groups({each.id: each.facts.version if each.facts else "older" for each in alive})
    if len(versions) > 1:
        return warning(
            "gateways-version",
            f"gateways are of several versions: {_shown(versions)}",
            "nothing during a rollout; else replace the older ones",
        )
    return ok("gateways-version", f"every gateway is of version {next(iter(versions))}")


def judge_partitions(told: dict[str, GatewayFacts], partitions: int) -> list[Finding]:
    """Judge whether gateways know how the feed is cut."""
    if not partitions:
        return unchecked(["gateways-partitions"], "there is no such feed")
    wrong = {name: str(each.partitions) for name, each in told.items() if each.partitions != partitions}
    if wrong:
        found = fault(
            "gateways-partitions",
            f"the feed has {partitions} partitions, and gateways are set to {_shown(_groups(wrong))}",
            f"set TICKCAST_PARTITIONS={partitions} for these gateways: until then they have no prices",
        )
        return [found]
    return [ok("gateways-partitions", f"gateways and publisher have {partitions} partitions")]


def judge_settings(told: dict[str, GatewayFacts]) -> Finding:
    """Judge whether the settings are alike by which a client is answered."""
    names = sorted({name for each in told.values() for name in each.settings})
    differing = [name for name in names if len({each.settings.get(name) for each in told.values()}) > 1]
    if len({each.tokens for each in told.values()}) > 1:
        differing.append("auth_keys")
    if differing:
        shown = ", ".join(f"TICKCAST_{name.upper()}" for name in differing)
        return fault(
            "gateways-settings",
            f"gateways differ in {shown}",
            "give every gateway the same: a client is answered otherwise by the next one",
        )
    return ok("gateways-settings", "gateways are set alike")


def judge_keys(told: dict[str, GatewayFacts]) -> Finding:
    """Judge whether each gateway takes what the others have signed."""
    signed = {each.keys[0] for each in told.values()}
    if all(signed <= {*each.keys} for each in told.values()):
        return ok("gateways-key", "each gateway takes what the others sign")
    groups = _groups({name: f"key {each.keys[0][:4]}…" for name, each in told.items()})
    return fault(
        "gateways-key",
        f"gateways sign by different keys: {_shown(groups)}",
        "give all the same TICKCAST_CLUSTER_KEY_FILE: until then a change of a stream fails (404) "
        "at a gateway that does not have it",
    )


def judge_key_file(told: dict[str, GatewayFacts]) -> Finding:
    """Judge whether gateways were given a key, or keep one where everybody who reads Redis finds it."""
    if kept := sorted(name for name, each in told.items() if each.is_key_kept):
        return warning(
            "gateways-key-file",
            f"{_named(kept)} keep the key of the gateways in Redis: who reads it there can change streams",
            "give all gateways the same file (TICKCAST_CLUSTER_KEY_FILE); deploy/secrets/make.sh makes one",
        )
    return ok("gateways-key-file", "gateways have their key from a file")


def judge_room(alive: Sequence[GatewayEntry]) -> Finding:
    """Judge how many more streams the gateways take."""
    streams = sum(each.clients for each in alive if each.facts)
    most = sum(each.facts.streams for each in alive if each.facts)
    what = f"gateways have {streams:,} of at most {most:,} streams"
    full = [each for each in alive if each.facts and each.clients >= FULL * each.facts.streams]
    if full:
        return warning(
            "gateways-room",
            f"{what}; {_some(full)} are nearly full",
            "start more gateways, or raise TICKCAST_MAX_CONNECTIONS",
        )
    return ok("gateways-room", what)


def _groups(values: dict[str, str]) -> dict[str, list[str]]:
    """Return the names by their values."""
    groups: dict[str, list[str]] = {}
    for name, value in sorted(values.items()):
        groups.setdefault(value, []).append(name)
    return groups


def _shown(groups: dict[str, list[str]]) -> str:
    return "; ".join(f"{value} ({_named(names)})" for value, names in groups.items())


def _some(entries: Sequence[GatewayEntry]) -> str:
    return _named([each.id for each in entries])


def _named(names: Sequence[str]) -> str:
    shown = ", ".join(names[:5])
    return shown if len(names) <= 5 else f"{shown} and {len(names) - 5} more"
