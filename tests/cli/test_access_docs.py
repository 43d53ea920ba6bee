"""The first steps of docs/access.md, run as they stand there."""

import asyncio
import os
import re
import shutil
import signal
import sys
from pathlib import Path

import pytest
import redis

from tests.support.eventually import eventually
from tests.support.ports import free_port
from tests.support.programs import running_publisher
from tests.support.snippets import block
from tests.support.tools import need
from tickcast.wire.names import MAIN


async def test_a_key_a_token_and_a_stream(valkey_url: str, tmp_path: Path) -> None:
    need("curl")
    script, port = block("docs/access.md", "Try it"), free_port()
    assert script.count("8080") == 1
    # A gateway needs a moment until it listens, and puts clients off until it is ready.
    *_, curl = lines = script.replace("8080", str(port)).splitlines()
    assert curl.startswith("curl -N ")
    curl = curl.replace("curl -N", "curl -N --silent --show-error --max-time 90")
    lines[-1] = f"until {curl} | grep --line-buffered -m 1 -A 1 '^event: snapshot'; do sleep 0.2; done"
    script = "\n".join(lines)
    path = f"{Path(sys.executable).parent}:{os.environ['PATH']}"
    environment = {"PATH": path, "REDIS_URL": valkey_url, "TICKCAST_PORT": str(port), "HOME": str(tmp_path)}
    bash = shutil.which("bash")
    assert bash
    async with running_publisher(valkey_url, symbols=12, rate=100, seed=1):
        with redis.Redis.from_url(valkey_url) as client:
            # The first snapshot has what there is.
            await eventually(lambda: client.hlen(MAIN.last(0)) == 12)
        said = tmp_path / "said"
        with said.open("wb") as errors:
            ran = await asyncio.create_subprocess_exec(
                bash, "-eux", "-c", script, cwd=tmp_path, env=environment, stdout=asyncio.subprocess.PIPE,
                stderr=errors, start_new_session=True,
            )  # fmt: skip
        found = b""
        try:
            assert ran.stdout is not None
            async with asyncio.timeout(100):
                while b"data: " not in found:
                    chunk = await ran.stdout.read(4096)
                    assert chunk, said.read_text()
                    found += chunk
        except TimeoutError:
            pytest.fail(f"no snapshot within 100 s: {found!r}\n{said.read_text()}")
        finally:
            # The gateway that the script has started in the background is in its group.
            os.killpg(ran.pid, signal.SIGKILL)
            await ran.wait()
    symbols = re.findall(rb'"S":"([A-Z.]+)"', found)
    assert symbols
    assert {symbol for symbol in symbols if symbol != b"AAPL" and not symbol.startswith(b"B")} == set()
