"""The programs of docs/inbox.md in several languages hand in what they say, to the right partitions."""

import os
import subprocess
from pathlib import Path

import pytest
import redis

from tests.support.snippets import block
from tests.support.tools import need
from tests.web.node import node
from tickcast.wire.inbox import decode_entry
from tickcast.wire.names import MAIN as names
from tickcast.wire.symbol import partition_of

ROOT = Path(__file__).parents[3]
PARTITIONS = 3


EXAMPLES = {
    "sh": block("docs/inbox.md", "In any language", 0),
    "js": block("docs/inbox.md", "In any language", 1),
    "go": block("docs/inbox.md", "In any language", 2),
}


def command_of(language: str, file: Path) -> list[str]:
    """Return the command that runs a program; the test is skipped where the language is missing."""
    if language == "sh":
        need("redis-cli")
        return ["sh", "-eu", str(file)]
    return [str(node()), str(file)] if language == "js" else [need("go"), "run", str(file)]


@pytest.mark.parametrize(
    ("language", "suffix", "by", "symbols"),
    [
        ("sh", "sh", "my-shell", ["AAPL"]),
        ("js", "mjs", "my-node", ["AAPL", "MSFT"]),
        ("go", "go", "my-go", ["AAPL", "MSFT"]),
    ],
)
def test_a_program_of_the_page_hands_in(
    language: str, suffix: str, by: str, symbols: list[str], valkey_url: str, tmp_path: Path
) -> None:
    port = valkey_url.rpartition(":")[2]
    code = EXAMPLES[language].replace("6379", port).replace("redis-cli", f"redis-cli -p {port}")
    file = tmp_path / f"hand_in.{suffix}"
    file.write_text(code, "utf-8")
    # The first run of Go compiles its standard library.
    command, environment = command_of(language, file), os.environ | {"GOFLAGS": "-mod=mod"}
    with redis.Redis.from_url(valkey_url) as client:
        client.hset(names.meta(0), mapping={"partitions": PARTITIONS, "case": "upper"})
        ran = subprocess.run(command, cwd=ROOT, env=environment, capture_output=True, text=True, timeout=110)
        assert ran.returncode == 0, ran.stderr
        found = {
            tick.symbol: partition
            for partition in range(PARTITIONS)
            for _, fields in client.xrange(names.inbox(partition))
            for entry in [decode_entry(fields, 1)]
            for tick, _ in entry.ticks
            if entry.by == by and entry.number and entry.counted
        }
    assert found == {each: partition_of(each.encode(), PARTITIONS) for each in symbols}
    assert len(symbols) == 1 or len(set(found.values())) == 2
