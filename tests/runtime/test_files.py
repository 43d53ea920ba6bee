"""Raising the limit of open files, where the kernel helps and where it does not."""

import resource
import subprocess
import sys

import pytest

from tickcast.runtime.files import raise_file_limit

INFINITY = resource.RLIM_INFINITY


class Kernel:
    """The limits of a process, and the most that the system takes."""

    def __init__(self, soft: int, hard: int, most: int) -> None:
        self.limits = (soft, hard)
        self._most = most

    def setrlimit(self, kind: int, limits: tuple[int, int]) -> None:
        """Set the limits, or refuse as the kernel does."""
        assert kind == resource.RLIMIT_NOFILE
        soft, hard = limits
        assert hard == self.limits[1], "a hard limit that was lowered cannot be raised again"
        if soft == INFINITY or soft > self._most:
            raise ValueError("current limit exceeds maximum limit")
        self.limits = limits


def raised(monkeypatch: pytest.MonkeyPatch, kernel: Kernel) -> int:
    """Return the soft limit after raising it under a kernel."""
    monkeypatch.setattr("resource.getrlimit", lambda kind: kernel.limits)
    monkeypatch.setattr("resource.setrlimit", kernel.setrlimit)
    raise_file_limit()
    return kernel.limits[0]


def test_the_soft_limit_becomes_the_hard_one() -> None:
    program = (
        "import resource; from tickcast.runtime.files import raise_file_limit\n"
        "resource.setrlimit(resource.RLIMIT_NOFILE, (200, 400)); raise_file_limit()\n"
        "print(resource.getrlimit(resource.RLIMIT_NOFILE))"
    )
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "(400, 400)"


def test_without_a_hard_limit_it_becomes_nearly_as_much_as_the_system_takes(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    assert raised(monkeypatch, Kernel(256, INFINITY, 245_760)) == 131_072
    assert raised(monkeypatch, Kernel(256, INFINITY, 10_240)) == 8192


def test_a_hard_limit_that_the_system_does_not_take_is_approached(monkeypatch: pytest.MonkeyPatch) -> None:
    assert raised(monkeypatch, Kernel(1024, 2**40, 1 << 20)) == 1 << 20
    assert raised(monkeypatch, Kernel(1024, 2**40, 10_000)) == 8192


@pytest.mark.parametrize("limits", [(4096, 4096), (INFINITY, INFINITY), (4096, INFINITY)])
def test_a_limit_that_cannot_be_raised_stays(
    monkeypatch: pytest.MonkeyPatch, limits: tuple[int, int]
) -> None:
    assert raised(monkeypatch, Kernel(*limits, most=4096)) == limits[0]
