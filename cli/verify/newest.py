"""The newest `q` of each symbol of a feed, from the `/v1/snapshot` of a gateway."""

import asyncio
import ssl
import time
from collections.abc import Mapping
from typing import NamedTuple

import httpx2

from tickcast.client.address import server_address
from tickcast.client.tokens import bearer

AGAIN = 0.25
"""Seconds until a gateway that is not ready is asked again."""


class NewestError(Exception):
    """The newest `q` cannot be read; the message says why."""


class Newest(NamedTuple):
    """The newest `q` of each symbol, and the epoch of the feed that they belong to."""

    sequences: Mapping[bytes, int]
    epoch: str = ""
    """Empty: the gateway names none."""


async def newest_of(
    url: str,
    symbols: str,
    timeout: float,
    tls: ssl.SSLContext | None = None,
    token: str = "",
    patience: float = 0.0,
) -> Newest:
    """Return the newest `q` of each symbol of the comma list `symbols`, "" for all.

    `timeout` in seconds; `tls` proves the server, `token` is shown to it. After 503, as from a gateway that
    has just started, it is asked again for `patience` seconds. Raises NewestError, and
    ValueError if `url` is no address.
    """
    address = server_address(url) + "/v1/snapshot"
    tls = tls or ssl.create_default_context()
    params, until = {"symbols": symbols} if symbols else {}, time.monotonic() + patience
    try:
        async with httpx2.AsyncClient(timeout=timeout, trust_env=False, verify=tls) as http:
            while True:
                answer = await http.get(address, params=params, headers=bearer(token))
                if answer.status_code != 503 or time.monotonic() > until:
                    break
                await asyncio.sleep(AGAIN)
    except httpx2.TimeoutException:
        raise NewestError("no answer in time") from None
    except (httpx2.HTTPError, httpx2.InvalidURL) as error:
        raise NewestError(str(error) or type(error).__name__) from None
    if answer.status_code != 200:
        raise NewestError(f"HTTP {answer.status_code}")
    try:
        # Not by orjson, which refuses numbers beyond a double: a tick may hold 1e400.
        body = answer.json()
        sequences = {str(tick["S"]).encode(): int(tick["q"]) for tick in body["ticks"]}
        return Newest(sequences, str(body.get("epoch", "")))
    except (ValueError, KeyError, TypeError, AttributeError):
        raise NewestError("the answer is no snapshot") from None
