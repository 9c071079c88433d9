"""Published templates with one changed or removed node."""

from __future__ import annotations

import copy
from collections.abc import Iterator
from typing import Any

from hypothesis import strategies as st

from tests.conftest import WITH_CONDITIONS

Path = tuple[str | int, ...]


def paths(node: Any, path: Path = ()) -> Iterator[Path]:
    """The way to every node below the top."""
    for key, value in node.items() if isinstance(node, dict) else enumerate(node) if isinstance(node, list) else ():
        yield (*path, key)
        yield from paths(value, (*path, key))


def at(node: Any, path: Path) -> Any:
    """The node that a way leads to."""
    for key in path:
        node = node[key]
    return node


TEXTS = ("", "x", "VpcId", "AWS::NoValue", "${", "${A.B}")
KEYS = ("Ref", "Fn::GetAtt", "Fn::Sub", "Fn::If", "Fn::Join", "Fn::Select", "Condition", "Type", "a")
JSON = st.recursive(
    st.none() | st.booleans() | st.integers(-1, 9) | st.sampled_from(TEXTS),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from(KEYS), inner, max_size=2),
    max_leaves=4,
)


@st.composite
def damaged(draw: st.DrawFn, name: str) -> dict[str, Any]:
    """A published template with one changed or removed node."""
    body: dict[str, Any] = copy.deepcopy(WITH_CONDITIONS[name])
    *parent, key = draw(st.sampled_from(SHALLOW[name]) | st.sampled_from(PATHS[name]))
    holder = at(body, tuple(parent))
    if draw(st.booleans()):
        holder[key] = draw(JSON)
    else:
        del holder[key]
    return body


PATHS = {name: list(paths(body)) for name, body in WITH_CONDITIONS.items()}
# Sections, their members, and what a member consists of: most damage deeper down is no matter of form.
SHALLOW = {name: [path for path in found if len(path) <= 3] for name, found in PATHS.items()}
