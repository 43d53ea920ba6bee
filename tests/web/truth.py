"""What a page must show once the feed stands still: the gateway's answers, formatted independently."""

from decimal import ROUND_HALF_UP, Decimal
from typing import Any

import httpx2

from tests.web.browser import Visit

# The page has no hook for tests: the chart's accessible name says what was drawn last.
CHART = "[data-place=chart]"

CENT = Decimal("0.01")

NAMES = {"open": "o", "high": "h", "low": "l", "close": "c", "volume": "v"}


async def shows_newest(visit: Visit, url: str, symbol: str, interval: str) -> bool:
    """Tell whether the chart's last candle is the newest bar of `GET /v1/bars`; asserts so."""
    async with httpx2.AsyncClient(base_url=url, trust_env=False, timeout=60) as client:
        answer = await client.get(f"/v1/bars/{symbol}", params={"interval": interval})
    newest: dict[str, Any] = answer.json()["bars"][-1]
    label = await visit.page.get_attribute(CHART, "aria-label") or ""
    # As JavaScript writes numbers: 513, not 513.0.
    told = ", ".join(f"{name} {newest[key]:.10g}" for name, key in NAMES.items())
    assert label.endswith(f"the newest: {told}"), f"{label}, but the newest has {told}"
    return True


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
        f"{tick['v']:,}",
        f"{seconds // 3600 % 24:02}:{seconds // 60 % 60:02}:{seconds % 60:02}",
    ]


def fixed(value: float, step: Decimal = CENT) -> str:
    """With the digits of the symbol's tick size, halves away from zero."""
    return f"{Decimal(value).quantize(step, ROUND_HALF_UP):,}"


def signed(value: float, step: Decimal = CENT) -> str:
    text = fixed(abs(value), step)
    return text if not float(text.replace(",", "")) else ("+" if value > 0 else "−") + text
