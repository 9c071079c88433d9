"""The process behind `ecr-pipeline` and `python -m generator`."""

from __future__ import annotations

import gc


def main() -> None:
    """The command line, with garbage collection off."""
    # A command lives for a second and hardly makes cycles. Collecting while cfn-lint loads, and walking all that is
    # left at exit, would take a third of its time. Leaving by os._exit would save no more, and skip what is to be
    # flushed.
    gc.disable()
    from generator.cli import cli

    try:
        cli(prog_name="ecr-pipeline")
    finally:
        gc.freeze()


if __name__ == "__main__":
    main()
