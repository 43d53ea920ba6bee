"""The installed command: refuses in one line to run without the packages that it needs, and runs `main`."""

import sys

from tickcast.cli.extras import lacking
from tickcast.runtime.errors import refuse_settings


def run() -> None:
    """Run the command line; exit code 2 if packages are missing."""
    if missing := lacking(sys.argv[1:]):
        refuse_settings(f"tickcast: {missing}")
    # Its modules import typer.
    from tickcast.cli.main import run as run_commands

    run_commands()


if __name__ == "__main__":
    run()
