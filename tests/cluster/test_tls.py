"""The profile `tls`: HTTP/2, with a certificate that `make certs` made."""

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from tests.cluster.cluster import ROOT, Cluster
from tests.support.snippets import block
from tests.support.tools import need

CERTS, UP, CURL = block("docs/deploy.md", "TLS").splitlines()

pytestmark = [pytest.mark.docker, pytest.mark.timeout(300)]


@pytest.fixture
async def certificate(cluster: Cluster, tmp_path: Path) -> AsyncIterator[Path]:
    """The certificate of an nginx that serves TLS while the test lasts."""
    need("openssl")
    # In a folder of its own.
    assert "\tsh deploy/certs/make.sh" in (ROOT / "Makefile").read_text("utf-8").replace("@", "")
    assert CERTS.startswith("make certs ")
    await cluster.run("sh", "deploy/certs/make.sh", str(tmp_path))
    cluster.environment["TICKCAST_CERTS"] = str(tmp_path / "tls")
    await cluster.shell(UP)
    yield tmp_path / "tls/tickcast.crt"
    await cluster.compose("--profile", "tls", "rm", "--stop", "--force", "nginx-tls")
    del cluster.environment["TICKCAST_CERTS"]


async def test_a_stream_comes_over_http_2_with_a_certificate_that_names_this_machine(
    cluster: Cluster, certificate: Path
) -> None:
    shown = await cluster.shell(f"{CURL} --noproxy '*' --max-time 100 2>&1 | grep -m 1 '^event: snapshot'")
    assert shown == "event: snapshot\n"
    url = cluster.tls_url + "/v1/stream?symbols=AAPL"
    curl = await asyncio.create_subprocess_exec(
        *(need("curl"), "--silent", "--no-buffer", "--http2", "--noproxy", "*", "--max-time", "100"),
        *("--cacert", str(certificate), "--dump-header", "-", url),
        stdout=asyncio.subprocess.PIPE,
    )
    assert curl.stdout is not None
    try:
        async with asyncio.timeout(100):
            assert (await curl.stdout.readline()).startswith(b"HTTP/2 200")
            while await curl.stdout.readline() != b"event: tick\n":
                assert curl.returncode is None
    finally:
        curl.kill()
        await curl.wait()
