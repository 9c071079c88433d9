"""What the tests share."""

from __future__ import annotations

import pytest

from generator import catalog, render
from generator.conditions import chosen
from generator.emulator import registry
from tests.ground import Ground, new_ground
from tests.rendered import Rendered

WITH_CONDITIONS: dict[str, Rendered] = {name: render.to_dict(build()) for name, build in catalog.templates().items()}
# With all that conditions can leave out: a promise holds for the whole, and what is left out breaks none.
RENDERED: dict[str, Rendered] = {name: chosen(template) for name, template in WITH_CONDITIONS.items()}


def pytest_report_header() -> str:
    """Whether images are pulled by a real engine on this machine."""
    return f"containers: {registry.told()}"


@pytest.fixture(params=sorted(RENDERED))
def published(request: pytest.FixtureRequest) -> Rendered:
    """Each published template, rendered."""
    return RENDERED[request.param]


@pytest.fixture
def ground() -> Ground:
    """A new template with all that a stage stands on."""
    return new_ground()
