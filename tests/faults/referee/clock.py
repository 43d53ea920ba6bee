"""Clocks that the referee sets: a file with the seconds by which the wall clock of a program is wrong.

Redis and Valkey read it by libfaketime (of Debian's package faketime); a Python program by wrong_clock.py.
Monotonic clocks stay right: they are, on a machine whose wall clock is set. Debian's Redis does not start
under libfaketime (both it and jemalloc want to be first), Valkey does.
"""

from pathlib import Path

FOLDERS = ("/usr/lib", "/usr/local/lib", "/opt/homebrew/lib")
LIBRARY = "faketime/libfaketimeMT.so.1"


def library() -> Path | None:
    """Return where libfaketime is; None if it is not installed."""
    for folder in map(Path, FOLDERS):
        for found in (*folder.glob(LIBRARY), *folder.glob(f"*/{LIBRARY}")):
            return found
    return None


class Clock:
    """One wall clock, right at first."""

    def __init__(self, file: Path) -> None:
        self.file = file
        self.set(0)

    def set(self, seconds: int) -> None:
        """Make it wrong by so many seconds; programs see it within a second."""
        written = self.file.with_suffix(".new")
        written.write_text(f"{seconds:+d}\n", "ascii")
        written.replace(self.file)

    @property
    def environment(self) -> dict[str, str]:
        """Variables of a program that is to read this clock by libfaketime, which is installed."""
        return {
            "LD_PRELOAD": str(library()),
            "FAKETIME_TIMESTAMP_FILE": str(self.file),
            "FAKETIME_CACHE_DURATION": "1",
            "FAKETIME_DONT_FAKE_MONOTONIC": "1",
        }


def sweep(pid: int) -> None:
    """Remove what libfaketime leaves behind a process that was killed."""
    for name in (f"faketime_shm_{pid}", f"sem.faketime_sem_{pid}"):
        Path("/dev/shm", name).unlink(missing_ok=True)
