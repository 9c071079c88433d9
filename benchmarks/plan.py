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
# Prints on stderr what the process has used at most. What a parent counts of a child includes its own memory.
PLAN = """
import atexit, pathlib, sys
status = pathlib.Path("/proc/self/status")
peak = lambda: next(line for line in status.read_text().splitlines() if "VmHWM" in line)
atexit.register(lambda: print(peak(), file=sys.stderr))
from generator.__main__ import main
main()
"""


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
    """Seconds, and the memory that the command has used at most, in kilobytes (Linux)."""
    folders = ("--params-dir", str(here.folder / "params"), "--templates-dir", str(here.folder / "templates"))
    command = [sys.executable, "-c", PLAN, "plan", "--all", "--json", *folders]
    path = f"{Path(aws_cli()).parent}:{os.environ['PATH']}"
    environment = {**os.environ, **here.aws.environment(), "PATH": path}
    start = time.perf_counter()
    done = subprocess.run(command, env=environment, capture_output=True, text=True, check=False)
    if done.returncode:
        sys.exit(f"plan ended with {done.returncode}: {done.stderr}")
    return time.perf_counter() - start, int(done.stderr.split()[-2])


if __name__ == "__main__":
    main()
