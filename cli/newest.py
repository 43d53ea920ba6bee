"""Where a feed stands: the newest `q` of each symbol, as a gateway's `/v1/snapshot` tells it."""

import ssl

import httpx

from cli.ticks import TicksError, split_snapshot, symbol_and_q


class NewestError(Exception):
    """It cannot be told; the message says why."""


async def newest_of(url: str, symbols: str, timeout: float) -> dict[bytes, int]:
    """Return the newest q of each symbol of the comma list `symbols`, "" for all.

    `timeout` in seconds. Raises NewestError.
    """
    address = f"{url if '//' in url else f'http://{url}'}".rstrip("/") + "/v1/snapshot"
    tls = ssl.create_default_context()
    try:
        async with httpx.AsyncClient(timeout=timeout, trust_env=False, verify=tls) as http:
            answer = await http.get(address, params={"symbols": symbols} if symbols else {})
    except httpx.TimeoutException:
        raise NewestError("no answer in time") from None
    except (httpx.HTTPError, httpx.InvalidURL) as error:
        raise NewestError(str(error) or type(error).__name__) from None
    if answer.status_code != 200:
        raise NewestError(f"HTTP {answer.status_code}")
    try:
        return dict(map(symbol_and_q, split_snapshot(answer.content)))
    except TicksError as error:
        raise NewestError(str(error)) from None
