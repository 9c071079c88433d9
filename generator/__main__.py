"""The process behind `ecr-pipeline` and `python -m generator`."""

from __future__ import annotations

import gc
import io
import signal
import sys
from types import FrameType


def main() -> None:
    """The command line, with garbage collection off."""
    # A command lives for a second and hardly makes cycles. Collecting while cfn-lint loads, and walking all that is
    # left at exit, would take a third of its time. Leaving by os._exit would save no more, and skip what is to be
    # flushed.
    gc.disable()
    if sys.stdout is None:  # closed, as in `ecr-pipeline list >&-`; what is printed would be lost
        sys.exit("Error: cannot write the output: standard output is closed" if sys.stderr else 1)
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            # The name of a file need not be text: it is shown with escapes rather than with a traceback.
            stream.reconfigure(errors="backslashreplace")
    for number in (signal.SIGTERM, signal.SIGHUP):
        if signal.getsignal(number) is signal.SIG_DFL:  # `nohup` has a process ignore SIGHUP
            signal.signal(number, _end)
    from generator.cli import cli
    from generator.console import no_more_output

    try:
        cli(prog_name="ecr-pipeline")
    except SystemExit as ended:
        if ended.code:
            no_more_output()
        raise
    finally:
        gc.freeze()


def _end(number: int, _frame: FrameType | None) -> None:
    """End as after Ctrl-C, and remove temporary folders and processes. A second signal ends the process at once."""
    signal.signal(number, signal.SIG_DFL)
    sys.exit(128 + number)  # as shells count it


if __name__ == "__main__":
    main()
