"""Two gateways that hear each other, and what they say when they refuse a change."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import httpx2

from tests.support.eventually import eventually
from tests.support.local_gateway import LocalGateway, local_gateway

Pair = tuple[LocalGateway, LocalGateway]


def know_each_other(pair: Pair) -> bool:
    """Tell whether each counts the other's uses."""
    return all(each.gateway.uses._listed and not each.gateway.uses.is_away for each in pair)


def problem_of(answer: httpx2.Response, status: int) -> str:
    """Return the detail of a problem document."""
    assert answer.status_code == status, answer.text
    assert answer.headers["content-type"] == "application/problem+json"
    return str(answer.json()["detail"])


@asynccontextmanager
async def two_gateways(url: str, **settings: Any) -> AsyncIterator[Pair]:
    """Run two that hear each other."""
    async with (
        local_gateway(url, gateway_id="one", **settings) as one,
        local_gateway(url, gateway_id="other", **settings) as other,
    ):
        await eventually(lambda: one.gateway.control._listening and other.gateway.control._listening)
        yield one, other
