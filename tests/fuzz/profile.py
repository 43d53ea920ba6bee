"""How many examples a property gets: few in CI; many by `make fuzz`, by random seeds, and finds are kept."""

import os
import time
import tracemalloc
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, TypeVar

from hypothesis import HealthCheck, settings
from hypothesis.database import DirectoryBasedExampleDatabase

Found = TypeVar("Found")
Refusal = TypeVar("Refusal", bound=Exception)

ROOT = Path(__file__).parents[2]

FOUND = ROOT / ".hypothesis" / "examples"
"""Where examples that failed are kept: each later run of the tests begins with them."""

LONG = int(os.environ.get("FUZZ_EXAMPLES", "0"))
"""Examples of a property by `make fuzz`; 0: this is an ordinary run of the tests."""

SEED = int(os.environ.get("FUZZ_SEED", "1"))
"""By which Schemathesis chooses; hypothesis gets the same by --hypothesis-seed."""


def fuzzed(few: int = 150, cost: int = 1) -> settings:
    """Return the settings of a property with a `few` examples in CI; one takes about `cost` ms."""
    quiet = [HealthCheck.too_slow, HealthCheck.function_scoped_fixture, HealthCheck.data_too_large]
    common = settings(deadline=None, suppress_health_check=quiet, print_blob=True, max_examples=few)
    if not LONG:
        return common
    kept = DirectoryBasedExampleDatabase(FOUND)
    return settings(common, max_examples=max(few, LONG // cost), derandomize=False, database=kept)


def tried(refusal: type[Refusal], call: Callable[..., Found], *arguments: Any) -> Found | Refusal:
    """Return what a call returns, or the documented error that it raises, whose words can be sent."""
    try:
        return call(*arguments)
    except refusal as error:
        assert 0 < len(str(error)) < 1500, str(error)[:200]  # noqa: PT017 - any of the bounds may break
        str(error).encode("utf-8")
        return error


@contextmanager
def bounded(seconds: float = 1.0, mib: float = 16.0) -> Iterator[None]:
    """Be sure that a block takes no more CPU time and memory than this."""
    tracemalloc.start()
    began = time.thread_time()
    try:
        yield
        spent, peak = time.thread_time() - began, tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    assert spent <= seconds, f"{spent:.2f} s of CPU time; {seconds:g} at most"
    assert peak <= mib * 1024 * 1024, f"{peak / 1024 / 1024:.1f} MiB; {mib:g} at most"
