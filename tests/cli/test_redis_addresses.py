"""An address of Redis that will not do is one line, the same from every program."""

import pytest

from tests.cli.program import tickcast


@pytest.mark.parametrize("program", ["gateway", "publisher", "up"])
@pytest.mark.parametrize(
    ("end", "words"),
    [
        ("?protocol=3", "protocol"),
        ("?ssl_cert_reqs=none", "ssl_cert_reqs"),
        (",localhost:6380/0", "one host"),
        ("/many", "database"),
    ],
)
def test_it_names_what_is_wrong_and_shows_no_password(program: str, end: str, words: str) -> None:
    done = tickcast(program, TICKCAST_REDIS_URL=f"redis://user:secret@127.0.0.1:1{end}")
    assert done.returncode == 2
    (line,) = done.stderr.splitlines()
    assert words in line
    assert "secret" not in done.stdout + done.stderr


@pytest.mark.parametrize(
    ("arguments", "way_out"),
    [
        (("gateway", "--redis-url", "redis://user:secret@h"), "--redis-password-file"),
        (("gateway", "--redis-url", "redis://h/0?password=secret"), "--redis-password-file"),
        (("gateway", "--control-url", "redis://:secret@h"), "--control-password-file"),
        (("publisher", "--redis-url", "sentinel://user:secret@h,h2/m"), "--redis-password-file"),
        (("publisher", "--nats-url", "nats://h,nats://me:secret@h2"), "TICKCAST_NATS_URL"),
        (("publisher", "--nats-url", "nats://secret@h2"), "TICKCAST_NATS_URL"),
        (("up", "--redis-url", "redis://:secret@h"), "REDIS_URL"),
        (("feeds", "--redis-url", "redis://:secret@h"), "REDIS_URL"),
        (("producers", "--redis-url", "redis://:secret@h"), "REDIS_URL"),
        (("symbols", "--redis-url", "redis://:secret@h"), "REDIS_URL"),
        (("token", "revoke", "me", "--redis-url", "redis://:secret@h"), "REDIS_URL"),
    ],
)
def test_a_password_in_a_flag_is_refused_because_everybody_sees_flags(
    arguments: tuple[str, ...], way_out: str
) -> None:
    done = tickcast(*arguments)
    assert done.returncode == 2
    (line,) = done.stderr.splitlines()
    assert "list of processes" in line
    assert way_out in line
    assert "secret" not in done.stdout + done.stderr
