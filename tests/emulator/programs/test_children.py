"""Processes end with the command, together with their children."""

from __future__ import annotations

import os
import subprocess
import threading
import time
from pathlib import Path

import pytest

from generator.emulator.programs import children

# A process that starts another one, which prints its id.
NESTED = 'sh -c "echo \\$\\$ >$FILE; exec sleep 60" & wait'


def gone(file: Path) -> bool:
    """Whether the process whose id is in the file has ended."""
    for _ in range(100):
        try:
            os.kill(int(file.read_text()), 0)
        except ProcessLookupError:
            return True
        time.sleep(0.1)
    return False


def test_a_process_gives_what_it_prints() -> None:
    """Both streams, the exit code, and its input."""
    done = children.run(["sh", "-c", "cat; echo told >&2; exit 3"], timeout=60, input=b"given")
    assert (3, b"given", b"told\n") == (done.returncode, done.stdout, done.stderr)


def test_nothing_stays_after_a_timeout(tmp_path: Path) -> None:
    """Children of the process end as well."""
    file = tmp_path / "id"
    with pytest.raises(subprocess.TimeoutExpired):
        children.run(["sh", "-c", NESTED], timeout=2, env={**os.environ, "FILE": str(file)})
    assert gone(file)


@pytest.mark.parametrize("error", [KeyboardInterrupt, SystemExit])
def test_nothing_stays_when_the_command_ends(tmp_path: Path, error: type[BaseException]) -> None:
    """Processes that another thread waits for end at once, and no more are started; the next block begins afresh."""
    file = tmp_path / "id"
    environment = {**os.environ, "FILE": str(file)}
    codes: list[int] = []
    thread = threading.Thread(
        target=lambda: codes.append(children.run(["sh", "-c", NESTED], timeout=60, env=environment).returncode)
    )
    thread.start()
    while not file.exists() or not file.read_text():
        time.sleep(0.1)
    with pytest.raises(error), children.ended_with_the_command():
        raise error
    thread.join(timeout=60)
    assert [-9] == codes
    assert gone(file)
    with pytest.raises(children.EndingError):
        children.run(["true"], timeout=60)
    with children.ended_with_the_command():
        assert 0 == children.run(["true"], timeout=60).returncode


def test_another_error_ends_nothing() -> None:
    """An action that fails is no end of the command."""
    with pytest.raises(ValueError, match="other"), children.ended_with_the_command():
        raise ValueError("other")
    assert 0 == children.run(["true"], timeout=60).returncode
