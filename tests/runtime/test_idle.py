"""The idle time of a loop: what it waits counts, what it works does not, however little CPU it gets."""

import asyncio
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from tickcast.runtime.idle import SCHEDSTAT, IdleSelector, unused_cpu


def test_waiting_counts_and_working_does_not() -> None:
    selector = IdleSelector()

    async def live() -> tuple[float, float]:
        first = selector.seconds()
        await asyncio.sleep(0.2)
        waited = selector.seconds() - first
        until = time.monotonic() + 0.2
        while time.monotonic() < until:  # noqa: ASYNC110
            await asyncio.sleep(0)
        return waited, selector.seconds() - first - waited

    with asyncio.Runner(loop_factory=selector.loop) as runner:
        waited, worked = runner.run(live())
    assert waited > 0.19
    assert worked < 0.01


def test_a_loop_that_is_kept_off_the_cpu_while_it_has_work_does_not_look_idle() -> None:
    # The process stops itself in the middle of its work, as one does that has used up its quota of CPU.
    program = """
import asyncio, os, signal, sys, time

from tickcast.runtime.idle import IdleSelector, unused_cpu
selector = IdleSelector()
async def live():
    idle, unused = selector.seconds(), unused_cpu()
    print("works", flush=True)
    os.kill(os.getpid(), signal.SIGSTOP)
    print(selector.seconds() - idle, unused_cpu() - unused)
with asyncio.Runner(loop_factory=selector.loop) as runner:
    runner.run(live())
"""
    with subprocess.Popen([sys.executable, "-c", program], stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        assert process.stdout.readline() == "works\n"
        # A second is what it is kept off the CPU; nothing is waited for.
        time.sleep(1)
        process.send_signal(signal.SIGCONT)
        idle, unused = map(float, process.stdout.readline().split())
    assert idle < 0.1
    assert unused > 0.5


def _busy(pid: int) -> float:
    """Return the seconds that a process has had the CPU or waited for it."""
    ran, waited, _ = Path(f"/proc/{pid}/schedstat").read_text("ascii").split()
    return (int(ran) + int(waited)) / 1e9


def test_a_wait_that_ends_late_counts_only_as_long_as_it_was_to_be() -> None:
    program = """
import asyncio

from tickcast.runtime.idle import IdleSelector
selector = IdleSelector()
async def live():
    idle = selector.seconds()
    print("waits", flush=True)
    await asyncio.sleep(0.3)
    print(selector.seconds() - idle)
with asyncio.Runner(loop_factory=selector.loop) as runner:
    runner.run(live())
"""
    with subprocess.Popen([sys.executable, "-c", program], stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        assert process.stdout.readline() == "waits\n"
        process.send_signal(signal.SIGSTOP)
        time.sleep(1)
        process.send_signal(signal.SIGCONT)
        idle = float(process.stdout.readline())
    assert 0.25 < idle < 0.35


@pytest.mark.skipif(not os.path.exists(SCHEDSTAT), reason="the system has no schedstat")
def test_a_loop_that_waits_for_the_cpu_after_each_event_does_not_look_idle() -> None:
    # Events come all the time, but another program takes the core before each.
    program = """
import asyncio, os, sys, time

from tickcast.runtime.idle import IdleSelector
selector = IdleSelector()
async def live():
    loop = asyncio.get_running_loop()
    loop.add_reader(0, lambda: os.read(0, 65536))
    idle, began = selector.seconds(), time.monotonic()
    print("waits", flush=True)
    await asyncio.sleep(1.5)
    print((selector.seconds() - idle) / (time.monotonic() - began))
with asyncio.Runner(loop_factory=selector.loop) as runner:
    runner.run(live())
"""
    core = {min(os.sched_getaffinity(0))}
    spin = [sys.executable, "-c", "import time\nwhile time.process_time() < 2: pass"]
    with (
        subprocess.Popen(
            [sys.executable, "-c", program], stdin=subprocess.PIPE, stdout=subprocess.PIPE, bufsize=0
        ) as process,
        subprocess.Popen(spin) as spinner,
    ):
        assert process.stdin is not None
        assert process.stdout is not None
        assert process.stdout.readline() == b"waits\n"
        for each in (process, spinner):
            os.sched_setaffinity(each.pid, core)
        os.setpriority(os.PRIO_PROCESS, process.pid, 19)
        began, busy = time.monotonic(), _busy(process.pid)
        until = began + 1.4
        while time.monotonic() < until:
            process.stdin.write(b".")
            time.sleep(0.002)
        busy, took = _busy(process.pid) - busy, time.monotonic() - began
        idle = float(process.stdout.readline())
        spinner.kill()
    # How long it has to wait is the kernel's choice; a wait for the CPU must not count as idle.
    # Without that it would count as idle nearly all of the time.
    assert idle < 1 - busy / took + 0.25


def test_unused_cpu_grows_while_the_process_waits() -> None:
    first = unused_cpu()
    time.sleep(0.1)
    assert unused_cpu() - first > 0.05
