"""A core dump holds no memory."""

from pathlib import Path

import pytest

from tests.support.eventually import eventually
from tests.support.programs import Program, running_gateway, running_publisher


def proc(program: Program, name: str) -> str:
    return Path(f"/proc/{program.pid}/{name}").read_text("ascii", "replace")


@pytest.mark.parametrize("start", [running_gateway, running_publisher])
async def test_a_program_leaves_no_core_file_and_dumps_no_memory(valkey_url: str, start: object) -> None:
    assert callable(start)
    async with start(valkey_url) as program:
        # The publisher is not waited for.
        await eventually(lambda: program.output())
        [limit] = [line for line in proc(program, "limits").splitlines() if line.startswith("Max core")]
        assert limit.split()[-3:-1] == ["0", "0"]
        if Path("/proc/self/coredump_filter").exists():
            await eventually(lambda: int(proc(program, "coredump_filter"), 16) == 0)
