"""Behind an nginx that holds every stream back, in Chromium: noticed, said, and polled around."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from tests.support.eventually import eventually
from tests.support.nginx import running_nginx
from tests.support.ports import free_port
from tests.web.tabs import open_tab
from tests.web.test_changing import running

pytestmark = pytest.mark.browser

HOLDING = """
daemon off;
pid {folder}/pid;
error_log {folder}/errors;
events {{}}
http {{
  access_log off;
  proxy_temp_path {folder}/proxied;
  client_body_temp_path {folder}/bodies;
  fastcgi_temp_path {folder}/fastcgi;
  uwsgi_temp_path {folder}/uwsgi;
  scgi_temp_path {folder}/scgi;
  server {{
    listen 127.0.0.1:{port};
    location / {{
      proxy_pass {upstream};
      proxy_http_version 1.1;
      proxy_set_header Connection "";
      proxy_set_header Accept-Encoding "";
      proxy_ignore_headers X-Accel-Buffering;
      proxy_buffering on;
      gzip on;
      gzip_types text/event-stream;
      gzip_min_length 0;
    }}
  }}
}}
"""


@contextmanager
def holding_nginx(folder: Path, upstream: str) -> Iterator[str]:
    """Run nginx that compresses what it buffers: a slow stream waits in its gzip; gives its address."""
    port = free_port()
    main = folder / "nginx.conf"
    main.write_text(HOLDING.format(folder=folder, port=port, upstream=upstream), "utf-8")
    with running_nginx(folder, main, port):
        yield f"http://127.0.0.1:{port}"


async def test_prices_come_by_polling_while_nginx_holds_the_stream_back(tmp_path: Path) -> None:
    async with running() as (stack, context, known):
        with holding_nginx(tmp_path, stack.url) as url:
            tab = await open_tab(context, url, symbols=known[:2], interval=1000)

            async def held_back() -> bool:
                return bool((await tab.state())["heldBack"])

            await eventually(held_back, timeout=40)
            state = await tab.state()
            assert (state["link"] == "open", state["gaps"], state["gapReason"]) == (False, 1, "polled")
            before = await tab.sequences()
            assert sorted(before) == sorted(known[:2])

            async def newer() -> bool:
                now = await tab.sequences()
                return all(now[symbol] > before[symbol] for symbol in before)

            await eventually(newer, timeout=40)
            assert "open" not in await tab.links()

            page = await context.new_page()
            await page.goto(url)
            words = page.get_by_text("Held back: a proxy or virus scanner on the way")
            await words.first.wait_for(timeout=45_000)
            await page.screenshot(path=tmp_path / "held_back.png")
