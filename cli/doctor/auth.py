"""Who may read: everybody, or holders of a token. Pure."""

from collections.abc import Sequence

from tickcast.cli.doctor.finding import Finding, fault, ok, unchecked
from tickcast.cli.doctor.gateway_list import GatewayEntry
from tickcast.cli.doctor.reach import Reach
from tickcast.cli.doctor.web import Answer, StreamSeen

OF_AUTH = ("auth-off", "auth-token")
"""Checks that need an answer of the address."""

MEND = "set TICKCAST_AUTH_KEYS, _ISSUER and _AUDIENCE (docs/access.md), or listen on 127.0.0.1 alone"


def judge_open(answer: Answer, reach: Reach, open_gateways: Sequence[str]) -> Finding:
    """Judge what is answered without a token where so many can reach the address.

    `open_gateways` are those that other machines reach, and that want no token.
    """
    if answer.status in (401, 403):
        return ok("auth-off", "nobody reads without a token")
    if answer.status != 200:
        return unchecked(["auth-off"], f"the address answers {answer.status or answer.error}")[0]
    if reach is not Reach.MACHINE:
        return fault("auth-off", "everybody who reaches the address may read everything", MEND)
    if open_gateways:
        names = ", ".join(open_gateways[:5])
        return fault("auth-off", f"other machines reach {names}, and may read everything there", MEND)
    return ok("auth-off", "only this machine reads without a token")


def open_gateways(alive: Sequence[GatewayEntry]) -> list[str]:
    """Return the gateways that listen for other machines, and want no token."""
    return [each.id for each in alive if each.facts and not (each.facts.is_local or each.facts.tokens)]


def judge_token(has_token: bool, without: Answer, stream: StreamSeen | None) -> list[Finding]:
    """Judge whether the token that was given is taken; without one there is nothing to judge."""
    if not has_token:
        return []
    if without.status == 200:
        return unchecked(["auth-token"], "the gateways want no token")
    if stream is not None and stream.answer.status in (401, 403):
        return [
            fault(
                "auth-token",
                f"the token is refused ({stream.answer.status}): {stream.answer.told('detail')}",
                "get a new one (tickcast token), by issuer, audience and key of the gateways",
            )
        ]
    return [ok("auth-token", "the token is taken")]
