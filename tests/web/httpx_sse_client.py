"""Reads a stream with httpx-sse and prints name and data of its events: URL COUNT.

Run by the Python of tests/support/works_with.py.
"""

import json
import sys

import httpx
from httpx_sse import connect_sse


def main(url: str, count: int) -> None:
    with httpx.Client(trust_env=False, timeout=60) as client, connect_sse(client, "GET", url) as source:
        for event in source.iter_sse():
            # It comes where a busy machine keeps the others away.
            if event.event == "heartbeat":
                continue
            print(json.dumps([event.event, event.data]), flush=True)
            count -= 1
            if count == 0:
                return


main(sys.argv[1], int(sys.argv[2]))
