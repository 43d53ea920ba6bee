"""One part that does not stay up ends none of the others."""

import sys

import pytest

from tests.support.eventually import eventually
from tickcast.cli.up.child import Child
from tickcast.cli.up.supervisor import Supervisor
from tickcast.runtime.errors import UserError


def ignore(_name: str, _line: str) -> None:
    pass


def python(name: str, code: str) -> Child:
    return Child(name, [sys.executable, "-c", code], ignore)


@pytest.fixture
def hasty(monkeypatch: pytest.MonkeyPatch) -> None:
    """Wait for milliseconds where a user waits for seconds."""
    monkeypatch.setattr("tickcast.cli.up.restart_policy._FIRST_DELAY", 0.001)


async def test_a_part_that_does_not_stay_up_is_named_tried_again_and_the_rest_goes_on(hasty: None) -> None:
    said: list[str] = []
    supervisor = Supervisor(said.append)
    steady = python("steady", "import time; time.sleep(600)")
    weak = python("weak", "raise SystemExit('weak: out of luck')")
    dying = python("dying", "import os; os._exit(3)")
    supervisor.start(steady)
    await eventually(lambda: steady.pid is not None)
    first = steady.pid
    supervisor.start(dying)
    words = "dying does not stay up (exit code 3): it said nothing; the rest goes on, next start in"
    await eventually(lambda: len([line for line in said if line.startswith(words)]) >= 2)
    assert not supervisor.failed.done()
    assert steady.pid == first
    supervisor.start(weak)
    with pytest.raises(UserError, match="weak does not stay up"):
        await supervisor.failed
    await supervisor.stop([[steady, weak, dying]])


async def test_a_machine_without_a_free_process_is_waited_for(
    hasty: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    said: list[str] = []
    supervisor = Supervisor(said.append)
    child = python("child", "import time; time.sleep(600)")
    with monkeypatch.context() as patched:
        patched.setattr("tickcast.cli.up.child.leashed", lambda _: ["/no/such/program"])
        supervisor.start(child)
        await eventually(lambda: any("cannot be started: " in line for line in said))
    await eventually(lambda: child.pid is not None)
    await supervisor.stop([[child]])
