"""All checks of a server by name, in the order in which they are made."""

from collections.abc import Awaitable, Callable
from typing import NamedTuple

from tickcast.cli.conform.outcome import Deviation, Outcome, Unchecked, Verdict
from tickcast.cli.conform.subject import Subject

Making = Callable[[Subject], Awaitable[str]]
"""Makes a check; returns what was seen. Raises Deviation, Unchecked."""


class Check(NamedTuple):
    """One check."""

    name: str
    rule: str
    """What is asked for, in a sentence."""
    make: Making


CHECKS: list[Check] = []
"""Filled by the modules that have them: `server_run.py` orders them."""


def check(name: str, rule: str) -> Callable[[Making], Making]:
    """Put a check into the list."""

    def put(make: Making) -> Making:
        CHECKS.append(Check(name, rule, make))
        return make

    return put


async def outcome_of(each: Check, subject: Subject) -> Outcome:
    """Make a check."""
    try:
        return Outcome(each.name, Verdict.KEEPS, await each.make(subject), each.rule)
    except Deviation as deviation:
        return Outcome(each.name, Verdict.DEVIATES, str(deviation), each.rule)
    except Unchecked as why:
        return Outcome(each.name, Verdict.UNCHECKED, str(why), each.rule)
    except (ValueError, TypeError, KeyError, AttributeError) as error:
        # What a server says may be of any form.
        return Outcome(each.name, Verdict.DEVIATES, f"what came cannot be read: {error}", each.rule)
