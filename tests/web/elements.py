"""Pages of others with the elements, and what a test can see of these."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from playwright.async_api import Route

from tests.support.snippets import block
from tests.support.stack import Stack, running_stack
from tests.web.browser import Visit, visiting

READ = """(name) => [...document.querySelectorAll(name)].map(({ shadowRoot }) => Object.fromEntries(
  [...shadowRoot.querySelectorAll(".quote > span")].map((part) => [part.className, part.textContent])))"""


def page_of_the_docs() -> str:
    """Return the page as it stands in the docs."""
    page = block("docs/elements.md", "Live prices in your own page")
    assert page.count("\n") == 9
    return page


def page_with(body: str, style: str = "") -> str:
    """Return a page with these elements."""
    script = '<script type="module" src="/elements.js"></script>'
    return f'<!doctype html><html lang="en"><title>Mine</title>{script}{style}{body}</html>'


@asynccontextmanager
async def showing(visit: Visit, url: str, html: str, **headers: str) -> AsyncIterator[Visit]:
    """Open a page of one's own on the gateway's origin."""

    async def answer(route: Route) -> None:
        await route.fulfill(body=html, content_type="text/html; charset=utf-8", headers=headers)

    await visit.page.route("**/mine.html", answer)
    await visit.page.goto(f"{url}/mine.html")
    yield visit


@asynccontextmanager
async def live(
    html: str, symbols: int = 50, scheme: str = "light", **headers: str
) -> AsyncIterator[tuple[Visit, Stack]]:
    """Open a page of one's own on the origin of a cluster with a simulated market."""
    async with (
        running_stack(1, symbols=symbols, rate=500, seed=5) as stack,
        visiting("about:blank", color_scheme=scheme) as visit,
        showing(visit, stack.url, html, **headers),
    ):
        yield visit, stack


async def shown(visit: Visit, name: str = "tickcast-price") -> list[dict[str, str]]:
    """Return the texts of the first quote of each element, by part."""
    texts: list[dict[str, str]] = await visit.page.evaluate(READ, name)
    return texts


async def states(visit: Visit) -> list[str]:
    """Return the word of each price's state."""
    return [each["state"] for each in await shown(visit)]


def streams(visit: Visit) -> list[str]:
    """Return the streams that were opened."""
    return [url for url in visit.requests if "/v1/stream?" in url]


async def are(visit: Visit, expected: list[str]) -> bool:
    return await states(visit) == expected
