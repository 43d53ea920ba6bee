"""What takes one defence of the product out, and what has to go red without it."""

from typing import NamedTuple


class Mutation(NamedTuple):
    """One defence, and how it is taken out: a piece of a file is replaced."""

    name: str
    file: str
    old: str
    new: str
    run: tuple[str, ...] = ()
    """Arguments of `python -m tests.faults` for a run that must be bad without the defence."""
    sees: str = ""
    """A kind of fault that the judge has to name."""
    also: tuple[tuple[str, str, str], ...] = ()
    """More pieces, each with its file, where one defence stands behind another."""
    test: str = ""
    """A test that must fail without the defence, instead of a run."""
