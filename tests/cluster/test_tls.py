"""The profile `tls`: HTTP/2, with a certificate that `make certs` made."""

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from tests.cluster.cluster import Cluster
from tests.support.tools import need

pytestmark = [pytest.mark.docker, pytest.mark.timeout(300)]


@pytest.fixture
async def certificate(cluster: Cluster, tmp_path: Path) -> AsyncIterator[Path]:
    """The certificate of an nginx that serves TLS while the test lasts."""
    need("openssl")
    await cluster.run("sh", "deploy/certs/make.sh", str(tmp_path))
    cluster.environment["TICKCAST_CERTS"] = str(tmp_path / "tls")
    await cluster.compose(
        *("--profile", "tls", "up", "--detach", "--no-build", "--no-deps", "--wait", "nginx-tls")
    )
    yield tmp_path / "tls/tickcast.crt"
    await cluster.compose("--profile", "tls", "rm", "--stop", "--force", "nginx-tls")
    del cluster.environment["TICKCAST_CERTS"]


async def test_a_stream_comes_over_http_2_with_a_certificate_that_names_this_machine(
    cluster: Cluster, certificate: Path
) -> None:
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
