"""docs/inbox.md, HTTP: its command does what it says, and its numbers are those of the code."""

import asyncio
import json

import pytest

from tests.publisher.http.conftest import Door
from tests.support.docs import section
from tests.support.snippets import block
from tests.support.tools import need
from tickcast.publisher.http.app import AT_ONCE, BODY_SECONDS, MAX_KEY
from tickcast.publisher.http.inboxes import LIFE, MAX_REQUESTS
from tickcast.publisher.http.server import MAX_CONNECTIONS
from tickcast.wire import bounds

TEXT = section("inbox.md", "## HTTP")


async def test_the_command_hands_in_and_prints_the_answer(door: Door) -> None:
    need("curl")
    command, shown = block("docs/inbox.md", "HTTP", 0), block("docs/inbox.md", "HTTP", 1)
    secret = door.secret_file.rename(door.secret_file.with_name("hand_in_secret"))
    door.secret_file.symlink_to(secret)
    process = await asyncio.create_subprocess_exec(
        *("sh", "-euc", command.replace("curl", "curl -s --noproxy '*'").replace("8090", str(door.port))),
        cwd=secret.parent,
        stdout=asyncio.subprocess.PIPE,
    )
    answer, _ = await process.communicate()
    assert process.returncode == 0
    assert json.loads(answer) == json.loads(shown)


@pytest.mark.parametrize(
    "said",
    [
        f"at most {bounds.MAX_ENTRY_LINES:,} ticks and {bounds.MAX_ENTRY_BYTES // 1024} KiB",
        f"1 to {MAX_KEY} characters",
        f"repeated for {LIFE // 60} minutes",
        f"{MAX_REQUESTS:,} keys",
        f"has {AT_ONCE} of them under way at once, and up to {MAX_CONNECTIONS} connections",
        f"within {BODY_SECONDS:g} s",
        f"the {bounds.MAX_SYMBOLS:,} of a feed",
    ],
)
def test_a_number_of_the_section_is_that_of_the_code(said: str) -> None:
    assert said in " ".join(TEXT.split())
