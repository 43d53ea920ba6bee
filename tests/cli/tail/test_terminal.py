"""`tickcast tail` in a terminal: it scrolls, fits, and leaves the terminal as it was."""

import asyncio
import signal
from collections.abc import AsyncIterator

import pytest

from tests.cli.tail.emulator import InTerminal
from tests.support.eventually import eventually
from tests.support.scripted_gateway import HANG, hello, scripted_gateway, snapshot, stream, tick
from tests.support.stack import running_stack

FEED = stream(hello() + snapshot("c1", *(tick(f"S{place:02}", 1) for place in range(30))), HANG)


@pytest.fixture
async def url() -> AsyncIterator[str]:
    """A server with 30 symbols, whose stream goes on."""
    async with scripted_gateway(FEED) as gateway:
        yield gateway.url


async def shown(terminal: InTerminal, *texts: str) -> list[str]:
    """Return the rows of the screen once all these texts are on it."""
    await eventually(lambda: all(text in terminal.screen.text for text in texts))
    return terminal.screen.rows


async def ended(terminal: InTerminal) -> int:
    """Return the exit code; the terminal is as it was."""
    code = await asyncio.to_thread(terminal.process.wait, 60)
    await eventually(lambda: not terminal.screen.is_other)
    assert terminal.screen.shows_cursor
    assert terminal.screen.wraps
    assert terminal.settings_now() == terminal.settings
    return code


async def test_a_table_of_a_gateway_scrolls_and_follows_the_size_of_its_terminal() -> None:
    async with running_stack(1, symbols=40, rate=100, seed=3) as stack:
        with InTerminal("tail", "--url", stack.url, width=80, height=13) as terminal:
            rows = await shown(terminal, "rows 1 to 10 of 40", "PgDn")
            assert rows[0].startswith("connected to gw-1 · feed live")
            assert rows[1].split() == ["symbol", "last", "change", "bid", "ask", "time"]
            first = rows[2].split()[0]
            for keys, which in (
                (b"\x1b[B", "rows 2 to 11"),
                (b"\x1b[6~", "rows 11 to 20"),
                (b"\x1bOA", "rows 10 to 19"),
                (b"\x1b[F", "rows 31 to 40"),
                (b"\x1b[B", "rows 31 to 40"),
                (b"\x1b[5~", "rows 22 to 31"),
                (b"\x1b[H", "rows 1 to 10"),
            ):
                terminal.press(keys)
                await shown(terminal, which)
            assert terminal.screen.rows[2].split()[0] == first
            # A price is whole or left out.
            terminal.resize(24, 8)
            rows = await shown(terminal, "rows 1 to 5 of 40")
            assert rows[1].split() == ["symbol", "last"]
            terminal.resize(120, 50)
            rows = await shown(terminal, "40 symbols · q ends")
            assert [row for row in rows if "?" in row] == []
            assert terminal.screen.overflows == []
            terminal.press(b"q")
            assert await ended(terminal) == 0
            # What was shown last stays.
            assert first in terminal.screen.left


@pytest.mark.parametrize("way", ["Ctrl-C", "SIGTERM", "SIGHUP"])
async def test_however_it_ends_the_terminal_is_as_it_was(url: str, way: str) -> None:
    with InTerminal("tail", "--url", url) as terminal:
        await shown(terminal, "rows 1 to 9 of 30")
        assert terminal.settings_now() != terminal.settings
        if way == "Ctrl-C":
            terminal.press(b"\x03")
            assert await ended(terminal) == 0
        elif way == "SIGTERM":
            terminal.process.send_signal(signal.SIGTERM)
            assert await ended(terminal) == 128 + signal.SIGTERM
        else:
            terminal.process.send_signal(signal.SIGHUP)
            assert await ended(terminal) == 128 + signal.SIGHUP


async def test_a_suspended_table_gives_the_terminal_back_and_comes_again(url: str) -> None:
    with InTerminal("tail", "--url", url) as terminal:
        await shown(terminal, "rows 1 to 9 of 30")
        terminal.press(b"\x1a")
        await eventually(
            lambda: not terminal.screen.is_other and terminal.settings_now() == terminal.settings
        )
        terminal.process.send_signal(signal.SIGCONT)
        await eventually(lambda: terminal.screen.is_other)
        terminal.press(b"G")
        await shown(terminal, "rows 22 to 30 of 30")
        terminal.press(b"q")
        assert await ended(terminal) == 0


async def test_a_symbol_without_a_value_is_named(url: str) -> None:
    with InTerminal("tail", "s01", "nope", "S*", "X*", "--url", url, width=110) as terminal:
        await shown(
            terminal,
            f"no such symbol in this feed, or none with a price: nope, X*; {url}/v1/symbols lists them",
        )
        terminal.press(b"q")
        assert await ended(terminal) == 0
