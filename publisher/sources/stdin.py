"""The `stdin` source: JSON lines from standard input, so that any program can feed Tickcast."""

import asyncio
import os
from collections.abc import AsyncIterator

from tickcast.publisher.source import SourceError, SourceOptions
from tickcast.publisher.sources.complaints import Complaints
from tickcast.publisher.sources.json_lines import JsonLines
from tickcast.publisher.sources.line_reader import MAX_LIST, LineReader
from tickcast.publisher.sources.lines import LineSplitter
from tickcast.wire.tick import Tick

_BLOCK = 64 * 1024


def stdin(options: SourceOptions, descriptor: int = 0) -> AsyncIterator[list[Tick]]:
    """Return the ticks of standard input, until it ends. Iterating raises SourceError if it is closed."""
    return _ticks(descriptor)


async def _ticks(descriptor: int) -> AsyncIterator[list[Tick]]:
    complaints = Complaints("stdin", "standard input")
    reader = LineReader(complaints, JsonLines())
    cutter = LineSplitter()
    try:
        while data := await _read(descriptor):
            ticks = reader.ticks(cutter.feed(data))
            for begin in range(0, len(ticks), MAX_LIST):
                yield ticks[begin : begin + MAX_LIST]
        if ticks := reader.ticks(cutter.finish()):
            yield ticks
    except OSError as error:
        raise SourceError(f"standard input cannot be read: {error.strerror}") from None
    finally:
        complaints.finish()


async def _read(descriptor: int) -> bytes:
    """Return what there is, waiting for it if need be; nothing at the end.

    Not by a thread, which could not be stopped while it waits, and not by `connect_read_pipe`, which
    makes the descriptor non-blocking for every program that shares it, such as the user's shell.
    """
    loop = asyncio.get_running_loop()
    while True:
        ready = asyncio.Event()
        try:
            loop.add_reader(descriptor, ready.set)
        except PermissionError:
            await asyncio.sleep(0)  # a regular file: epoll refuses it because it is always ready
        else:
            try:
                await ready.wait()
            finally:
                loop.remove_reader(descriptor)
        try:
            return os.read(descriptor, _BLOCK)
        except BlockingIOError:
            continue  # inherited as non-blocking, and another reader was faster
