"""`ecr-pipeline plan`: the time for each stack and the memory, from 1 to 200 stacks: `python -m benchmarks.plan`.

The AWS CLI is real, CloudFormation is emulated on the same machine. In an account, CloudFormation takes seconds for
each change set, so that six at a time matter more than what is measured here. Nothing fails: a clock is no test.
"""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from generator.emulator.programs.aws_cli import aws_cli
from tests.rollout.rooms import Room, room

SIZES = (1, 10, 50, 200)


def main() -> None:
    """Prints a line for each number of stacks: new ones, all in one layer."""
    for size in SIZES:
        with tempfile.TemporaryDirectory() as folder, room(Path(folder)) as here:
            _fleet(here, size)
            seconds, kilobytes = _planned(here)
        print(f"{size:4} stacks: {seconds:6.1f} s, {seconds / size:.2f} s a stack, {kilobytes / 1024:.0f} MB at most")


def _fleet(here: Room, size: int) -> None:
    for path in (here.folder / "params").iterdir():
        path.unlink()
    for number in range(size):
        here.params(f"base.n{number}", Platform=f"n{number}")


def _planned(here: Room) -> tuple[float, int]:
    """Seconds, and the memory of the largest process in kilobytes."""
    folders = ("--params-dir", str(here.folder / "params"), "--templates-dir", str(here.folder / "templates"))
    command = [sys.executable, "-m", "generator", "plan", "--all", "--json", *folders]
    path = f"{Path(aws_cli()).parent}:{os.environ['PATH']}"
    environment = {**os.environ, **here.aws.environment(), "PATH": path}
    start = time.perf_counter()
    running = subprocess.Popen(command, env=environment, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    _, status, usage = os.wait4(running.pid, 0)
    if status:
        sys.exit(f"plan ended with {os.waitstatus_to_exitcode(status)}")
    return time.perf_counter() - start, usage.ru_maxrss


if __name__ == "__main__":
    main()
