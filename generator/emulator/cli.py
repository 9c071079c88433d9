"""The AWS CLI that is installed with `ecr-pipeline[try]`."""

from __future__ import annotations

import sys
from pathlib import Path

from generator.errors import GeneratorError


def aws_cli() -> str:
    """The path of the program."""
    program = Path(sys.executable).with_name("aws")
    if not program.is_file():
        raise GeneratorError(f"{program} is not there: install the AWS CLI with pip install 'ecr-pipeline[try]'")
    return str(program)
