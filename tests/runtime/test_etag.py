"""Conditional requests."""

import pytest

from tickcast.runtime.etag import is_current


@pytest.mark.parametrize("known", ['"a"', 'W/"a"', '"b", W/"a"', '"b","a"', "*", " * "])
@pytest.mark.parametrize("etag", ['"a"', 'W/"a"'])
def test_what_is_named_is_known(known: str, etag: str) -> None:
    assert is_current(known, etag)


@pytest.mark.parametrize("known", ["", '"b"', "a", '"A"', '"a*"', '*, "b"'])
def test_what_is_not_named_is_not(known: str) -> None:
    assert not is_current(known, '"a"')
