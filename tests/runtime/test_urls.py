"""No message shows a password, also one that was written into a URL without escaping it."""

import pytest
from typer.testing import CliRunner

from tickcast.cli.main import app
from tickcast.client.address import server_address
from tickcast.runtime.urls import holds_password, shown_url

SIGNS = ["", "/", "#", "?", "@", ":", "[", "%", "//", "\\", "\n"]


@pytest.mark.parametrize("sign", SIGNS)
@pytest.mark.parametrize(
    ("rest", "shown"),
    [
        ("host:6379/0", "redis://host:6379/0"),
        ("one,two:6379/NAME/0", "redis://one,two:6379/NAME/0"),
        ("host?password=top-secret", "redis://host"),
    ],
)
def test_a_url_is_shown_without_what_may_be_a_login(sign: str, rest: str, shown: str) -> None:
    assert shown_url(f"redis://user:top{sign}secret@{rest}") == shown


@pytest.mark.parametrize(
    "url", ["http://127.0.0.1:8080", "http://[::1]:1/path", "host:80", "unix:///run/r.sock", ""]
)
def test_a_url_without_a_login_stays_as_it_is(url: str) -> None:
    assert shown_url(url) == url


@pytest.mark.parametrize("sign", SIGNS)
def test_a_url_with_a_password_is_known_as_one(sign: str) -> None:
    for url in (
        "redis://user:top{}secret@host",
        "sentinel://:top{}@one,two/m",
        "nats://one,nats://me:s{}@two",
    ):
        assert holds_password(url.format(sign)), url
    for url in ("redis://host?db=1&password=x", "nats://token@host", "http://me:x@[::1]:1"):
        assert holds_password(url), url


@pytest.mark.parametrize(
    "url",
    [
        *(
            "redis://host:6379/0",
            "redis://user@host:6379/0",
            "sentinel://user@one:1,two:2/m",
            "nats://one:4222",
        ),
        *(
            "http://[::1]:1/path",
            "AAPL,B*",
            "/run/secrets/a:b@c",
            "10.0.0.0/8,fd00::/8",
            "",
            "me@example.com",
        ),
        *("cluster://user@one:1,two:2", "https://id.example/keys", "https://desk.example:8443"),
    ],
)
def test_a_url_without_a_password_is_known_as_one(url: str) -> None:
    assert not holds_password(url)


@pytest.mark.parametrize("sign", SIGNS)
def test_an_address_that_will_not_do_is_named_without_its_password(sign: str) -> None:
    for url in (f"http://me:top{sign}secret@:0", f"ftp://me:top{sign}secret@host"):
        with pytest.raises(ValueError, match="is no address; write it like") as caught:
            server_address(url)
        assert "top" not in str(caught.value)
        assert "secret" not in str(caught.value)


@pytest.mark.parametrize("sign", ["", "/", "#", "?"])
@pytest.mark.parametrize(
    "words",
    [
        ("tail", "--url", "URL", "--count", "1"),
        ("verify", "--url", "URL", "--clients", "1", "--seconds", "1"),
        ("feeds", "--redis-url", "REDIS"),
        ("symbols", "list", "--redis-url", "REDIS"),
        ("gateway", "--redis-url", "REDIS/no/database"),
        ("publisher", "--redis-url", "REDIS/no/database"),
        ("up", "--redis-url", "REDIS"),
        *(("feeds",), ("symbols", "list"), ("gateway",), ("publisher",), ("up",)),
    ],
    ids=" ".join,
)
def test_no_command_prints_a_password(sign: str, words: tuple[str, ...]) -> None:
    # Nobody listens on port 1; `tail` would try for ever, so its address is one that can never do.
    urls = {
        "URL": f"ftp://me:top{sign}secret@127.0.0.1:1",
        "REDIS": f"redis://me:top{sign}secret@127.0.0.1:1",
    }
    given = [
        next((each.replace(name, url) for name, url in urls.items() if name in each), each) for each in words
    ]
    environment = {"TICKCAST_REDIS_URL": f"{urls['REDIS']}/no/database"}
    ran = CliRunner().invoke(app, given, env=environment)
    said = ran.output + repr(ran.exception) + str(ran.exc_info)
    assert ran.exit_code != 0
    assert "secret" not in said
    assert "top" not in said.replace("stop", "")
