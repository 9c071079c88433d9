"""The buildspecs that come with the generator. A pipeline from ECR has no source tree to read one from: it is inlined.

https://docs.aws.amazon.com/codebuild/latest/userguide/build-spec-ref.html
"""

from __future__ import annotations

from pathlib import Path

PACKAGE = Path(__file__).parent


def inspect_buildspec() -> str:
    """The text of buildspec.yml: in the wheel it lies inside the package, in a checkout beside it."""
    packaged = PACKAGE / "buildspec.yml"
    return (packaged if packaged.exists() else PACKAGE.parent / "buildspec.yml").read_text(encoding="utf-8")
