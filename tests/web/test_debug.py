"""The operator's page in Chromium: it shows what the gateways report, and says when it cannot."""

import signal
from typing import Any

import pytest

from tests.support.changing import open_stream
from tests.support.eventually import eventually
from tests.support.stack import running_stack
from tests.web.browser import AXE, Visit, visiting
from tests.web.node import HERE, install_packages, node

pytestmark = pytest.mark.browser

MARKET = {"symbols": 12, "rate": 200, "seed": 5}


async def rows(visit: Visit, table: str) -> list[list[str]]:
    """Return the texts of a table's cells."""
    found: list[list[str]] = await visit.page.evaluate(
        f"[...document.querySelectorAll('#{table} tbody tr')].map((row) => "
        "[...row.cells].map((cell) => cell.textContent))"
    )
    return found


async def says(visit: Visit, text: str) -> bool:
    return text in await visit.page.inner_text("#status")


async def test_it_shows_gateways_groups_and_streams_and_follows_them() -> None:
    async with (
        running_stack(2, gateway={"debug": True}, **MARKET) as stack,
        visiting(f"{stack.gateways['gw-1'].url}/debug") as visit,
    ):
        await eventually(lambda: says(visit, "gw-1 answers"))
        await eventually(lambda: two_rows(visit))
        assert await rows(visit, "groups") == [["Nobody is connected."]]
        async with open_stream(stack.gateways["gw-1"].url, symbols="AAPL,MSFT"):
            await eventually(lambda: has_group(visit))
            assert (await visit.page.inner_text("#clients")).split()[:3] == ["streams", "here", "1"]
        assert visit.complaints == []
        assert await visit.violations() == []
        origin = stack.gateways["gw-1"].url
        assert [url for url in visit.requests if not url.startswith(f"{origin}/")] == []


@pytest.mark.parametrize(("scheme", "width"), [("light", 1200), ("dark", 390)])
async def test_axe_finds_no_violation(scheme: str, width: int) -> None:
    looks: dict[str, Any] = {"color_scheme": scheme, "viewport": {"width": width, "height": 900}}
    async with (
        running_stack(2, gateway={"debug": True}, **MARKET) as stack,
        open_stream(stack.gateways["gw-1"].url, symbols="AAPL,MSFT"),
        visiting(f"{stack.gateways['gw-1'].url}/debug", **looks) as visit,
    ):
        await eventually(lambda: has_group(visit))
        assert await violations(visit) == {}
        stack.gateways["gw-1"].signal(signal.SIGSTOP)
        await eventually(lambda: says(visit, "what is shown is old"))
        assert await violations(visit) == {}


async def violations(visit: Visit) -> dict[str, list[str]]:
    """Return what axe complains of: the elements by rule."""
    node()
    install_packages()
    axe = (HERE / "node_modules" / "axe-core" / "axe.min.js").read_text("utf-8")
    # Evaluated, not added as a script: the policy forbids that.
    await visit.page.evaluate(f"() => {{ {axe} }}")
    found: list[dict[str, Any]] = (await visit.page.evaluate(AXE))["violations"]
    return {rule["id"]: [place["html"][:200] for place in rule["nodes"]] for rule in found}


async def two_rows(visit: Visit) -> bool:
    return [row[0] for row in await rows(visit, "gateways")] == ["gw-1", "gw-2"]


async def has_group(visit: Visit) -> bool:
    return [row[:2] for row in await rows(visit, "groups")] == [["AAPL,MSFT", "every tick"]]


async def test_it_says_when_the_gateway_hangs_or_is_gone_and_goes_on_when_it_is_back() -> None:
    async with (
        running_stack(1, gateway={"debug": True}, **MARKET) as stack,
        visiting(f"{stack.gateways['gw-1'].url}/debug") as visit,
    ):
        gateway = stack.gateways["gw-1"]
        await eventually(lambda: says(visit, "gw-1 answers"))
        gateway.signal(signal.SIGSTOP)
        await eventually(lambda: says(visit, "No answer within 5 s; what is shown is old"))
        assert await visit.page.get_attribute("body", "data-tone") == "stale"
        gateway.signal(signal.SIGCONT)
        await eventually(lambda: says(visit, "gw-1 answers"))
        gateway.signal(signal.SIGKILL)
        await eventually(lambda: says(visit, "The gateway cannot be reached"))
