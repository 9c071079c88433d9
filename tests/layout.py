"""The layout of a written template: its size, and lines that can be read and reviewed."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator

# https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/cloudformation-limits.html
LIMIT = 51_200
LIMIT_OF_A_PIPELINE = 45_000  # one that imports from a platform
WIDTH = 120
# A text cannot be broken, so it may be longer than a line; one that is longer than this cannot be reviewed.
LONGEST_TEXT = 400
STRING = re.compile(r'"(?:[^"\\]|\\.)*"')


def too_large(name: str, text: str) -> Iterator[str]:
    """A complaint if the template does not fit into a request, or a pipeline is larger than pipelines may be."""
    most = LIMIT_OF_A_PIPELINE if name.startswith("pipeline-") else LIMIT
    if (size := len(text.encode())) > most:
        yield f"{name} has {size:,} bytes, at most {most:,} are allowed"


def too_wide(name: str, text: str) -> Iterator[str]:
    """A complaint for each line that is too wide, unless it holds a single text, which cannot be broken."""
    for number, line in enumerate(text.splitlines(), 1):
        texts = _texts(line)
        if len(line) > WIDTH and len(texts) != 1:
            yield f"{name}:{number} has {len(line)} columns and {len(texts)} texts: lay it out on several lines"
        is_pattern = '"AllowedPattern":' in line
        if not is_pattern and any(len(each) > LONGEST_TEXT for each in texts):
            yield f"{name}:{number} holds a text of {max(map(len, texts))} characters: write it as lines (script.py)"


def _texts(line: str) -> list[str]:
    """The values on a line that are texts; keys are left out."""
    found = STRING.finditer(line)
    return [str(json.loads(match[0])) for match in found if not line[match.end() :].startswith(":")]
