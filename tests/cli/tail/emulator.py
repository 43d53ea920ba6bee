"""A terminal for tests: a pty with a program in it, and the screen that its output makes."""

import codecs
import fcntl
import os
import pty
import re
import signal
import struct
import subprocess
import termios
import threading
from types import TracebackType
from typing import Any, Self

from tests.cli.program import COMMAND, clean_environment

_PIECE = re.compile(r"\x1b\[([?0-9;]*)([A-Za-z])|\x1b([^\[])|([\r\n])|([^\x1b\r\n]+)", re.DOTALL)


class Screen:
    """What is seen: the codes that `tail` and rich use, and no other."""

    def __init__(self, width: int, height: int) -> None:
        self.is_other = False
        """The other screen is shown, which leaves no trace."""
        self.shows_cursor = self.wraps = True
        self.overflows: list[str] = []
        """Texts of this page that were too wide for the screen, or below it."""
        self._main: list[str] = []
        self._rest = ""
        self._feeding = threading.Lock()
        self.resize(width, height)

    def resize(self, width: int, height: int) -> None:
        """Change the size; what is on the other screen is garbage until it is drawn again."""
        with self._feeding:
            self.width, self.height = width, height
            self.rows = ["?" * width for _ in range(height)]
            self._x = self._y = 0

    def feed(self, text: str) -> None:
        """Take output."""
        with self._feeding:
            self._feed(text)

    def _feed(self, text: str) -> None:
        text, self._rest = self._rest + text, ""
        place = 0
        while match := _PIECE.match(text, place):
            place = match.end()
            if match[2]:
                self._control(match[1], match[2])
            elif match[4] == "\r":
                self._x = 0
            elif match[4] == "\n":
                self._y += 1
            elif match[5]:
                self._put(match[5])
        self._rest = text[place:]

    def _control(self, number: str, letter: str) -> None:
        modes = {"?1049": "is_other", "?25": "shows_cursor", "?7": "wraps"}
        if number in modes:
            setattr(self, modes[number], letter == "h")
            self._x = self._y = 0
        elif letter == "H":
            # A page begins. One for the size before may have been on its way when the size changed.
            self._x = self._y = 0
            self.overflows.clear()
        elif letter == "K" and self._y < self.height:
            self.rows[self._y] = ""
        elif letter == "J":
            self.rows[self._y + 1 :] = [""] * (self.height - self._y - 1)
        elif letter != "m":
            raise AssertionError(f"unknown code {number}{letter}")

    def _put(self, text: str) -> None:
        if not self.is_other:
            self._main.append(text)
            return
        if self._x + len(text) > self.width or self._y >= self.height:
            self.overflows.append(text)
            return
        row = self.rows[self._y].ljust(self._x)
        self.rows[self._y] = row[: self._x] + text + row[self._x + len(text) :]
        self._x += len(text)

    @property
    def text(self) -> str:
        """What is on the screen."""
        return "\n".join(self.rows)

    @property
    def left(self) -> str:
        """What was written outside of the other screen."""
        return "".join(self._main)


class InTerminal:
    """`tickcast` in a terminal of its own. A context manager that ends it."""

    def __init__(self, *arguments: str, width: int = 60, height: int = 12) -> None:
        self.screen = Screen(width, height)
        self._master, self._slave = pty.openpty()
        self._set_size()
        self.settings = termios.tcgetattr(self._slave)
        """Those of the terminal before the program began."""
        self.process = subprocess.Popen(
            [*COMMAND, *arguments],
            env=clean_environment(TERM="xterm", COLUMNS="", LINES=""),
            stdin=self._slave,
            stdout=self._slave,
            stderr=self._slave,
            start_new_session=True,
            # Ctrl-C and changes of the size are signals to whoever has the terminal.
            preexec_fn=lambda: fcntl.ioctl(0, termios.TIOCSCTTY, 0),
        )
        self._decoder = codecs.getincrementaldecoder("utf-8")()
        self._reading = threading.Thread(target=self._read)
        self._reading.start()

    def _read(self) -> None:
        while True:
            data = os.read(self._master, 65536)
            if data.endswith(b"\x00END"):
                return
            self.screen.feed(self._decoder.decode(data))

    def press(self, keys: bytes) -> None:
        """Send keys."""
        os.write(self._master, keys)

    def resize(self, width: int, height: int) -> None:
        """Change the size of the terminal."""
        self.screen.resize(width, height)
        self._set_size()

    def _set_size(self) -> None:
        size = struct.pack("HHHH", self.screen.height, self.screen.width, 0, 0)
        fcntl.ioctl(self._slave, termios.TIOCSWINSZ, size)

    def settings_now(self) -> list[Any]:
        """Return the settings of the terminal."""
        return termios.tcgetattr(self._slave)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self.process.poll() is None:
            self.process.send_signal(signal.SIGKILL)
        self.process.wait()
        os.write(self._slave, b"\x00END")
        self._reading.join()
        os.close(self._master)
        os.close(self._slave)
