"""The buildspecs that come with the generator. A pipeline from ECR has no source tree to read one from: it is inlined.

https://docs.aws.amazon.com/codebuild/latest/userguide/build-spec-ref.html
"""

from __future__ import annotations

# ruff: noqa: PTH110, PTH118, PTH120, PTH123
# `write` stands on this, and importing pathlib (with urllib and ipaddress) takes as long as building a template.
import os

PACKAGE = os.path.dirname(__file__)
INSPECT = "buildspec.yml"  # in the wheel it lies inside the package, in a checkout beside it


def buildspec(name: str) -> str:
    """The text of a buildspec of the package, less its comment lines: it is inlined, and templates have to be small."""
    path = os.path.join(PACKAGE, name)
    with open(path if os.path.exists(path) else os.path.join(os.path.dirname(PACKAGE), name), encoding="utf-8") as file:
        return "".join(line for line in file if not line.lstrip().startswith("#"))
