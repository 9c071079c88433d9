"""What is published."""

from __future__ import annotations

import sys
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


def test_an_unknown_name_says_which_exist() -> None:
    """A misspelt name is told with the nearest one and all that exist."""
    with pytest.raises(GeneratorError) as error:
        catalog.build("pipeline-relaese")
    assert "no template 'pipeline-relaese' (did you mean pipeline-release?)" in str(error.value)
    assert all(name in str(error.value) for name in catalog.templates())


@pytest.mark.parametrize(
    ("package", "find", "missing"),
    [(targets, targets.targets, "TARGET"), (blueprints, catalog.templates, "TEMPLATES")],
)
def test_a_module_that_gives_nothing_is_an_error(
    package: ModuleType, find: object, missing: str, tmp_path: Path
) -> None:
    """A misspelt TARGET or TEMPLATES must not take a feature away silently: the file is named."""
    (tmp_path / "misspelt.py").write_text(f"{missing}S = None\n")
    package.__path__.append(str(tmp_path))
    try:
        with pytest.raises(TypeError, match=rf"misspelt\.py gives no {missing}"):
            find()  # type: ignore[operator]  # a function of no argument
    finally:
        package.__path__.remove(str(tmp_path))
        sys.modules.pop(f"{package.__name__}.misspelt", None)


def test_a_name_is_published_once(tmp_path: Path) -> None:
    """Two blueprints cannot publish one name: the second would take the first away."""
    name = next(iter(catalog.templates()))
    (tmp_path / "again.py").write_text(f"TEMPLATES = {{{name!r}: None}}\n")
    blueprints.__path__.append(str(tmp_path))
    try:
        with pytest.raises(ValueError, match=f"published twice: {name}"):
            catalog.templates()
    finally:
        blueprints.__path__.remove(str(tmp_path))
        sys.modules.pop(f"{blueprints.__name__}.again", None)


@pytest.mark.parametrize("folder", ["components", "targets", "blueprints"])
def test_every_part_has_its_test(folder: str) -> None:
    """A component, target or blueprint without a test of the same name turns the suite red."""
    parts = {path.stem for path in (SOURCE / folder).glob("[!_]*.py")}
    tests = {path.stem.removeprefix("test_") for path in (Path(__file__).parent / folder).glob("test_*.py")}
    assert set() == parts - tests
