"""The terminal while `tail` draws on it: keys come one by one, and at the end it is as it was before."""

import asyncio
import os
import signal
import sys
import termios
import tty
from collections.abc import Callable, Sequence
from contextlib import suppress
from types import TracebackType
from typing import Any, Self

from tickcast.cli.tail.keys import Key, KeyReader
from tickcast.cli.tail.page import Size

# The other screen of the terminal, no cursor, and no line that goes on in the next row.
_ENTER = "\x1b[?1049h\x1b[?25l\x1b[?7l"
_LEAVE = "\x1b[?7h\x1b[?25h\x1b[?1049l"
_ENDS = (signal.SIGTERM, signal.SIGHUP)


class Terminal:
    """The terminal of this process, in a running event loop. A context manager."""

    def __init__(
        self, on_key: Callable[[Key], None], on_resize: Callable[[], None], on_end: Callable[[int], None]
    ) -> None:
        """`on_key` is called for each key, `on_end` with the number of a signal that ends the program."""
        self._on_key, self._on_resize, self._on_end = on_key, on_resize, on_end
        self._input, self._output = 0, sys.stdout.fileno()
        self.has_keys = os.isatty(self._input)
        """Keys come from a terminal too, if standard input is open at all."""
        self._before: list[Any] = []
        """The settings of the terminal before."""
        self._reader = KeyReader()

    @property
    def size(self) -> Size:
        """Its size now."""
        width = height = 0
        with suppress(OSError):  # a terminal that has gone
            width, height = os.get_terminal_size(self._output)
        # Some report none.
        return Size(width or 80, height or 24)

    def draw(self, lines: Sequence[str]) -> None:
        """Show lines that fit, and nothing else."""
        # A line is cleared before it is written: behind one that is full, the last character would go.
        self._write("\x1b[H" + "\r\n".join(f"\x1b[2K{line}" for line in lines) + "\x1b[J")

    def __enter__(self) -> Self:
        loop = asyncio.get_running_loop()
        self._enter()
        loop.add_signal_handler(signal.SIGWINCH, self._on_resize)
        loop.add_signal_handler(signal.SIGTSTP, self._suspend)
        for number in _ENDS:
            loop.add_signal_handler(number, self._on_end, number)
        if self.has_keys:
            loop.add_reader(self._input, self._read)
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        loop = asyncio.get_running_loop()
        if self.has_keys:
            loop.remove_reader(self._input)
        for number in (signal.SIGWINCH, signal.SIGTSTP, *_ENDS):
            loop.remove_signal_handler(number)
        self._leave()

    def _enter(self) -> None:
        if self.has_keys:
            self._before = termios.tcgetattr(self._input)
            # Ctrl-C and Ctrl-Z stay signals.
            tty.setcbreak(self._input, termios.TCSADRAIN)
        self._write(_ENTER)

    def _leave(self) -> None:
        self._write(_LEAVE)
        if self._before:
            # A terminal that has gone has no settings.
            with suppress(termios.error):
                termios.tcsetattr(self._input, termios.TCSADRAIN, self._before)

    def _suspend(self) -> None:
        """Give the terminal to the shell until it lets this program go on."""
        self._leave()
        os.kill(os.getpid(), signal.SIGSTOP)
        self._enter()
        self._on_resize()

    def _read(self) -> None:
        try:
            data = os.read(self._input, 1024)
        except OSError:
            data = b""
        if not data:
            # The terminal has gone; so has whoever looked at it.
            asyncio.get_running_loop().remove_reader(self._input)
            self._on_end(signal.SIGHUP)
        for key in self._reader.read(data):
            self._on_key(key)

    def _write(self, text: str) -> None:
        # Of a terminal that has gone its signal tells.
        with suppress(OSError):
            sys.stdout.write(text)
            sys.stdout.flush()
