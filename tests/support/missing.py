"""What a test needs and this machine lacks."""

import os
from typing import NoReturn

import pytest


def missing(what: str) -> NoReturn:
    """Skip the test, saying what is missing; where CI=true nothing may be missing, so fail it."""
    if os.environ.get("CI") == "true":
        pytest.fail(f"missing, and CI=true forbids to skip: {what}", pytrace=False)
    pytest.skip(f"missing: {what}")


def optional(what: str) -> NoReturn:
    """Skip the test, saying what is missing; it may be missing in CI too."""
    pytest.skip(f"missing, and optional: {what}")
