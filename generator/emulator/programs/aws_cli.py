"""The AWS CLI of the extra `try`, prepared: the same program, in a fifth of the time.

What it reads before it knows the command is as it was at the start: locale, PYTHON*, and all of ~/.aws except the
configuration.
"""

from __future__ import annotations

from generator.emulator.programs import prepared


def aws_cli() -> str:
    """The path of the program, for as long as this process lives. GeneratorError if the AWS CLI is not installed."""
    return prepared.command("aws")
