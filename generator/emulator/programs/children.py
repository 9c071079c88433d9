"""Processes that do the work of a run. They end with the command, together with all their children."""

from __future__ import annotations

import contextlib
import os
import signal
import subprocess
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

_running: set[subprocess.Popen[Any]] = set()
_ending = False


class EndingError(Exception):
    """The command is ending, and starts no more processes."""


def ending() -> bool:
    """Whether the command is ending: what fails from now on fails because of that."""
    return _ending


def run(command: Sequence[str | Path], *, timeout: float, **options: Any) -> subprocess.CompletedProcess[Any]:
    """subprocess.run with captured output. At the timeout, the children of the process are ended too."""
    if _ending:
        raise EndingError
    given = options.pop("input", None)
    with subprocess.Popen(
        command,
        stdin=subprocess.DEVNULL if given is None else subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        start_new_session=True,  # which makes it the leader of a group of processes
        **options,
    ) as process:
        _running.add(process)
        try:
            out, err = process.communicate(given, timeout=timeout)
        except BaseException:
            _kill(process)
            raise
        finally:
            _running.discard(process)
    return subprocess.CompletedProcess(process.args, process.returncode, out, err)


@contextlib.contextmanager
def ended_with_the_command() -> Iterator[None]:
    """End all processes, and start no more, if the block is left because the command ends (Ctrl-C, SIGTERM).

    Otherwise a pool of threads, for example, would wait for a build whose result is no longer needed.
    """
    global _ending  # noqa: PLW0603  processes belong to the process, as do signals
    _ending = False
    try:
        yield
    except (KeyboardInterrupt, SystemExit):
        _ending = True
        for process in list(_running):
            _kill(process)
        raise


def _kill(process: subprocess.Popen[Any]) -> None:
    with contextlib.suppress(ProcessLookupError, PermissionError):
        os.killpg(process.pid, signal.SIGKILL)
