"""Every program speaks TLS to Redis, by the same settings, and ends with one line if it may not."""

import asyncio
import os
import sys
from pathlib import Path
from typing import Any

import httpx2
import pytest

import tickcast
from tests.cli.program import clean_environment
from tests.cli.program import tickcast as command
from tests.support.certificates import Authority
from tests.support.eventually import eventually
from tests.support.ports import free_port
from tests.support.programs import running, running_gateway, running_publisher
from tests.support.snippets import block
from tests.support.tls_redis import TlsNode, tls_sentinel


def variables_of(settings: dict[str, Any]) -> dict[str, str]:
    return {f"TICKCAST_{name.upper()}": str(value) for name, value in settings.items()}


@pytest.mark.parametrize("kind", ["one server", "sentinels"])
async def test_all_programs_reach_a_redis_that_has_tls_alone(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, kind: str
) -> None:
    authority = Authority(tmp_path)
    certificate, key = authority.sign("program")
    files = {"redis_ca_file": authority.certificate, "redis_cert_file": certificate, "redis_key_file": key}
    with tls_sentinel(authority) as (master, sentinel):
        url = f"rediss://localhost:{master.port}/0"
        if kind == "sentinels":
            url = f"sentinels://localhost:{sentinel.port}/tickcast"
        async with (
            running_publisher(url, source="inbox", **files),
            running_gateway(url, **files, control_url=url) as gateway,
        ):
            for name, value in variables_of(files).items():
                monkeypatch.setenv(name, value)
            async with tickcast.Publisher(url) as producer:
                await producer.publish("AAPL", price=1)
                await producer.flush()
            variables = variables_of({**files, "redis_url": url})

            async def is_listed() -> bool:
                done = await asyncio.to_thread(command, "symbols", "list", **variables)
                return '"AAPL"' in done.stdout

            await eventually(is_listed)
            feeds = await asyncio.to_thread(command, "feeds", **variables)
            assert "main" in feeds.stdout, feeds.stderr
            assert await gateway.ready()


async def test_without_a_certificate_a_gateway_is_unready_and_its_log_names_the_setting(
    tmp_path: Path,
) -> None:
    authority, port = Authority(tmp_path), free_port()
    with TlsNode(authority) as node:
        url = f"rediss://localhost:{node.port}"
        async with (
            running("gateway", redis_url=url, redis_ca_file=authority.certificate, port=port) as gateway,
            httpx2.AsyncClient(trust_env=False) as http,
        ):
            await eventually(lambda: "TICKCAST_REDIS_CERT_FILE" in gateway.output())

            async def says_why() -> bool:
                try:
                    answer = await http.get(f"http://127.0.0.1:{port}/readyz")
                except httpx2.TransportError:
                    return False
                return answer.json()["reason"] == "Redis wants a certificate of this program"

            await eventually(says_why)


async def test_the_variables_of_the_docs_let_a_gateway_in(tmp_path: Path) -> None:
    authority, port = Authority(tmp_path), free_port()
    certificate, key = authority.sign("program")
    (tmp_path / "password").write_text("secret")
    user = "user gateway on >secret ~* &* +@all"
    with TlsNode(authority, user) as node:
        files = {
            "redis_ca_file": authority.certificate,
            "redis_cert_file": certificate,
            "redis_key_file": key,
        }
        text = block("docs/operating.md", "TLS to Redis").replace(
            "redis.example:6379", f"localhost:{node.port}"
        )
        for shown, file in {
            "ca.pem": authority.certificate,
            "gateway.pem": certificate,
            "gateway.key": key,
            "password": tmp_path / "password",
        }.items():
            text = text.replace(f"/etc/tickcast/{shown}", str(file))
        # The gateway takes the place of the shell, so that it is what is ended.
        text = text.replace("tickcast gateway", "exec tickcast gateway")
        path = f"{Path(sys.executable).parent}:{os.environ['PATH']}"
        async with running_publisher(f"rediss://localhost:{node.port}", source="inbox", **files):
            process = await asyncio.create_subprocess_exec(
                *("sh", "-c", f"export TICKCAST_PORT={port}\n{text}"),
                env=clean_environment(PATH=path),
            )
            try:
                async with httpx2.AsyncClient(trust_env=False) as http:

                    async def is_ready() -> bool:
                        try:
                            return (await http.get(f"http://127.0.0.1:{port}/readyz")).is_success
                        except httpx2.TransportError:
                            return False

                    await eventually(is_ready)
            finally:
                process.terminate()
                await process.wait()


@pytest.mark.parametrize("program", ["publisher", "up"])
def test_without_a_certificate_a_program_ends_with_one_line_that_names_the_setting(
    tmp_path: Path, program: str
) -> None:
    authority = Authority(tmp_path)
    with TlsNode(authority) as node:
        settings = {"redis_url": f"rediss://localhost:{node.port}", "redis_ca_file": authority.certificate}
        done = command(program, **variables_of(settings))
    line = done.stderr.strip().splitlines()[-1]
    assert done.returncode in (1, 2)
    assert "TICKCAST_REDIS_CERT_FILE" in line
    assert "Traceback" not in done.stderr
