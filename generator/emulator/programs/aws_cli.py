"""The AWS CLI of the extra `try`, prepared: the same program, in a fifth of the time.

Settings that are read before the command is known are those of the start: locale, PYTHON*, and files in ~/.aws other
than the configuration.
"""

from __future__ import annotations

from generator.emulator.programs import prepared


def aws_cli() -> str:
    """The path of the program, for as long as this process lives. GeneratorError if the AWS CLI is not installed."""
    return prepared.command("aws")
