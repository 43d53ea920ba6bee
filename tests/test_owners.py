"""Decisions of a gateway that one file owns, and no other file makes."""

import ast
import re
from pathlib import Path

import pytest

from tests.support.imports import importers, read_imports
from tests.support.source import assigners, parse, texts

ROOT = Path(__file__).parent.parent
GATEWAY = ROOT / "gateway"
EVENTS = GATEWAY / "protocol" / "events.py"
PROTOCOL = (ROOT / "docs" / "protocol.md").read_text("utf-8")
TWELVE = {
    *("hello", "snapshot", "tick", "ticks", "bar"),
    *("gap", "symbols", "retired", "state", "status", "heartbeat", "bye"),
}


@pytest.mark.parametrize("room", ["streams", "transport", "fanout", "cluster", "http"])
def test_only_the_lifecycle_changes_the_state_of_a_stream(room: str) -> None:
    changing = {
        f"{path.name} {function}"
        for path in (GATEWAY / room).glob("*.py")
        for function in assigners(path, "state")
        if path.name != "lifecycle.py"
    }
    # A stream has its first state before anybody owns it.
    assert changing == ({"subscriber.py Subscriber.__init__"} if room == "streams" else set())


def test_the_lifecycle_sets_every_state() -> None:
    lifecycle = GATEWAY / "streams" / "lifecycle.py"
    states = re.findall(r"^ {4}([A-Z]+) = ", (GATEWAY / "fanout" / "member.py").read_text("utf-8"), re.M)
    found = re.findall(r"\.state = State\.([A-Z]+)$", lifecycle.read_text("utf-8"), re.M)
    assert sorted(found) == sorted(states)


def test_only_one_file_writes_events() -> None:
    imports = read_imports(ROOT / "src", ["tickcast.gateway"])
    sse = "tickcast.gateway.protocol.sse"
    assert importers(imports, f"{sse}.event") == {"tickcast.gateway.protocol.events"}
    assert {name for name, names in imports.items() if sse in names} == set()
    writers = {path.name for path in GATEWAY.rglob("*.py") if any(b"event: " in text for text in texts(path))}
    assert writers == {"events.py", "sse.py"}


def test_that_file_writes_the_twelve_events_of_the_protocol() -> None:
    said = {name.decode() for text in texts(EVENTS) for name in re.findall(rb"event: ([a-z]+)\n", text)}
    called = {
        node.args[0].value
        for node in ast.walk(parse(EVENTS))
        if isinstance(node, ast.Call)
        and isinstance(node.func, ast.Name)
        and node.func.id == "event"
        and isinstance(node.args[0], ast.Constant)
    }
    assert said | called == TWELVE
    assert all(f"`{name}`" in PROTOCOL for name in TWELVE)


def test_the_checks_find_what_is_wrong_in_a_made_up_file(tmp_path: Path) -> None:
    path = tmp_path / "made.py"
    path.write_text(
        '"""event: said in a docstring"""\n'
        "class Made:\n"
        "    def plain(self, other): other.state = 1\n"
        "    def pair(self, other): other.number, other.state = 1, 2\n"
        "    def added(self, other): other.state += 1\n"
        "    def hidden(self, other): setattr(other, 'state', 1)\n"
        "    def slotted(self, other): object.__setattr__(other, 'state', 1)\n"
        "    def gone(self, other): del other.state\n"
        "    def reads(self, other): return other.state == getattr(other, 'state')\n"
        "    def writes(self, name): return f'event: {name}', b'event: tick'\n",
        "utf-8",
    )
    ways = ("plain", "pair", "added", "hidden", "slotted", "gone")
    assert assigners(path, "state") == {f"Made.{way}" for way in ways}
    assert {b"event: ", b"event: tick"} <= texts(path)
    assert not any(b"docstring" in text for text in texts(path))
