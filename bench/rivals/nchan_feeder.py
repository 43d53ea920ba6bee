"""Posts every tick of the Redis channel to nchan: `python -m bench.rivals.nchan_feeder PORT REDIS_URL`.

One connection, requests pipelined: a program that waited for each answer would be the limit itself.
"""

import asyncio
import sys

from bench.redis_link import follow


async def post(port: int, url: str) -> None:
    """Post for ever."""
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    answers = asyncio.create_task(_discard(reader))
    async for batch in follow(url):
        writer.write(b"".join(_request(symbol, json) for symbol, json in batch.ticks))
        await writer.drain()
        if answers.done():
            raise SystemExit("nchan closed the connection that ticks are posted on")


def _request(symbol: bytes, json: bytes) -> bytes:
    return b"POST /pub/%b HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Length: %d\r\n\r\n%b" % (
        symbol,
        len(json),
        json,
    )


async def _discard(reader: asyncio.StreamReader) -> None:
    while await reader.read(65536):
        pass


if __name__ == "__main__":
    asyncio.run(post(int(sys.argv[1]), sys.argv[2]))
