"""Proxies that the environment names: used, left out, or named in one line."""

import subprocess

import pytest

from tests.cli.program import COMMAND, clean_environment, tickcast
from tests.cli.sse_server import serving
from tests.support.ports import free_port
from tickcast.cli.proxy import http_client
from tickcast.client.proxy import proxy_for, shown, through
from tickcast.runtime.errors import UserError

NAMES = ("HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY", "NO_PROXY")
PROXY = "http://user:secret@proxy:3128"
TICK = b'retry: 20\n\nid: c\nevent: tick\ndata: {"S":"A","q":1,"t":1,"p":1.5}\n\n'


@pytest.fixture(autouse=True)
def unset(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in NAMES:
        monkeypatch.delenv(name, raising=False)
        monkeypatch.delenv(name.lower(), raising=False)


@pytest.mark.parametrize(
    ("url", "exempt", "used"),
    [
        ("http://prices.example", "", True),
        ("http://prices.example:8080", "other.example", True),
        ("http://prices.example", "prices.example", False),
        ("http://prices.example:8080", "prices.example:8080", False),
        ("http://a.prices.example", ".prices.example", False),
        ("http://prices.example", "*", False),
        ("http://10.1.2.3:8080", "10.0.0.0/8, example", False),
        ("http://11.1.2.3", "10.0.0.0/8", True),
        ("http://[fd00::1]:8080", "fd00::/8", False),
        ("http://localhost:8080", "", False),
        ("http://a.localhost", "", False),
        ("http://127.0.0.1:8080", "", False),
        ("http://127.8.8.8", "", False),
        ("http://[::1]:8080", "", False),
        ("https://prices.example", "", False),
    ],
)
def test_a_server_is_asked_through_the_proxy_unless_it_is_here_or_exempt(
    monkeypatch: pytest.MonkeyPatch, url: str, exempt: str, used: bool
) -> None:
    monkeypatch.setenv("HTTP_PROXY", PROXY)
    monkeypatch.setenv("NO_PROXY", exempt)
    assert proxy_for(url) == (PROXY if used else None)
    assert ("proxy:3128" in through(url)) == used
    assert "secret" not in through(url)


def test_a_proxy_may_be_for_all_and_needs_no_scheme(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ALL_PROXY", "proxy:3128")
    assert proxy_for("https://prices.example") == "http://proxy:3128"
    monkeypatch.setenv("HTTPS_PROXY", "http://other")
    assert proxy_for("https://prices.example") == "http://other"


@pytest.mark.parametrize(
    "proxy", ["ftp://user:secret@proxy", "socks5://user:secret@proxy", "http://[::secret"]
)
def test_a_proxy_that_cannot_be_used_is_one_line_without_its_password(
    monkeypatch: pytest.MonkeyPatch, proxy: str
) -> None:
    monkeypatch.setenv("HTTP_PROXY", proxy)
    with pytest.raises(UserError) as refused:
        http_client("http://prices.example", 1.0)
    assert "proxy" in str(refused.value)
    assert "secret" not in str(refused.value)


def test_the_login_of_a_proxy_is_not_shown() -> None:
    assert shown(PROXY) == "http://proxy:3128"


@pytest.mark.parametrize("proxy", ["http://127.0.0.1:1", "socks5://127.0.0.1:1", "nonsense://x"])
def test_tail_and_verify_ask_this_machine_directly(proxy: str) -> None:
    proxies = dict.fromkeys(NAMES[:3], proxy)
    with serving(TICK) as server:
        done = tickcast("tail", "--url", server.url, "--json", "--count", "1", **proxies)
        assert (done.returncode, done.stdout.count("\n")) == (0, 1), done.stderr
        done = tickcast("verify", "--url", server.url, "--clients", "1", "--seconds", "1", **proxies)
        assert "ticks seen" in done.stdout


def test_tail_names_the_proxy_that_refuses_it() -> None:
    with serving(TICK, status=403) as proxy:
        done = tickcast("tail", "--url", "http://prices.example", HTTP_PROXY=proxy.url)
    assert done.returncode == 1
    (line,) = done.stderr.splitlines()
    assert f"through the proxy {proxy.url}" in line


def test_tail_names_the_proxy_that_does_not_answer() -> None:
    proxy = f"http://127.0.0.1:{free_port()}"
    tail = subprocess.Popen(
        [*COMMAND, "tail", "--url", "http://prices.example"],
        env=clean_environment(HTTP_PROXY=proxy),
        stderr=subprocess.PIPE,
        stdout=subprocess.DEVNULL,
        text=True,
    )
    try:
        assert tail.stderr is not None
        assert f"through the proxy {proxy}" in tail.stderr.readline()
    finally:
        tail.kill()
        tail.communicate()


def test_a_proxy_that_is_none_is_one_line() -> None:
    done = tickcast("tail", "--url", "http://prices.example", HTTP_PROXY="socks5://127.0.0.1:1")
    assert done.returncode == 2
    (line,) = done.stderr.splitlines()
    assert "SOCKS" in line


def test_verify_names_the_proxy_that_it_goes_past() -> None:
    proxy = "http://127.0.0.1:1"
    done = tickcast(
        *("verify", "--url", "http://prices.invalid", "--clients", "1", "--seconds", "1"), HTTP_PROXY=proxy
    )
    assert done.returncode == 2
    assert f"not through the proxy {proxy}" in done.stderr
