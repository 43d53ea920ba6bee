"""examples/react in Chromium, bundled as its package.json says: prices that move, from another origin."""

import json
import shutil
import signal
from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread

import pytest

from tests.support.eventually import eventually
from tests.support.stack import running_stack
from tests.web.node import HERE, install_packages, run_node
from tests.web.tabs import browser_context

pytestmark = pytest.mark.browser

EXAMPLE = Path(__file__).parents[2] / "examples" / "react"


class Quiet(SimpleHTTPRequestHandler):
    """Serves a folder without a line a request."""

    def log_message(self, *_: object) -> None:
        """Say nothing."""


@contextmanager
def served(folder: Path) -> Iterator[str]:
    """Serve a folder until the block ends; return its origin."""
    with ThreadingHTTPServer(("127.0.0.1", 0), partial(Quiet, directory=folder)) as server:
        serving = Thread(target=server.serve_forever)
        serving.start()
        try:
            yield f"http://127.0.0.1:{server.server_port}"
        finally:
            server.shutdown()
            serving.join()


async def bundle(folder: Path) -> None:
    """Bundle the example in an empty folder, as `npm start` does, with its page beside it."""
    install_packages()
    for file in ("App.jsx", "index.html"):
        shutil.copy(EXAMPLE / file, folder)
    packages = folder / "node_modules"
    packages.mkdir()
    (packages / "tickcast").symlink_to(EXAMPLE.parent.parent / "web")
    for name in ("react", "react-dom", "scheduler"):
        (packages / name).symlink_to(HERE / "node_modules" / name)
    start = json.loads((EXAMPLE / "package.json").read_text("utf-8"))["scripts"]["start"]
    options = [word for word in start.split() if "--serve" not in word and word != "esbuild"]
    esbuild = HERE / "node_modules" / "esbuild" / "bin" / "esbuild"
    await run_node(str(esbuild), *options, cwd=folder)


async def test_the_table_moves_and_says_when_prices_are_not_live(tmp_path: Path) -> None:
    await bundle(tmp_path)
    with served(tmp_path) as origin:
        async with (
            running_stack(1, {"cors_origins": origin}, symbols=12, rate=200, seed=5) as stack,
            browser_context() as context,
        ):
            page = await context.new_page()
            wrong: list[str] = []
            page.on("pageerror", lambda error: wrong.append(str(error)))
            await page.goto(f"{origin}/?gateway={stack.url}")
            await page.get_by_role("status").get_by_text("live", exact=True).wait_for()

            async def prices() -> list[str]:
                return await page.locator("td").all_text_contents()

            async def full() -> list[str]:
                now = await prices()
                return now if len(now) == 3 and "–" not in now else []

            before = await eventually(full)

            async def moved() -> bool:
                return await prices() != before

            await eventually(moved)
            # The connection stays, and the prices are old.
            stack.publisher.signal(signal.SIGSTOP)
            await page.get_by_role("status").get_by_text("not live: no heartbeat").wait_for()
            stack.publisher.signal(signal.SIGCONT)
            await page.get_by_role("status").get_by_text("live", exact=True).wait_for()
            [gateway] = stack.gateways.values()
            gateway.process.kill()
            await page.get_by_role("status").get_by_text("not live").wait_for()
            assert wrong == []
