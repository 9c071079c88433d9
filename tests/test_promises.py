"""Every promise holds for every published template, and notices when it is broken."""

from __future__ import annotations

import importlib
import pkgutil
from pathlib import Path

import pytest

from generator import catalog
from generator.checks import size
from generator.checks.subject import Subject
from generator.publishing import render
from tests import breakers
from tests.breakers import BREAKERS, Breaker
from tests.conftest import WITH_CONDITIONS
from tests.promises import complaints, promises, shown

PROMISES = promises()
for _module in pkgutil.iter_modules(breakers.__path__, f"{breakers.__name__}."):  # each registers its own
    importlib.import_module(_module.name)


@pytest.mark.parametrize("name", PROMISES)
@pytest.mark.parametrize("of", sorted(WITH_CONDITIONS))
def test_holds(name: str, of: str) -> None:
    """Every promise holds for every published template."""
    assert [] == complaints(PROMISES[name], WITH_CONDITIONS[of])


def test_a_promise_without_a_breaker_is_noticed() -> None:
    """Every promise has a test that breaks it."""
    assert set() == PROMISES.keys() - {promise for promise, _, _, _ in BREAKERS}


def test_breakers_are_where_their_promises_are() -> None:
    """The breakers of tests/promises/NAME.py are in tests/breakers/NAME.py."""
    modules = [(PROMISES[promise].__module__, breaker.__module__) for promise, _, _, breaker in BREAKERS]
    assert [] == [pair for pair in modules if pair[0].replace("promises", "breakers") != pair[1]]


def test_templates_can_be_deployed_without_a_bucket() -> None:
    """Every template fits into a request to CloudFormation, as `check` measures it."""
    subjects = (Subject(name, Path(name), render.to_json(build())) for name, build in catalog.templates().items())
    assert [] == [str(finding) for subject in subjects for finding in size.check(subject)]


@pytest.mark.parametrize(
    ("promise", "of", "damage"), [(p, o, b) for p, _, o, b in BREAKERS], ids=[name for _, name, _, _ in BREAKERS]
)
def test_a_broken_promise_is_noticed(promise: str, of: str, damage: Breaker) -> None:
    """Each promise complains about a template that was damaged, as it did not before."""
    template = shown(PROMISES[promise], render.to_dict(catalog.build(of)))
    before = set(PROMISES[promise](template))
    damage(template)
    assert set() != set(PROMISES[promise](template)) - before
