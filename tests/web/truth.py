"""What a page must show once the feed stands still: what its gateway answers, formatted by other means."""

from decimal import ROUND_HALF_UP, Decimal
from typing import Any

import httpx

from tests.web.browser import Visit

# The page keeps no door open for tests: the chart's own accessible name tells what is drawn last.
CHART = "[data-place=chart]"

NAMES = {"open": "o", "high": "h", "low": "l", "close": "c", "volume": "v"}


async def shows_newest(visit: Visit, url: str, symbol: str, interval: str) -> bool:
    """Tell whether the chart's last candle is the newest bar of `GET /v1/bars`; asserts so."""
    async with httpx.AsyncClient(base_url=url, trust_env=False) as client:
        answer = await client.get(f"/v1/bars/{symbol}", params={"interval": interval})
    newest: dict[str, Any] = answer.json()["bars"][-1]
    label = await visit.page.get_attribute(CHART, "aria-label") or ""
    told = ", ".join(f"{name} {newest[key]}" for name, key in NAMES.items())
    assert label.endswith(f"the newest: {told}")
    return True


async def shows_the_snapshot(visit: Visit, url: str) -> bool:
    """Tell whether every cell is as `GET /v1/snapshot` has it; asserts so."""
    async with httpx.AsyncClient(base_url=url, trust_env=False) as client:
        ticks = (await client.get("/v1/snapshot")).json()["ticks"]
        instruments = {known["S"]: known for known in (await client.get("/v1/symbols")).json()}
    assert await visit.cells() == {tick["S"]: expected_row(tick, instruments[tick["S"]]) for tick in ticks}
    return True


def expected_row(tick: dict[str, Any], instrument: dict[str, Any]) -> list[str]:
    change = tick["p"] - instrument["ref"]
    seconds = tick["t"] // 1_000_000
    return [
        tick["S"],
        instrument["name"],
        fixed(tick["p"]),
        signed(change),
        signed(change / instrument["ref"] * 100) + "%",
        f"{tick['bs']:,}",
        fixed(tick["bp"]),
        fixed(tick["ap"]),
        f"{tick['as']:,}",
        f"{tick['v']:,}",
        f"{seconds // 3600 % 24:02}:{seconds // 60 % 60:02}:{seconds % 60:02}",
    ]


def fixed(value: float) -> str:
    """Two decimals, halves away from zero, as the simulated market's tick size of 0.01 asks for."""
    return f"{Decimal(value).quantize(Decimal('0.01'), ROUND_HALF_UP):,}"


def signed(value: float) -> str:
    text = fixed(abs(value))
    return text if text == "0.00" else ("+" if value > 0 else "−") + text
