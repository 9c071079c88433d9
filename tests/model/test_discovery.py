"""Discovery of the modules of a package."""

from __future__ import annotations

import importlib
import sys
from collections.abc import Iterator
from pathlib import Path
from types import ModuleType

import pytest

from generator.model.discovery import given, merged


@pytest.fixture
def package(tmp_path: Path, request: pytest.FixtureRequest) -> Iterator[ModuleType]:
    """A package of its own, with the modules that the test names."""
    name = "discovered"
    (tmp_path / name).mkdir()
    for module, text in {"__init__": "", **request.param}.items():
        (tmp_path / name / f"{module}.py").write_text(text)
    sys.path.insert(0, str(tmp_path))
    importlib.invalidate_caches()
    try:
        yield importlib.import_module(name)
    finally:
        sys.path.remove(str(tmp_path))
        for loaded in [loaded for loaded in sys.modules if loaded.partition(".")[0] == name]:
            del sys.modules[loaded]


@pytest.mark.parametrize("package", [{"b": "PART = 2", "a": "PART = 1"}], indirect=True)
def test_modules_are_found_by_name(package: ModuleType) -> None:
    """Each module gives its part, in the order of the modules' names."""
    assert [1, 2] == list(given(package, "PART", int))


@pytest.mark.parametrize("package", [{"a": "PARTS = 1"}, {"a": "PART = 'text'"}], indirect=True)
def test_a_module_that_gives_nothing_is_an_error(package: ModuleType) -> None:
    """The message has the file of a misspelt name, or of a part of another kind."""
    with pytest.raises(TypeError, match=r"discovered/a\.py gives no PART"):
        list(given(package, "PART", int))


@pytest.mark.parametrize("package", [{"a": "import nothing_of_this_name"}], indirect=True)
def test_a_module_that_cannot_be_imported_is_an_error(package: ModuleType) -> None:
    """A broken module is not ignored."""
    with pytest.raises(ModuleNotFoundError):
        list(given(package, "PART", int))


@pytest.mark.parametrize("package", [{"a": "PARTS = {'x': 1}", "b": "PARTS = {'y': 2}"}], indirect=True)
def test_the_parts_of_modules_become_one(package: ModuleType) -> None:
    """The dicts of all modules are one."""
    assert {"x": 1, "y": 2} == merged(package, "PARTS")


@pytest.mark.parametrize("package", [{"a": "PARTS = {'x': 1}", "b": "PARTS = {'x': 2}"}], indirect=True)
def test_a_name_that_is_given_twice_is_an_error(package: ModuleType) -> None:
    """No module replaces a part of another one."""
    with pytest.raises(ValueError, match="discovered gives twice: x"):
        merged(package, "PARTS")
