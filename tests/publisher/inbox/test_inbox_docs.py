"""docs/inbox.md: its commands do what it says, and its numbers are those of the code."""

import re
import subprocess
from pathlib import Path

import pytest
import redis

from tests.support.snippets import block
from tests.support.tools import need
from tickcast.publisher.inbox.intake import KEPT_LINE
from tickcast.publisher.stats import NAMED
from tickcast.wire import bounds
from tickcast.wire.fields import MAX_WHOLE
from tickcast.wire.names import MAIN as names
from tickcast.wire.notice import STATES

ROOT = Path(__file__).parents[3]
TEXT = (ROOT / "docs/inbox.md").read_text("utf-8")


def test_the_commands_hand_in(valkey_url: str) -> None:
    redis_cli = need("redis-cli")
    commands = [
        block("docs/inbox.md", "Hand in with a bound", 0),
        block("docs/inbox.md", "Hand in with a bound", 1),
    ]
    port = valkey_url.rpartition(":")[2]
    answers = []
    for command in commands:
        line = command.replace("redis-cli", f"{redis_cli} -p {port}")
        ran = subprocess.run(["sh", "-euc", line], cwd=ROOT, check=True, capture_output=True, text=True)
        answers.append(ran.stdout.split())
    assert answers[0][0] == "ok"
    with redis.Redis.from_url(valkey_url) as client:
        entries = client.xrange(names.inbox(0))
    assert [entry_id.decode() for entry_id, _ in entries] == [answers[0][1], answers[1][0]]
    assert {fields[b"d"] for _, fields in entries} == {b'{"S":"AAPL","p":189.34}'}


@pytest.mark.parametrize(
    "said",
    [
        f"{bounds.MAX_ENTRY_LINES:,} lines and {bounds.MAX_ENTRY_BYTES // 1024} KiB",
        f"1 to {bounds.MAX_PRODUCER_LENGTH} characters of UTF-8",
        f"0 to {MAX_WHOLE}",
        f"the newest {bounds.MAX_REJECTS:,}",
        f"The {bounds.MAX_PRODUCERS:,} producers",
        f"beyond the {bounds.MAX_SYMBOLS:,} of a feed",
        f"cut to {KEPT_LINE} characters",
        f"the first {NAMED} producers",
        f"A name has at most {bounds.MAX_TEXT['name']} characters",
        f"currency {bounds.MAX_TEXT['ccy']}, a session and a time zone {bounds.MAX_TEXT['tz']}",
        f"`{'`, `'.join(STATES[:-1])}` or `{STATES[-1]}`",
    ],
)
def test_a_number_of_the_page_is_that_of_the_code(said: str) -> None:
    assert said in " ".join(TEXT.split())


def test_hand_in_and_publish_have_the_bounds_of_the_contract() -> None:
    script = (ROOT / "wire/hand_in.lua").read_text("utf-8")
    assert f"lines > {bounds.MAX_ENTRY_LINES} or bytes > {bounds.MAX_ENTRY_BYTES}" in script
    assert f"characters > {bounds.MAX_PRODUCER_LENGTH} " in script
    assert f"tonumber(value) > {MAX_WHOLE}" in script
    publish = (ROOT / "wire/publish.lua").read_text("utf-8")
    assert f"redis.call('LTRIM', rejects, 0, {bounds.MAX_REJECTS - 1})" in publish


def test_the_rights_of_a_producer_are_those_of_the_list_of_users() -> None:
    shown = block("docs/inbox.md", "Rights")
    made = re.search(r"^user producer .*$", (ROOT / "deploy/secrets/make.sh").read_text("utf-8"), re.M)
    assert made is not None
    assert " ".join(shown.split()).partition("resetkeys")[2] == made[0].partition("resetkeys")[2]
