"""docs/security.md agrees with the templates."""

from __future__ import annotations

import json
import re
from pathlib import Path

from tests.conftest import RENDERED

PAGE = (Path(__file__).resolve().parent.parent.parent / "docs" / "security.md").read_text(encoding="utf-8")
KEY = "codebuild:environment.environmentVariables.name"


def test_it_lists_the_variables_that_inspect_takes() -> None:
    """A variable that a pipeline may set is on the page, and no other."""
    [line] = re.findall(rf"(?s)\*\*Only listed variables\*\*: (.*?) \(`{KEY}`\)", PAGE)
    lists = re.findall(rf'"{KEY}": (\[.*?\])', json.dumps(RENDERED["platform"]))
    [allowed] = {frozenset(json.loads(each)) for each in lists}
    assert allowed == set(re.findall("`([A-Z_]+)`", line))
