"""What the tests share."""

from __future__ import annotations

import pytest

from generator import catalog, render
from tests.ground import Ground, new_ground
from tests.rendered import Rendered

RENDERED: dict[str, Rendered] = {name: render.to_dict(build()) for name, build in catalog.templates().items()}


@pytest.fixture(params=sorted(RENDERED))
def published(request: pytest.FixtureRequest) -> Rendered:
    """Each published template, rendered."""
    return RENDERED[request.param]


@pytest.fixture
def ground() -> Ground:
    """A new template with all that a stage stands on."""
    return new_ground()
