"""The table of updates is complete, and says the same as the schemas."""

from __future__ import annotations

import pytest

from generator import catalog
from generator.changesets.losses import is_replaced
from generator.changesets.update_requires import NO_PAGE, UPDATE_REQUIRES, replaces
from generator.publishing import render
from tests.changesets.made import emulated_entry


def page_of(kind: str) -> str:
    """The reference page of a type."""
    custom = kind.startswith("Custom::")
    name = "cloudformation-customresource" if custom else kind.lower().removeprefix("aws::").replace("::", "-")
    return f"https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/aws-resource-{name}.html"


def to_look_up(used: set[tuple[str, str]]) -> list[str]:
    """The work that each published property needs which is neither in the table nor in NO_PAGE."""
    known = {(kind, name) for kind, properties in UPDATE_REQUIRES.items() for name in properties} | set(NO_PAGE)
    return [
        f'{kind} {name}: read "Update requires" below {name} on {page_of(kind)} and add the line to UPDATE_REQUIRES in'
        " generator/changesets/update_requires.py; if no page says it, add the reason to NO_PAGE there"
        for kind, name in sorted(used - known)
    ]


PAIRS = sorted((kind, name) for kind, properties in UPDATE_REQUIRES.items() for name in properties)


def published() -> set[tuple[str, str]]:
    """The properties of the published templates, each with its type."""
    return {
        (resource["Type"], name)
        for build in catalog.templates().values()
        for resource in render.to_dict(build())["Resources"].values()
        for name in resource.get("Properties", {})
    }


def test_the_table_has_every_property_that_is_published() -> None:
    """A new property is looked up on the page of its type: "Update requires"."""
    used = published()
    missing = to_look_up(used)
    assert [] == missing, "\n".join(missing)
    assert set() == set(NO_PAGE) - used, "NO_PAGE names what is published no more"
    assert set() == set(NO_PAGE) & set(PAIRS)


def test_a_property_that_the_table_lacks_is_reported_with_its_page() -> None:
    """The message says which page to read and where to add the line."""
    [found] = to_look_up({("AWS::ECR::Repository", "EmptyOnDelete"), PAIRS[0]})
    assert found.startswith('AWS::ECR::Repository EmptyOnDelete: read "Update requires" below EmptyOnDelete on')
    assert "/TemplateReference/aws-resource-ecr-repository.html and add the line to UPDATE_REQUIRES" in found


@pytest.mark.parametrize(("kind", "name"), PAIRS)
def test_a_property_replaces_as_the_reference_says(kind: str, name: str) -> None:
    """The plan reads it from the change set; the table is written from the reference pages."""
    entry = emulated_entry(kind, {name: "a"}, {name: "b"})
    assert replaces(kind, name) == is_replaced(entry)
