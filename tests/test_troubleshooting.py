"""docs/troubleshooting.md has every warning and error of the programs, and every reason that Redis gives."""

import ast
import re
from pathlib import Path

from tests.support.docs import ROOT, rows, section
from tickcast.runtime.redis.errors import Failure

PAGE = (ROOT / "docs" / "troubleshooting.md").read_text("utf-8")
LOGGERS = {"log", "logger", "structlog.get_logger", "logging.getLogger"}
LEVELS = {"warning", "error", "exception", "critical"}

NAMED_ELSEWHERE = {
    "gateway/cluster/written.py: message": "passed on from where it is written",
    "gateway/feed/feed.py: misfit": "the feed has N partitions, this gateway is set to M",
    "gateway/feed/feed.py: error.reason + ', trying again'": "a reason of Redis",
    "publisher/broker.py: f'{error.reason}; trying again'": "a reason of Redis",
    "gateway/http/authorizers.py: what": "the app's authorize refused with the status …",
    "gateway/transport/acceptor.py: why": "too many connections without a stream: clients wait",
    "publisher/mending.py: what": "removed values of another program",
}
"""Sentences that are put together in the code: where, and what the page has of them."""


def said() -> dict[str, str]:
    """Return every sentence that is logged as a warning or above, with its file."""
    found: dict[str, str] = {}
    for room in ("access", "client", "gateway", "publisher", "runtime"):
        for path in sorted((ROOT / room).rglob("*.py")):
            for call in ast.walk(ast.parse(path.read_text("utf-8"))):
                if (
                    isinstance(call, ast.Call)
                    and isinstance(call.func, ast.Attribute)
                    and call.func.attr in LEVELS
                    and ast.unparse(call.func.value).split("(")[0].lstrip("_") in LOGGERS
                ) or (isinstance(call, ast.Call) and ast.unparse(call.func) == "self._log.warning"):
                    for sentence in sentences(call.args[0], path):
                        found[sentence] = path.relative_to(ROOT).as_posix()
    return found


def sentences(what: ast.expr, path: Path) -> list[str]:
    """Return what an argument of a logger may be; one that is put together has its file in front."""
    match what:
        case ast.Constant(value=str(text)):
            return [re.sub(r"[:,]? %.*", "", text)]
        case ast.IfExp(body=one, orelse=other):
            return sentences(one, path) + sentences(other, path)
    return [f"{path.relative_to(ROOT).as_posix()}: {ast.unparse(what)}"]


def test_every_warning_and_error_is_on_the_page() -> None:
    found = said()
    assert len(found) > 60
    built = {sentence for sentence in found if sentence.startswith(f"{found[sentence]}: ")}
    assert built == {*NAMED_ELSEWHERE}
    assert [sentence for sentence in found if sentence not in built and f"`{sentence}`" not in PAGE] == []
    assert [text for text in NAMED_ELSEWHERE.values() if f"`{text}`" not in PAGE and "passed" not in text
            and text != "a reason of Redis"] == []  # fmt: skip


def test_every_reason_of_redis_is_on_the_page_with_what_to_do() -> None:
    listed = rows(section("troubleshooting.md", "## Redis").replace("\\|", "¦"), "sentence")
    assert {row["sentence"].strip("`"): row["what to do"].replace("¦", "|") for row in listed} == {
        each.reason: each.hint for each in Failure
    }


def test_every_sentence_of_the_page_is_in_the_code() -> None:
    code = "".join(
        path.read_text("utf-8")
        for room in ("access", "client", "gateway", "publisher", "runtime")
        for path in (ROOT / room).rglob("*.py")
    )
    code = re.sub(r'"\s*\n\s*f?"', "", code)
    tables = PAGE.partition("## The publisher")[2].partition("## Commands")[0]
    first = "\n".join(line.split("|")[1] for line in tables.splitlines() if line.startswith("| `"))
    quoted = [each.partition(" N ")[0].rstrip(" …") for each in re.findall(r"`([^`]+)`", first)]
    assert len(quoted) > 60
    assert [each for each in quoted if each not in code] == []
