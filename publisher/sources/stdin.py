"""The `stdin` source: JSON lines from standard input, so that any program can be a source."""

import asyncio
import fcntl
import os
import stat
import struct
import termios
from collections.abc import AsyncIterator

import structlog

from tickcast.publisher.source import SourceError, SourceItem, SourceOptions
from tickcast.publisher.sources.complaints import Complaints
from tickcast.publisher.sources.line_reader import MAX_LIST, LineReader
from tickcast.publisher.sources.lines import LineSplitter
from tickcast.publisher.sources.times import Times
from tickcast.wire.symbol import Case

_BLOCK = 64 * 1024

_log = structlog.get_logger("publisher.sources.stdin")


def stdin(options: SourceOptions, descriptor: int = 0) -> AsyncIterator[list[SourceItem]]:
    """Return the lists of standard input. Iterating raises SourceError if it cannot be read."""
    times = Times(options.time_unit, options.max_ahead)
    return _lists(descriptor, times, options.symbol_case, options.again)


stdin.takes = ("time_unit",)  # type: ignore[attr-defined]


async def _lists(descriptor: int, times: Times, case: Case, again: bool) -> AsyncIterator[list[SourceItem]]:
    complaints = Complaints("stdin", "standard input")
    reader = LineReader(complaints, times, only_json=True, case=case)
    cutter = LineSplitter()
    try:
        if again:
            _drop_what_waits(descriptor, cutter)
        while data := await _read(descriptor):
            items = reader.items(cutter.feed(data))
            for begin in range(0, len(items), MAX_LIST):
                yield items[begin : begin + MAX_LIST]
        if items := reader.items(cutter.finish()):
            yield items
    except OSError as error:
        raise SourceError(f"standard input cannot be read: {error.strerror}") from None
    finally:
        complaints.finish()


def _drop_what_waits(descriptor: int, cutter: LineSplitter) -> None:
    """Drop the lines that came while another publisher led: it has published newer prices since then."""
    if stat.S_ISREG(os.fstat(descriptor).st_mode):
        return  # the lines of a file are no older than before
    lines = 0
    while waiting := struct.unpack("i", fcntl.ioctl(descriptor, termios.FIONREAD, b"\0" * 4))[0]:
        lines += len(cutter.feed(os.read(descriptor, min(waiting, _BLOCK))))
    if cutter.held:
        cutter.drop()
        lines += 1
    if lines:
        _log.warning("dropped lines that came while another publisher led", lines=lines)


async def _read(descriptor: int) -> bytes:
    """Wait for data, and return it; empty bytes at the end.

    A thread could not be stopped while it waits. `connect_read_pipe` would make the descriptor
    non-blocking for every program that shares it, such as the user's shell.
    """
    loop = asyncio.get_running_loop()
    while True:
        ready = asyncio.Event()
        try:
            loop.add_reader(descriptor, ready.set)
        except PermissionError:
            await asyncio.sleep(0)  # a regular file: epoll refuses it, because it is always ready
        else:
            try:
                await ready.wait()
            finally:
                loop.remove_reader(descriptor)
        try:
            return os.read(descriptor, _BLOCK)
        except BlockingIOError:
            continue  # the descriptor was non-blocking before, and another reader was faster
