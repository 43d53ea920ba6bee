"""Posts the ticks of the Redis channel to a rival: one connection, pipelined requests.

A feeder that waited for each answer would be the limit itself. But it must notice a refusal: otherwise the
rival would seem to deliver nothing at no cost.
"""

import asyncio
import re
from collections.abc import Callable

from tickcast.bench.baselines.channel import follow
from tickcast.wire.batch import Batch

_STATUS = re.compile(rb"HTTP/1\.1 ([0-9]{3})")
_LONGEST = len(b"HTTP/1.1 200") - 1


class RefusedError(Exception):
    """The rival refused a request."""


async def post(port: int, url: str, requests: Callable[[Batch], bytes], refusal: bytes = b"\x00") -> None:
    """Send the `requests` of every batch, for ever.

    Raises SystemExit if an answer is no success, or contains `refusal`.
    """
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    answers = asyncio.create_task(check(reader, refusal))
    async for batch in follow(url):
        writer.write(requests(batch))
        await writer.drain()
        if answers.done():
            raise SystemExit(str(answers.exception()))


async def check(reader: asyncio.StreamReader, refusal: bytes = b"\x00") -> None:
    """Read answers until a refusal or the end of the connection. Raises RefusedError for both."""
    rest = b""
    while data := await reader.read(65536):
        answer = rest + data
        wrong = next((found for found in _STATUS.findall(answer) if not found.startswith(b"2")), None)
        if wrong or refusal in answer:
            raise RefusedError(f"a tick was refused: {answer[:500]!r}")
        rest = answer[-max(_LONGEST, len(refusal) - 1) :]
    raise RefusedError("the rival closed the connection for ticks")


def request(path: str, body: bytes, *headers: str) -> bytes:
    """Return a POST with a body."""
    lines = "".join(f"{header}\r\n" for header in headers)
    head = f"POST {path} HTTP/1.1\r\nHost: 127.0.0.1\r\n{lines}Content-Length: {len(body)}\r\n\r\n"
    return head.encode("ascii") + body
