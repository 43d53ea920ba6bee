"""Grants that apps make, checked as those of tokens are."""

from typing import Any

import pytest

from tickcast.access.app_grant import AppGrantError, checked_grant
from tickcast.access.grant import Grant


def test_lists_are_taken_and_what_only_tokens_may_have_is_dropped() -> None:
    made: Any = Grant("me", ["aapl", "B*", "aapl"], 250, 2, 15.5, {"X"}, 99.0, 1.0, "key", True)  # type: ignore[arg-type]
    checked = checked_grant(made)
    assert checked == Grant("me", checked.symbols, 250, 2, 15.5, ("X",), 99.0)
    assert len(checked.symbols) == 2


@pytest.mark.parametrize(
    ("made", "why"),
    [
        ("AAPL", "a tickcast.Grant or None is needed, not str"),
        (True, "not bool"),
        (Grant("", ("A",)), "subject"),
        (Grant("a\nb", ("A",)), "subject"),
        (Grant("me", "AAPL"), "symbols: a list of texts"),  # type: ignore[arg-type]
        (Grant("me", None), "symbols: a list of texts"),  # type: ignore[arg-type]
        (Grant("me", (b"A",)), "not bytes"),  # type: ignore[arg-type]
        (Grant("me", ("A,B",)), "symbols"),
        (Grant("me", tuple(f"A{n}" for n in range(201))), "201 symbols and patterns; at most 200"),
        (Grant("me", ("A",), interval=-1), "interval"),
        (Grant("me", ("A",), interval=True), "interval"),
        (Grant("me", ("A",), interval=1.5), "interval"),  # type: ignore[arg-type]
        (Grant("me", ("A",), streams=-1), "streams"),
        (Grant("me", ("A",), delay=float("nan")), "delay"),
        (Grant("me", ("A",), expires="soon"), "expires"),  # type: ignore[arg-type]
        (Grant("me", ("A",), publish=("*x",)), "publish"),
    ],
)
def test_what_is_wrong_is_named(made: object, why: str) -> None:
    with pytest.raises(AppGrantError, match=why):
        checked_grant(made)
