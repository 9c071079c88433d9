"""The published templates."""

from __future__ import annotations

import sys
from collections.abc import Callable
from pathlib import Path
from types import ModuleType

import pytest

from generator import blueprints, catalog, targets
from generator.errors import GeneratorError

SOURCE = Path(targets.__file__).parent.parent


def test_every_target_is_published_as_a_pipeline() -> None:
    """A target is one module, and its template is pipeline-<name>."""
    assert {f"pipeline-{target.name}" for target in targets.targets()} <= catalog.templates().keys()


def test_names_are_sorted() -> None:
    """The catalogue lists its templates by name."""
    assert sorted(catalog.templates()) == list(catalog.templates())


def test_an_unknown_name_is_an_error() -> None:
    """The message has the nearest name. If none is near, it has all names."""
    with pytest.raises(GeneratorError) as error:
        catalog.build("pipeline-relaese")
    assert "no template 'pipeline-relaese' (did you mean pipeline-release?)" in str(error.value)
    assert "Templates: " not in str(error.value)
    with pytest.raises(GeneratorError) as error:
        catalog.build("colour")
    assert all(name in str(error.value) for name in catalog.templates())


@pytest.mark.parametrize(
    ("package", "text", "find", "complaint"),
    [
        (targets, "from generator.targets.release import TARGET", targets.targets, "two targets are called release"),
        (
            blueprints,
            "from generator.blueprints.pipeline import TEMPLATES",
            catalog.templates,
            "blueprints gives twice",
        ),
    ],
)
def test_a_name_is_published_once(
    package: ModuleType, text: str, find: Callable[[], object], complaint: str, tmp_path: Path
) -> None:
    """Two targets or two blueprints cannot have one name: the second would replace the first."""
    (tmp_path / "zz_again.py").write_text(text)
    package.__path__.append(str(tmp_path))
    try:
        with pytest.raises(ValueError, match=complaint):
            find()
    finally:
        package.__path__.remove(str(tmp_path))
        sys.modules.pop(f"{package.__name__}.zz_again", None)


@pytest.mark.parametrize("folder", ["components", "targets", "deployers", "blueprints", "functions"])
def test_every_part_has_its_test(folder: str) -> None:
    """Every component, target, deployer, blueprint and function has a test of the same name."""
    parts = {path.stem for path in (SOURCE / folder).glob("[!_]*.py")}
    tests = {path.stem.removeprefix("test_") for path in (Path(__file__).parent / folder).glob("test_*.py")}
    assert set() == parts - tests
