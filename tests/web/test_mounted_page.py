"""The page of a gateway in an app, behind nginx: each user sees what the app's callable allows, live."""

from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager
from pathlib import Path

import pytest

from tests.gateway.mounted.serving import served
from tests.gateway.mounted.test_stopping import ended
from tests.support.event_stream import asked
from tests.support.eventually import eventually
from tests.support.feeder import Feeder
from tests.support.nginx import running_nginx
from tests.support.ports import free_port
from tests.support.servers import valkey
from tests.support.snippets import block
from tests.web.browser import Visit, visiting
from tests.web.watchlist import is_live, reads
from tickcast.wire.instrument import Instrument
from tickcast.wire.tick import Tick, encode_tick

pytestmark = pytest.mark.browser

LOCATION = block("docs/inside_an_app.md", "Behind nginx")
"""The lines of the docs."""

NGINX = """
daemon off; worker_processes 1; pid {folder}/nginx.pid;
events {{ worker_connections 100; }}
http {{
  access_log off; client_body_temp_path {folder}/body; proxy_temp_path {folder}/proxy;
  fastcgi_temp_path {folder}/f; uwsgi_temp_path {folder}/u; scgi_temp_path {folder}/s;
  server {{ listen 127.0.0.1:{port}; {locations} }}
  server {{ listen 127.0.0.1:{health}; location / {{ return 200; }} }}
}}
"""

KNOWN = [Instrument(symbol, f"{symbol} Inc", "0.01", "100", "USD") for symbol in ("A", "B", "BA", "C")]


@pytest.mark.parametrize("server", ["uvicorn", "granian", "hypercorn"])
async def test_two_users_see_live_what_the_app_allows_each_and_streams_end_with_bye(
    server: str, tmp_path: Path
) -> None:
    with valkey() as redis_url:
        async with Feeder(redis_url) as feeder, feeder.beating():
            await feeder.claim(KNOWN)
            await feeder.publish([price(known.symbol, 1, "101.00") for known in KNOWN])
            module = "tests.gateway.mounted.guarded"
            async with served(server, "async_app", tmp_path, redis_url, module=module) as running:
                port = running.url.rpartition(":")[2]
                with before(tmp_path, port) as url:
                    async with (
                        page_of("alice", url, "/prices/") as alice,
                        # nginx cuts its own part of the path off.
                        page_of("bob", url, "/desk/prices/") as bob,
                        asked(url, "/prices/v1/stream", b"x-user: alice") as stream,
                    ):
                        await stream.begin()
                        await eventually(lambda: shows(alice, "A", "B", "BA"))
                        await eventually(lambda: shows(bob, "B"))
                        await feeder.publish([price("B", 2, "102.50")])
                        for visit in (alice, bob):
                            await eventually(lambda v=visit: reads(v, "tr[data-symbol=B] .last", "102.50"))
                        await alice.page.screenshot(path=tmp_path / "alice.png")
                        running.terminate()
                        await ended([stream])
                        for visit in (alice, bob):
                            await eventually(lambda v=visit: is_not_live(v))
                        await running.process.wait()


def price(symbol: str, q: int, text: str) -> tuple[bytes, bytes]:
    return symbol.encode(), encode_tick(Tick(symbol, q * 1_000_000, text), q)


@contextmanager
def before(folder: Path, app: str) -> Iterator[str]:
    """Run nginx with the lines of the docs before the app at a port; the value is its address."""
    port, health = free_port(), free_port()
    lines = LOCATION.replace("127.0.0.1:8000", f"127.0.0.1:{app}")
    assert lines != LOCATION
    under = lines.replace("location /prices/", "location /desk/").replace(f":{app};", f":{app}/;")
    place = folder / "nginx"
    place.mkdir()
    main = place / "nginx.conf"
    main.write_text(NGINX.format(folder=place, port=port, health=health, locations=lines + under))
    with running_nginx(place, main, health):
        yield f"http://127.0.0.1:{port}"


async def shows(visit: Visit, *symbols: str) -> bool:
    return await is_live(visit) and sorted(await visit.order()) == [*symbols]


async def is_not_live(visit: Visit) -> bool:
    return not await is_live(visit)


@asynccontextmanager
async def page_of(user: str, url: str, path: str) -> AsyncIterator[Visit]:
    """Show the page to a user, and be sure that it asks for nothing outside of its path."""
    async with visiting("about:blank") as visit:
        await visit.page.context.add_cookies([{"name": "user", "value": user, "url": url}])
        await visit.page.goto(f"{url}{path}")
        yield visit
        asked_for = [each for each in visit.requests if each.startswith("http")]
        assert [each for each in asked_for if not each.startswith(f"{url}{path}")] == []
        assert await visit.violations() == []
