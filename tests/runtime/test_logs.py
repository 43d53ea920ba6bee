"""What the programs log."""

import json
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


LIBRARY = """
import logging
from tickcast.runtime.logs import configure_logging
configure_logging("info", "json")

def fails(password):
    raise ValueError("broken")

for number in range(3):
    logging.getLogger("asyncio").warning("socket.send() raised exception.")
    logging.getLogger("uvicorn.error").info("not wanted")
    logging.getLogger("asyncio").error("Task failed\\nfuture: %s", number)
    try:
        fails("top secret")
    except ValueError as error:
        logging.getLogger("uvicorn.error").error("Exception in ASGI application\\n", exc_info=error)
"""


def test_what_libraries_log_again_and_again_is_one_line_like_any_other() -> None:
    done = subprocess.run([sys.executable, "-c", LIBRARY], capture_output=True, check=True, timeout=60)
    lines = [json.loads(line) for line in done.stderr.splitlines()]
    assert [(line["level"], line["library"], line["event"]) for line in lines] == [
        ("warning", "asyncio", "socket.send() raised exception."),
        ("error", "asyncio", "Task failed; future: 0"),
        ("error", "uvicorn.error", "Exception in ASGI application"),
    ]
    assert "ValueError: broken" in lines[2]["exception"]


def test_a_traceback_shows_no_variables() -> None:
    program = LIBRARY.replace('"json"', '"console"')
    done = subprocess.run(
        [sys.executable, "-W", "error", "-c", program], capture_output=True, check=True, text=True, timeout=60
    )
    assert done.stderr.count("Traceback") == 1
    assert "password = " not in done.stderr
    assert "top secret" not in done.stderr.replace('fails("top secret")', "")
