"""Runs `tickcast` as a user does."""

import os
import subprocess
import sys

COMMAND = [sys.executable, "-P", "-m", "tickcast.cli.main"]


def clean_environment(**variables: str) -> dict[str, str]:
    """Return the environment without settings of whoever runs the tests."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith("TICKCAST_")}
    kept.pop("REDIS_URL", None)
    return {**kept, **variables}


def tickcast(*arguments: str, **variables: str) -> subprocess.CompletedProcess[str]:
    """Run it to its end."""
    return subprocess.run(
        [*COMMAND, *arguments],
        env=clean_environment(**variables),
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        timeout=100,
        check=False,
    )
