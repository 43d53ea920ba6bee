"""Puts a server through every check, one after the other."""

import ssl
from collections.abc import Callable, Collection, Sequence

from tickcast.cli.conform import change_checks, http_checks, resume_checks, stream_checks
from tickcast.cli.conform.checks import CHECKS, Check, outcome_of
from tickcast.cli.conform.outcome import Deviation, Outcome, Report
from tickcast.cli.conform.subject import Subject
from tickcast.cli.proxy import http_client
from tickcast.runtime.errors import UserError
from tickcast.runtime.urls import shown_url

TIMEOUT = 10.0
"""Seconds for each answer that is no stream."""

MODULES = (stream_checks, resume_checks, http_checks, change_checks)
"""The modules that have the checks, in this order: `events`, the last one, looks at what all others heard."""


def all_checks() -> list[Check]:
    """Return every check, in order."""
    places = {module.__name__: place for place, module in enumerate(MODULES)}
    return sorted(CHECKS, key=lambda each: places[each.make.__module__])


async def check_server(
    url: str,
    *,
    tls: ssl.SSLContext,
    token: str = "",
    origin: str = "",
    symbols: Sequence[str] = (),
    seconds: float = 10.0,
    listens: float = 3.0,
    only: Collection[str] = (),
    begun: Callable[[str], None] = lambda name: None,
) -> Report:
    """Return what every check says of a server, or those that `only` names, if it names some.

    `begun` is called with the name of each before it is made. Checks that need ticks wait `seconds` for them,
    and one follows a stream for as long as `listens` says. Raises UserError if the server does not answer.
    """
    async with http_client(url, TIMEOUT, tls) as http:
        subject = Subject(http, tls, url, token=token, origin=origin, seconds=seconds, listens=listens)
        try:
            await subject.choose([*symbols])
        except Deviation as deviation:
            raise UserError(f"{shown_url(url)}: {deviation}; nothing was checked", 2) from None
        outcomes: list[Outcome] = []
        for each in all_checks():
            if only and each.name not in only:
                continue
            begun(each.name)
            outcomes.append(await outcome_of(each, subject))
    return Report(shown_url(url), outcomes)
