"""Streams over HTTP/2, by Node: ten on one connection, as the tabs of a browser share one."""

import json
from pathlib import Path

from tests.proxies.proxy import Proxy
from tests.web.node import run_node

STREAMS = 10
SECONDS = 3


async def ten_streams(proxy: Proxy) -> tuple[bool, str]:
    """Open streams over one connection; return whether each has had a tick."""
    url = proxy.url if proxy.cleartext_http2 else proxy.secure
    said = await run_node(str(Path(__file__).with_suffix(".mjs")), url, str(STREAMS), str(SECONDS))
    found = json.loads(said)
    return found["begun"] == STREAMS, f"{found['begun']} of {STREAMS} streams {found['error']}"
