"""How each proxy is run with lines of docs/proxies.md: on free ports, in a folder of its own."""

import os
import re
import signal
import subprocess
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import NamedTuple

import httptools

from tests.proxies import frames
from tests.support.event_stream import answer_of
from tests.support.eventually import eventually
from tests.support.ports import free_port
from tests.support.snippets import blocks

PAGE = Path(__file__).parents[2] / "docs" / "proxies.md"

LINES = blocks(
    "docs/proxies.md", "nginx", "haproxy", "apache", "vcl", "squid", "lighttpd", "caddyfile", "js"
)  # fmt: skip
"""The lines for every kind of proxy."""

GATEWAYS = ("8001", "8002")
"""The ports of the gateways in the page."""

Command = Callable[[Path, str], list[str]]


class Kind(NamedTuple):
    """A kind of proxy."""

    program: str
    package: str
    """What brings the program: of Debian, or of npm."""
    command: Command
    """Writes the files of a folder for these lines, and returns the command that runs the proxy."""
    ci: bool = False
    """Run in CI, not by `make proxies` alone."""
    cleartext_http2: bool = False
    """It speaks HTTP/2 without TLS, behind a program that ends TLS."""


KINDS = {
    "nginx": Kind("nginx", "nginx", frames.nginx, ci=True),
    "HAProxy": Kind("haproxy", "haproxy", frames.haproxy, ci=True),
    "Apache httpd": Kind("apache2", "apache2", frames.apache, ci=True),
    "Varnish": Kind("varnishd", "varnish", frames.varnish, cleartext_http2=True),
    "Squid": Kind("squid", "squid", frames.squid),
    "lighttpd": Kind("lighttpd", "lighttpd", frames.lighttpd, cleartext_http2=True),
    "Caddy": Kind("caddy", "caddy", frames.caddy),
    "Node's http-proxy": Kind("", "http-proxy", frames.node_proxy, cleartext_http2=True),
    "Vite": Kind("", "vite", frames.vite, cleartext_http2=True),
    "webpack's development server": Kind("", "webpack-dev-server", frames.webpack, cleartext_http2=True),
}


class Proxy:
    """A running proxy."""

    def __init__(self, name: str, port: int, secure: int) -> None:
        self.name = name
        self.port = port
        self.url = f"http://127.0.0.1:{port}"
        self.secure = f"https://127.0.0.1:{secure}"
        """Where it speaks TLS, if its lines say so."""
        self.cleartext_http2 = KINDS[name.rpartition(" ")[0]].cleartext_http2


def section_of(kind: str) -> str:
    """Return what the page says of a kind."""
    section = PAGE.read_text("utf-8").partition(f"\n### {kind}\n")[2]
    return re.split(r"^##+ ", section, maxsplit=1, flags=re.MULTILINE)[0]


def lines(kind: str, which: str) -> str:
    """Return the block of a kind that is marked `which` in the page."""
    found = [each.code for each in LINES if (each.heading, each.marks) == (kind, which)]
    assert len(found) == 1, f"docs/proxies.md has {len(found)} blocks {which!r} of {kind}"
    return found[0]


@contextmanager
def running_proxy(kind: str, which: str, gateways: list[int]) -> Iterator[Proxy]:
    """Run a proxy with the lines of the page, in front of these ports."""
    with TemporaryDirectory(prefix="tickcast-proxy-", ignore_cleanup_errors=True) as name:
        folder = Path(name)
        # Proxies that are started by root give their rights up.
        folder.chmod(0o777)
        proxy = Proxy(f"{kind} {which}", free_port(), free_port())
        ports = {"8080": proxy.port, "8443": int(proxy.secure.rpartition(":")[2]), "8090": free_port()}
        ports |= dict(zip(GATEWAYS, gateways, strict=True))
        text = re.sub(r"\b(8001|8002|8080|8443|8090)\b", lambda m: str(ports[m[1]]), lines(kind, which))
        text = text.replace("/etc/tickcast", name)
        command = KINDS[kind].command(folder, text)
        with (folder / "log").open("wb") as log:
            process = subprocess.Popen(
                command, stdin=subprocess.DEVNULL, stdout=log, stderr=log, cwd=folder, start_new_session=True,
                env={**os.environ, "HOME": name, "TMPDIR": name},
            )  # fmt: skip
        try:
            yield proxy
        except BaseException as error:
            error.add_note(f"--- {proxy.name} printed:\n{_printed(folder)}")
            raise
        finally:
            _end(process)


def _printed(folder: Path) -> str:
    """Return what a proxy printed and logged."""
    return "".join(path.read_text("utf-8", "replace")[-3000:] for path in folder.glob("*log"))


def _end(process: subprocess.Popen[bytes]) -> None:
    process.terminate()
    with suppress(subprocess.TimeoutExpired):
        process.wait(3)
    # Its group is the session that was begun for it: no other process is in it.
    with suppress(ProcessLookupError):
        os.killpg(process.pid, signal.SIGKILL)
    process.wait()


async def listens(proxy: Proxy) -> None:
    """Wait until a proxy answers; a few open their port before they are ready, or only to give up."""

    async def answers() -> bool:
        try:
            return bool((await answer_of(proxy.url, "/healthz")).status)
        except (OSError, httptools.HttpParserError):
            return False

    await eventually(answers)
