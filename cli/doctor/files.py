"""Limits of open files: every stream is a file. Pure."""

from collections.abc import Sequence

from tickcast.cli.doctor.finding import Finding, fault, ok, unchecked
from tickcast.cli.doctor.gateway_list import GatewayEntry

OF_FILES = ("gateways-files",)
"""Checks of this file."""

ENOUGH = 0.9
"""Part of the streams as set that the limit has to allow: a gateway keeps some files for itself."""


def judge_files(alive: Sequence[GatewayEntry]) -> list[Finding]:
    """Judge whether the limit of open files allows the streams that gateways are set to."""
    told = [(each.id, each.facts) for each in alive if each.facts is not None]
    if not told:
        return unchecked(OF_FILES, "no gateway tells its limits")
    low = [(name, facts) for name, facts in told if facts.streams < ENOUGH * facts.wanted]
    if not low:
        return [ok("gateways-files", "limits of open files allow the streams that gateways are set to")]
    shown = ", ".join(f"{name} takes {facts.streams:,} of {facts.wanted:,}" for name, facts in low[:5])
    return [
        fault(
            "gateways-files",
            f"the limit of open files is too low for the streams as set: {shown}",
            "raise it (ulimit -n, nofile, LimitNOFILE), or lower TICKCAST_MAX_CONNECTIONS",
        )
    ]
