"""Reads figures of a gateway over HTTP."""

import re

import httpx2
import orjson


def metric(port: int, name: str) -> float:
    """Return a metric without labels; `name` goes without the prefix `tickcast_gateway_`."""
    text = httpx2.get(f"http://127.0.0.1:{port}/metrics", trust_env=False, timeout=30).text
    found = re.search(rf"^tickcast_gateway_{name} (\S+)$", text, re.MULTILINE)
    return float(found[1]) if found else 0.0


def newest(port: int) -> dict[str, int]:
    """Return the newest `q` of each symbol that the gateway has."""
    answer = httpx2.get(f"http://127.0.0.1:{port}/v1/snapshot", trust_env=False, timeout=30)
    return {tick["S"]: tick["q"] for tick in orjson.loads(answer.content)["ticks"]}
