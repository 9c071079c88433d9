"""The buildspecs of the package. Templates contain them: a pipeline from ECR has no source tree to read one from.

https://docs.aws.amazon.com/codebuild/latest/userguide/build-spec-ref.html
"""

from __future__ import annotations

# ruff: noqa: PTH110, PTH118, PTH120, PTH123
# `write` depends on this, and importing pathlib (with urllib and ipaddress) takes as long as building a template.
import os
from collections.abc import Mapping

from generator.model.script import MARKER

PACKAGE = os.path.dirname(__file__)
FOR_PLATFORMS = "for platforms"
INSPECT = "buildspec.yml"  # in the wheel it is inside the package, in a checkout next to it


def buildspec(name: str) -> str:
    """The text of a buildspec of the package, as it is in its file."""
    path = os.path.join(PACKAGE, name)
    with open(path if os.path.exists(path) else os.path.join(os.path.dirname(PACKAGE), name), encoding="utf-8") as file:
        return file.read()


def without_sections(text: str, mark: str) -> str:
    """The text without the sections whose headings (##) end with the mark. A section ends before the next heading."""
    kept: list[str] = []
    leave_out = False
    for line in text.splitlines(keepends=True):
        heading = line.strip()
        if heading.startswith("## "):
            leave_out = heading.endswith(mark)
        if not leave_out:
            kept.append(line)
    return "".join(kept)


def without(text: str, words: str) -> str:
    """The text without these words. ValueError unless it has them, once."""
    before, found, after = text.partition(words)
    if not found or words in after:
        raise ValueError(f"{words!r} is in the text {text.count(words)} times, not once")
    return before + after


def filled(name: str, values: Mapping[str, object]) -> str:
    """The text of a buildspec with a value for each marker. ValueError unless markers and values match exactly."""
    text = buildspec(name)
    markers = set(MARKER.findall(text))
    problems = [f"marker @{{{each}}} has no value" for each in sorted(markers - values.keys())]
    problems += [f"value {each} has no marker" for each in sorted(values.keys() - markers)]
    if problems:
        raise ValueError(f"{name}: {', '.join(problems)}")
    return MARKER.sub(lambda marker: str(values[marker[1]]), text)
