"""docs/operating.md, Rights in Redis: a real server takes the commands, and they give what the page says."""

import re

import pytest
import redis

from tests.deploy.guarded import MAKE, Guarded
from tests.support.snippets import block

MORE = block("docs/operating.md", "Rights in Redis", 0)
CONTROL = block("docs/operating.md", "Rights in Redis", 1)
OPERATOR = block("docs/operating.md", "Rights in Redis", 2)


def commands(text: str) -> list[str]:
    """Return the commands, each in one line."""
    return re.sub(r"\n +", " ", text).replace(">PASSWORD", ">secret").splitlines()


def acl(server: "redis.Redis[bytes]", *words: str) -> object:
    return server.execute_command("ACL", *words)


@pytest.mark.parametrize("text", [MORE, CONTROL, OPERATOR], ids=["more", "control", "operator"])
def test_a_server_takes_the_commands(guarded: Guarded, text: str) -> None:
    with guarded.overseer() as server:
        for command in commands(text):
            assert server.execute_command(*command.split()) in (b"OK", True)


def test_a_gateway_with_them_alone_may_write_what_is_used_and_nothing_else(guarded: Guarded) -> None:
    with guarded.overseer() as server:
        for command in commands(CONTROL):
            server.execute_command(*command.split())
        allowed = [("HSET", "{tickcast:main:0}:gateways", "f", "v"), ("TIME",), ("INFO", "server")]
        denied = [("HSET", "{tickcast:main:0}:last", "f", "v"), ("GET", "{tickcast:main:0}:lease")]
        tried = [acl(server, "DRYRUN", "gateway", *each) for each in (*allowed, *denied)]
    assert [each in (b"OK", True) for each in tried] == [True] * len(allowed) + [False] * len(denied)


def test_the_rights_of_an_operator_are_those_of_the_list_of_users() -> None:
    made = re.search(r"^user operator .*$", MAKE.read_text("utf-8"), re.MULTILINE)
    assert made is not None
    (shown,) = commands(OPERATOR)
    assert shown.partition(">secret")[2] == re.split(r"#\S+ \w+\)|#\S+\)", made[0])[-1]
