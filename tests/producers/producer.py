"""One producer of the trial, as a process: hands in its ticks at a pace, and prints how many were taken.

    python -m tests.producers.producer KIND NUMBER WHERE RATE SECONDS

WHERE is the URL of Redis; for `http` the file of the secret and the ports of publishers, with commas.

Each tick carries the number of its producer as `bid_size` and its own number as `size`, so that the ledger
can tell whose it is, wherever it turns up.
"""

import asyncio
import json
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import urlsplit
from zlib import crc32

import httpx2

import tickcast
from tickcast.wire.names import MAIN

PARTITIONS = 16

SYMBOLS = 200
"""Symbols that all producers share."""

LAST = 120.0
"""Seconds to hand in what waits at the end."""


def paced(rate: float, seconds: float) -> Iterator[tuple[int, float]]:
    """Yield the numbers of ticks, and the seconds to wait before each."""
    began = time.monotonic()
    for number in range(int(rate * seconds)):
        yield number, began + number / rate - time.monotonic()


def tick(producer: int, number: int) -> dict[str, object]:
    """Return the arguments of a tick."""
    symbol = f"S{(number * 7 + producer) % SYMBOLS:03}"
    return {"symbol": symbol, "price": 100 + number % 50, "size": number + 1, "bid_size": producer + 1}


async def publish(producer: int, url: str, rate: float, seconds: float) -> int:
    """Hand in by `tickcast.Publisher`; return the number of ticks that were taken."""
    count = 0
    async with tickcast.Publisher(url, by=f"async-{producer}") as publisher:
        for number, wait in paced(rate, seconds):
            if wait > 0.005:
                await asyncio.sleep(wait)
            await publisher.publish(**tick(producer, number))  # type: ignore[arg-type]
            count += 1
        await publisher.flush(LAST)
    return count


def publish_blocking(producer: int, url: str, rate: float, seconds: float) -> int:
    """Hand in by `tickcast.BlockingPublisher`; return the number of ticks that were taken."""
    count = 0
    with tickcast.BlockingPublisher(url, by=f"blocking-{producer}") as publisher:
        for number, wait in paced(rate, seconds):
            if wait > 0.005:
                time.sleep(wait)
            publisher.publish(**tick(producer, number))  # type: ignore[arg-type]
            count += 1
        publisher.flush(LAST)
    return count


def gathered(producer: int, rate: float, seconds: float) -> Iterator[list[dict[str, object]]]:
    """Yield the ticks of each twentieth of a second as the fields of the protocol, when it is over."""
    waiting: list[dict[str, object]] = []
    due = time.monotonic() + 0.05
    for number, wait in paced(rate, seconds):
        if wait > 0.005:
            time.sleep(wait)
        fields = tick(producer, number)
        waiting.append(
            {"S": fields["symbol"], "p": fields["price"], "s": fields["size"], "bs": fields["bid_size"]}
        )
        if time.monotonic() >= due or len(waiting) == 1000:
            yield waiting
            waiting, due = [], time.monotonic() + 0.05
    if waiting:
        yield waiting


def publish_http(producer: int, where: str, rate: float, seconds: float) -> int:
    """Hand in by POST to one of the publishers; another one when that is gone."""
    secret, *ports = where.split(",")
    headers = {
        "Authorization": f"Bearer {Path(secret).read_text('ascii').strip()}",
        "Content-Type": "application/x-ndjson",
    }
    count, at, until = 0, producer, time.monotonic() + seconds + LAST
    with httpx2.Client(trust_env=False, timeout=10, headers=headers) as client:
        for turn, ticks in enumerate(gathered(producer, rate, seconds)):
            body = b"\n".join(json.dumps(each).encode() for each in ticks)
            while True:
                assert time.monotonic() < until, "no publisher takes what is handed in"
                url = f"http://127.0.0.1:{ports[at % len(ports)]}/v1/ticks"
                try:
                    answer = client.post(url, content=body, headers={"Idempotency-Key": f"{producer}-{turn}"})
                except httpx2.TransportError:
                    answer = None
                if answer is not None and answer.status_code == 200:
                    assert answer.json() == {"taken": len(ticks), "refused": []}, answer.text
                    break
                assert answer is None or answer.status_code == 503, answer.text
                at += 1
                time.sleep(0.05)
            count += len(ticks)
    return count


def publish_cli(producer: int, where: str, rate: float, seconds: float) -> int:
    """Hand in by redis-cli, which reads commands from its standard input."""
    port = str(urlsplit(where).port)
    process = subprocess.Popen(
        ["redis-cli", "-p", port], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, bufsize=1
    )
    assert process.stdin
    assert process.stdout
    count = number = 0
    with process:
        for ticks in gathered(producer, rate, seconds):
            by_partition: dict[int, list[str]] = {}
            for each in ticks:
                place = crc32(str(each["S"]).encode()) % PARTITIONS
                by_partition.setdefault(place, []).append(json.dumps(each))
            for place, lines in by_partition.items():
                number += 1
                text = "\n".join(lines).replace('"', '\\"').replace("\n", "\\n")
                command = f'XADD {MAIN.inbox(place)} * by cli-{producer} n {number} d "{text}"'
                print(command, file=process.stdin, flush=True)
                answer = process.stdout.readline()
                assert "-" in answer, answer
            count += len(ticks)
        process.stdin.close()
    return count


KINDS = {"blocking": publish_blocking, "http": publish_http, "redis-cli": publish_cli}


if __name__ == "__main__":
    kind, number, where, rate, seconds = sys.argv[1:]
    arguments = int(number), where, float(rate), float(seconds)
    taken = asyncio.run(publish(*arguments)) if kind == "async" else KINDS[kind](*arguments)
    print(json.dumps({"taken": taken}))
