"""The buildspecs that come with the generator. A pipeline from ECR has no source tree to read one from: it is inlined.

https://docs.aws.amazon.com/codebuild/latest/userguide/build-spec-ref.html
"""

from __future__ import annotations

# ruff: noqa: PTH110, PTH118, PTH120, PTH123
# `write` stands on this, and importing pathlib (with urllib and ipaddress) takes as long as building a template.
import os

PACKAGE = os.path.dirname(__file__)


def inspect_buildspec() -> str:
    """The text of buildspec.yml: in the wheel it lies inside the package, in a checkout beside it."""
    packaged = os.path.join(PACKAGE, "buildspec.yml")
    return _read(packaged if os.path.exists(packaged) else os.path.join(os.path.dirname(PACKAGE), "buildspec.yml"))


def _read(path: str) -> str:
    """A buildspec without its comment lines: it is inlined, and a template has 51,200 bytes."""
    with open(path, encoding="utf-8") as file:
        return "".join(line for line in file if not line.lstrip().startswith("#"))
