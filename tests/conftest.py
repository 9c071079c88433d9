"""What the tests share."""

from __future__ import annotations

import pytest

from generator import catalog, render
from generator.conditions import chosen
from tests.ground import Ground, new_ground
from tests.rendered import Rendered

# With all that conditions can leave out: a promise holds for the whole, and what is left out breaks none.
RENDERED: dict[str, Rendered] = {name: chosen(render.to_dict(build())) for name, build in catalog.templates().items()}


@pytest.fixture(params=sorted(RENDERED))
def published(request: pytest.FixtureRequest) -> Rendered:
    """Each published template, rendered."""
    return RENDERED[request.param]


@pytest.fixture
def ground() -> Ground:
    """A new template with all that a stage stands on."""
    return new_ground()
