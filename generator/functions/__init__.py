"""The code of the Lambda functions that a template brings along: each file stands in it as it is, less its comments."""

from __future__ import annotations

# ruff: noqa: PTH118, PTH120, PTH123
# `write` stands on this, and importing pathlib takes as long as building a template.
import os

FOLDER = os.path.dirname(__file__)
MOST = 4096  # https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/aws-properties-lambda-function-code.html


def source(name: str, folder: str = FOLDER) -> str:
    """The code of the function of that name. Its first line and its comments are for readers of the repository."""
    with open(os.path.join(folder, f"{name}.py"), encoding="utf-8") as file:
        _about, *lines = file
    code = "".join(line for line in lines if line.strip() and not line.lstrip().startswith("#"))
    if len(code) > MOST:
        raise ValueError(f"{name} has {len(code)} characters, Lambda takes {MOST} in a template")
    return code
