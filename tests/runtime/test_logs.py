"""What the programs log."""

import subprocess
import sys

import pytest

PROGRAM = """
import structlog
from tickcast.runtime.logs import configure_logging
configure_logging("info", "console")
structlog.get_logger().warning("hello", port=1)
"""


@pytest.mark.parametrize("force", [{}, {"TERM": "xterm-256color"}])
def test_what_goes_to_a_pipe_has_no_colours(force: dict[str, str]) -> None:
    done = subprocess.run(
        [sys.executable, "-c", PROGRAM], env=force, capture_output=True, check=True, text=True, timeout=60
    )
    assert "hello" in done.stderr
    assert "\x1b" not in done.stderr
