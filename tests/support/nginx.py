"""nginx, run by a test with a configuration."""

import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from tests.support.eventually import wait_until
from tests.support.tools import need
from tickcast.bench.stack import answers


@contextmanager
def running_nginx(folder: Path, main: Path, health: int) -> Iterator[None]:
    """Test a configuration and run it; nginx is there when it answers at the port `health`.

    It writes into `folder`, with its own log in `folder/log`, which is shown if the block fails.
    """
    # Started by root, its workers give up their rights.
    folder.chmod(0o777)
    command = [need("nginx"), "-e", str(folder / "log"), "-c", str(main)]
    tested = subprocess.run([*command, "-t"], check=False, capture_output=True, timeout=60)
    assert tested.returncode == 0, tested.stderr.decode()
    with (folder / "log").open("wb") as log:
        process = subprocess.Popen(command, stdout=log, stderr=log)
    try:
        wait_until(lambda: answers(health, "/healthz"))
        yield
    except BaseException as error:
        error.add_note(f"--- nginx wrote:\n{(folder / 'log').read_text('utf-8', 'replace')[-3000:]}")
        raise
    finally:
        process.terminate()
        process.wait()
