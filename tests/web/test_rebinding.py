"""A page of another site, whose name comes to lead to this machine, reads nothing of a gateway on it."""

import pytest

from tests.support.feeder import Feeder
from tests.support.local_gateway import local_gateway
from tests.web.browser import chromium

pytestmark = pytest.mark.browser

# Newer browsers have a guard of their own; not all do.
UNGUARDED = (
    "--host-resolver-rules=MAP rebound.example 127.0.0.1",
    "--disable-features=LocalNetworkAccessChecks,BlockInsecurePrivateNetworkRequests,PrivateNetworkAccessChecks",
)

READ = """async () => {
  const statuses = {};
  for (const path of ["/v1/snapshot", "/v1/symbols", "/metrics", "/"]) {
    const answer = await fetch(path);
    statuses[path] = [answer.status, (await answer.text()).includes("AAPL")];
  }
  statuses.stream = await new Promise((resolve) => {
    const source = new EventSource("/v1/stream");
    source.onerror = () => resolve("refused");
    source.addEventListener("hello", () => resolve("open"));
  });
  return statuses;
}"""


@pytest.mark.parametrize("allowed", ["", "rebound.example"])
async def test_a_page_whose_name_leads_here_is_refused_unless_the_name_is_the_gateways(
    valkey_url: str, allowed: str
) -> None:
    async with (
        Feeder(valkey_url) as feeder,
        local_gateway(valkey_url, allowed_hosts=allowed) as gateway,
        chromium(*UNGUARDED) as browser,
    ):
        await feeder.tick("AAPL")
        page = await browser.new_page()
        # The attacker's own page was loaded before the name led to this machine.
        await page.route("**/evil", lambda route: route.fulfill(body="<p>", content_type="text/html"))
        await page.goto(f"{gateway.url.replace('127.0.0.1', 'rebound.example')}/evil")
        found = await page.evaluate(READ)
        if allowed:
            assert found["/v1/snapshot"] == [200, True]
            assert found["stream"] == "open"
        else:
            assert {name: each for name, each in found.items() if each != [421, False]} == {
                "stream": "refused"
            }
