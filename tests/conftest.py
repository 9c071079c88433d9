"""Shared fixtures."""

from __future__ import annotations

import os

import pytest
from hypothesis import settings

from generator import catalog
from generator.cloudformation.conditional_parts import chosen
from generator.emulator.programs import registry
from generator.publishing import render
from tests.ground import Ground, new_ground
from tests.rendered import Rendered

# Speed is measured by benchmarks: a busy machine must not fail a property.
settings.register_profile("suite", deadline=None)
settings.load_profile("suite")
WITH_CONDITIONS: dict[str, Rendered] = {name: render.to_dict(build()) for name, build in catalog.templates().items()}
# With all that conditions can leave out: a promise holds for the whole, and what is left out breaks none.
RENDERED: dict[str, Rendered] = {name: chosen(template) for name, template in WITH_CONDITIONS.items()}


def pytest_xdist_auto_num_workers(config: pytest.Config) -> int | None:
    """One more than there are cores: slow tests wait, for programs and for answers that come too late.

    `-n logical` takes as many as there are, which is better for quick ones.
    """
    return (os.cpu_count() or 1) + 1 if config.option.numprocesses == "auto" else None


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Files with slow tests first, the largest before the others: at the end no worker waits long for another."""
    items.sort(key=lambda item: (item.get_closest_marker("slow") is None, -item.path.stat().st_size))


def pytest_report_header() -> str:
    """Whether images are pulled by a real engine on this machine."""
    return f"containers: {registry.told()}"


@pytest.fixture(params=sorted(RENDERED))
def published(request: pytest.FixtureRequest) -> Rendered:
    """Each published template, rendered."""
    return RENDERED[request.param]


@pytest.fixture
def ground() -> Ground:
    """A new template with everything that a stage depends on."""
    return new_ground()
