"""What a page must show once the feed stands still: the gateway's answers, formatted independently."""

from decimal import ROUND_HALF_UP, Decimal
from math import inf
from typing import Any

import httpx2

from tests.web.browser import Visit

# The page has no hook for tests: the chart's accessible name says what was drawn last.
CHART = "[data-place=chart]"

CENT = Decimal("0.01")

LENGTHS = {"1s": 1e6, "1m": 60e6, "5m": 300e6, "15m": 900e6, "1h": 3600e6, "1d": inf}
"""µs of a bar; no tick begins a day."""

NAMES = {"open": "o", "high": "h", "low": "l", "close": "c", "volume": "v"}


async def shows_newest(visit: Visit, url: str, symbol: str, interval: str) -> bool:
    """Tell whether the last candle is the newest bar of `GET /v1/bars` with the newest tick; asserts so."""
    async with httpx2.AsyncClient(base_url=url, trust_env=False, timeout=60) as client:
        answer = await client.get(f"/v1/bars/{symbol}", params={"interval": interval})
        [tick] = (await client.get("/v1/snapshot", params={"symbols": symbol})).json()["ticks"]
    newest = followed(answer.json()["bars"][-1], tick, LENGTHS[interval])
    label = await visit.page.get_attribute(CHART, "aria-label") or ""
    # As JavaScript writes numbers: 513, not 513.0.
    told = ", ".join(f"{name} {newest[key]:.10g}" for name, key in NAMES.items() if key in newest)
    assert label.endswith(f"the newest: {told}"), f"{label}, but the newest has {told}"
    return True


def followed(bar: dict[str, Any], tick: dict[str, Any], length: float) -> dict[str, Any]:
    """Return the bar after a tick: a stopped publisher may have sent the tick, and not yet its bar."""
    if tick["q"] <= bar["q"]:
        return bar
    price = tick["p"]
    if tick["t"] >= bar["t"] + length:
        return dict.fromkeys("ohlc", price)
    return bar | {"h": max(bar["h"], price), "l": min(bar["l"], price), "c": price}


async def shows_the_snapshot(visit: Visit, url: str) -> bool:
    """Tell whether every cell is as `GET /v1/snapshot` has it; asserts so."""
    async with httpx2.AsyncClient(base_url=url, trust_env=False, timeout=60) as client:
        ticks = (await client.get("/v1/snapshot")).json()["ticks"]
    return await shows_ticks(visit, url, ticks)


async def shows_ticks(visit: Visit, url: str, ticks: list[dict[str, Any]]) -> bool:
    """Tell whether every cell is as these ticks have it, and no other row is there; asserts so."""
    async with httpx2.AsyncClient(base_url=url, trust_env=False, timeout=60) as client:
        instruments = {known["S"]: known for known in (await client.get("/v1/symbols")).json()}
    assert await visit.cells() == {tick["S"]: expected_row(tick, instruments[tick["S"]]) for tick in ticks}
    return True


def expected_row(tick: dict[str, Any], instrument: dict[str, Any]) -> list[str]:
    change = tick["p"] - instrument["ref"]
    seconds = tick["t"] // 1_000_000
    step = Decimal(str(instrument["tick"]))
    return [
        # With the label of where it comes from beside it, if it is not real.
        tick["S"] + tick.get("src", ""),
        instrument["name"],
        instrument["ccy"],
        fixed(tick["p"], step),
        signed(change, step),
        signed(change / instrument["ref"] * 100) + "%",
        f"{tick['bs']:,}",
        fixed(tick["bp"], step),
        fixed(tick["ap"], step),
        f"{tick['as']:,}",
        abbreviated(tick["v"]),
        f"{seconds // 3600 % 24:02}:{seconds // 60 % 60:02}:{seconds % 60:02}",
    ]


def abbreviated(value: float) -> str:
    """Three digits and a letter, from ten thousand on."""
    if value < 10_000:
        return f"{value:,}"
    rounded = Decimal(f"{value:.3g}")
    thousands = (rounded.adjusted()) // 3
    scaled = rounded / 1000**thousands
    return f"{scaled:.{2 - scaled.adjusted()}f}{'kMBT'[thousands - 1]}"


def fixed(value: float, step: Decimal = CENT) -> str:
    """With the digits of the symbol's tick size, halves away from zero."""
    return f"{Decimal(value).quantize(step, ROUND_HALF_UP):,}"


def signed(value: float, step: Decimal = CENT) -> str:
    text = fixed(abs(value), step)
    return text if not float(text.replace(",", "")) else ("+" if value > 0 else "−") + text
