"""The output of `up`: lines, and on a terminal a status line below them that is redrawn."""

import sys
from types import TracebackType
from typing import Self

from rich.console import Console
from rich.live import Live
from rich.text import Text


class Screen:
    """Prints lines and a status. A context manager that removes the status line at its end."""

    def __init__(self) -> None:
        self._console = Console(soft_wrap=True)
        self._live: Live | None = None
        if self._console.is_terminal:
            # Without rich's own thread: `status` redraws the line.
            self._live = Live(console=self._console, auto_refresh=False, transient=True)

    @property
    def refreshes(self) -> bool:
        """Tell whether `status` replaces the previous status."""
        return self._live is not None

    def __enter__(self) -> Self:
        if self._live is not None:
            self._live.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        if self._live is not None:
            self._live.stop()

    def say(self, line: str) -> None:
        """Print a line above the status."""
        if self._live is not None:
            self._console.print(Text(line))
        else:
            print(line, flush=True)

    def log(self, name: str, line: str) -> None:
        """Print a line of a child's output, behind the child's name."""
        if self._live is not None:
            self._console.print(Text(name, style="cyan"), Text.from_ansi(line), sep=" | ")
        else:
            print(f"{name} | {line}", flush=True)

    def status(self, line: str) -> None:
        """Show the status; without a terminal, print it as another line."""
        if self._live is not None:
            self._live.update(Text(line, style="bold", no_wrap=True, overflow="ellipsis"), refresh=True)
        else:
            print(line, file=sys.stdout, flush=True)
