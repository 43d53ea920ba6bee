"""Commands that ask over TLS: the CA that --cacert names proves the server, or nothing with --insecure."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.cli.program import tickcast
from tests.cli.sse_server import SseServer, serving
from tests.support.certificates import Authority, make_certificate

HELLO = (
    b'event: hello\ndata: {"stream":"s","gateway":"g","resumed":"new","heartbeat":5000,"interval":0}\n\n'
    b'event: snapshot\ndata: [{"S":"A","q":1,"t":1,"p":1.5}]\nid: c1\n\n'
)
COMMANDS = {
    "tail": ("tail", "--json", "--count", "1", "--url"),
    "verify": ("verify", "--clients", "2", "--seconds", "1", "--url"),
    "conform": ("conform", "--only", "hello-first", "--symbols", "A"),
}


@pytest.fixture(scope="module")
def certificates(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("certificates")
    make_certificate(folder)
    return folder / "tls"


@pytest.fixture(scope="module")
def server(certificates: Path) -> Iterator[SseServer]:
    """A server with a certificate as `make certs` makes it, which no authority has signed."""
    with serving(
        HELLO, certificate=(certificates / "tickcast.crt", certificates / "tickcast.key")
    ) as running:
        yield running


@pytest.mark.parametrize("command", COMMANDS)
def test_a_certificate_is_taken_with_its_ca_or_without_proof_alone(
    command: str, server: SseServer, certificates: Path
) -> None:
    before = len(server.requests)
    refused = tickcast(*COMMANDS[command], server.url)
    assert (refused.returncode, refused.stdout, refused.stderr.count("\n")) == (2, "", 1)
    assert "the certificate of 127.0.0.1 is not trusted: self-signed certificate; --cacert FILE names" in (
        refused.stderr
    )
    assert len(server.requests) == before
    proved = tickcast(*COMMANDS[command], server.url, "--cacert", str(certificates / "tickcast.crt"))
    assert "not trusted" not in proved.stderr
    taken = len(server.requests)
    assert taken > before
    unproved = tickcast(*COMMANDS[command], server.url, "--insecure")
    assert unproved.stderr.count(f"--insecure: nothing proves who answers at {server.url}\n") == 1
    assert (unproved.returncode, len(server.requests) > taken) == (proved.returncode, True)
    if command == "tail":
        assert (proved.returncode, proved.stdout) == (0, '{"S":"A","q":1,"t":1,"p":1.5}\n')


@pytest.mark.parametrize("command", COMMANDS)
def test_no_token_is_shown_to_whom_nothing_proves(command: str, server: SseServer, tmp_path: Path) -> None:
    (tmp_path / "token").write_text("secret-token\n")
    before = len(server.requests)
    file = str(tmp_path / "token")
    done = tickcast(*COMMANDS[command], server.url, "--insecure", "--token-file", file)
    assert (done.returncode, done.stdout, len(server.requests)) == (2, "", before)
    assert done.stderr.startswith("tickcast: --token-file: with --insecure nothing proves who gets the token")


def test_a_token_of_the_environment_is_not_shown_without_proof(server: SseServer, tmp_path: Path) -> None:
    (tmp_path / "token").write_text("secret-token\n")
    before = len(server.requests)
    tickcast(*COMMANDS["conform"], server.url, "--insecure", TICKCAST_TOKEN_FILE=str(tmp_path / "token"))
    asked = server.requests[before:]
    assert asked
    assert [request.headers.get("authorization") for request in asked] == [None] * len(asked)


@pytest.mark.parametrize("command", ["tail", "verify"])
def test_a_host_that_is_not_ascii_is_one_line(command: str) -> None:
    done = tickcast(*COMMANDS[command], "http://b\u00f6rse.example")
    assert (done.returncode, done.stdout, done.stderr.count("\n")) == (2, "", 1)
    assert "write it as xn--" in done.stderr


@pytest.mark.parametrize("command", COMMANDS)
@pytest.mark.parametrize("what", ["missing.pem", "empty.pem", ".", "both"])
def test_a_file_that_will_not_do_is_one_line(command: str, what: str, tmp_path: Path) -> None:
    (tmp_path / "empty.pem").write_text("no certificate\n")
    more = ("--insecure",) if what == "both" else ()
    done = tickcast(*COMMANDS[command], "https://127.0.0.1:1", "--cacert", str(tmp_path / what), *more)
    why = {
        "missing.pem": "the file cannot be read: No such file or directory",
        "empty.pem": "the file holds no certificate in PEM",
        ".": "the file cannot be read: Is a directory",
        "both": "leave one of the two out",
    }
    if (command, what) == ("conform", "both"):
        # It knows the file as a setting, too, which is read first.
        why["both"] = why["missing.pem"]
    assert (done.returncode, done.stdout, done.stderr.count("\n")) == (2, "", 1)
    assert done.stderr.startswith("tickcast: --cacert")
    assert done.stderr.endswith(f"{why[what]}\n")


@pytest.mark.parametrize("flag", [("--insecure",), ("--cacert", "ca.pem")])
def test_an_address_without_tls_refuses_what_would_do_nothing(flag: tuple[str, ...]) -> None:
    done = tickcast("tail", *flag)
    assert (done.returncode, done.stderr) == (
        2,
        f"tickcast: {flag[0]}: http://127.0.0.1:8080 has no TLS; write the address with https://\n",
    )


def test_a_certificate_for_another_name_says_so(tmp_path: Path) -> None:
    authority = Authority(tmp_path)
    with serving(HELLO, certificate=authority.sign("server", "DNS:prices.example")) as server:
        done = tickcast(*COMMANDS["tail"], server.url, "--cacert", str(authority.certificate))
    assert (done.returncode, done.stdout) == (2, "")
    assert "the certificate is not for 127.0.0.1; use a name that it has" in done.stderr
