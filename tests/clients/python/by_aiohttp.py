"""Reads the stream with aiohttp alone: URL, and "identity" or ""."""

import asyncio

import aiohttp
import report


async def main() -> None:
    timeout = aiohttp.ClientTimeout(total=None, sock_read=10)
    wait, cursor = 3.0, ""
    # Lines have at most 64 KiB, and aiohttp reads no line that is longer than its buffer.
    async with aiohttp.ClientSession(
        timeout=timeout, read_bufsize=1 << 17, headers=report.IDENTITY
    ) as session:
        while True:
            try:
                headers = {"Last-Event-ID": cursor} if cursor else {}
                async with session.get(report.URL, headers=headers) as response:
                    if 400 <= response.status < 500:
                        report.end(f"answered {response.status}")
                    response.raise_for_status()
                    name = data = identity = ""
                    async for line in response.content:
                        field, _, value = line.decode().rstrip("\n").partition(": ")
                        match field:
                            case "event":
                                name = value
                            case "data":
                                data = value
                            case "id":
                                identity = value
                            case "retry":
                                wait = int(value) / 1000
                            case "":
                                cursor = identity or cursor
                                if data:
                                    report.event(name, data)
                                name = data = identity = ""
                report.error("the stream has ended")
            except (aiohttp.ClientError, TimeoutError) as error:
                report.error(repr(error))
            await asyncio.sleep(wait)


asyncio.run(main())
