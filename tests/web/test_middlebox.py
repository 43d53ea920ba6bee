"""Behind a middlebox that lets only GET through, in Chromium: its answers are none of a gateway."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from tests.support.nginx import running_nginx
from tests.support.ports import free_port
from tests.support.recordings import case
from tests.web.tabs import open_tab
from tests.web.test_changing import running, shows

pytestmark = pytest.mark.browser


@contextmanager
def middlebox(folder: Path, upstream: str) -> Iterator[str]:
    """Run nginx with the case from the field, before this gateway; gives its address."""
    port = free_port()
    text = case("nginx_patch_denied.conf").read_text("utf-8")
    for old, new in (
        ("pid pd.pid", f"pid {folder}/pid"),
        ("/tmp/pd.err", f"{folder}/errors"),
        ("127.0.0.1:9141", f"127.0.0.1:{port}"),
        ("http://127.0.0.1:9117", upstream),
    ):
        assert old in text
        text = text.replace(old, new)
    main = folder / "nginx.conf"
    main.write_text(text, "utf-8")
    with running_nginx(folder, main, port):
        yield f"http://127.0.0.1:{port}"


async def test_a_symbol_is_added_though_patch_is_answered_with_403_and_html(tmp_path: Path) -> None:
    async with running() as (stack, context, known):
        with middlebox(tmp_path, stack.url) as url:
            tab = await open_tab(context, url, symbols=known[:2])
            await shows(tab, known[:2])
            stream = (await tab.state())["stream"]
            for count in (3, 4):
                await tab.call(f"stream.add('{known[count - 1]}')")
                await shows(tab, known[:count])
            state = await tab.state()
            assert state["stream"] != stream  # opened again, with all that is wanted
            assert (state["link"], state["status"], state["detail"], state["gaps"]) == ("open", 0, "", 0)
