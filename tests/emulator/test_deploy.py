"""Every published template, deployed by the real AWS CLI with every parameter file that it has."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from generator.emulator.front.cloud import Emulator
from generator.emulator.trial.deployment import outputs
from tests.conftest import RENDERED
from tests.emulator.account import account, environments
from tests.emulator.reading import differences, expected, read
from tests.emulator.template import Resource, Said, changed, said

pytestmark = pytest.mark.slow


def deviations(aws: Emulator, told: Said) -> Iterator[str]:
    """Where the services have something else than the template says."""
    for resource in told.resources:
        found = read(aws, resource.type, resource.physical_id, resource.properties)
        wanted = expected(resource.type, resource.properties, rules_beside(resource, told))
        yield from differences(wanted, found, resource.name)


def rules_beside(group: Resource, told: Said) -> list[dict[str, object]]:
    """The rules of a security group that are separate resources in the template."""
    return [
        {**one.properties, "List": one.type.removeprefix("AWS::EC2::")}
        for one in told.resources
        if one.type.startswith("AWS::EC2::SecurityGroup") and one.properties.get("GroupId") == group.physical_id
    ]


def dropped(first: Said, second: Said) -> list[Resource]:
    """Resources of the first that are not in the second: replaced ones, or those whose condition is now false."""
    kept = {one.physical_id for one in second.resources}
    return [one for one in first.resources if one.physical_id not in kept]


def exists(aws: Emulator, resource: Resource) -> bool:
    """Whether the service still has it."""
    return read(aws, resource.type, resource.physical_id, resource.properties) is not None


@pytest.mark.parametrize(("template", "environment"), environments())
def test_a_stack_is_made_changed_left_alone_and_deleted(template: str, environment: str, tmp_path: Path) -> None:
    """`aws cloudformation deploy` creates the resources, changes them for other parameters, and then finds no change.

    Deleting the stack deletes all resources except those that outlive it.
    """
    other = next(one for name, one in environments() if name == template and one != environment)
    with account(tmp_path, template) as here:
        made = here.deploy(template, "test", here.files[environment])
        assert 0 == made.returncode, made.stderr + "\n".join(here.troubles("test"))
        first = said(here.aws, "test")
        assert not (found := list(deviations(here.aws, first))), "\n".join(found)
        assert first.outputs == outputs(here.aws, "test")

        values = changed(RENDERED[template], here.files[environment], here.files[other])
        update = here.deploy(template, "test", values)
        assert 0 == update.returncode, update.stderr + "\n".join(here.troubles("test"))
        assert "UPDATE_COMPLETE" == here.stack("test")["StackStatus"]
        second = said(here.aws, "test")
        assert first != second
        assert not (found := list(deviations(here.aws, second))), "\n".join(found)
        assert second.outputs == outputs(here.aws, "test")
        assert [] == [one.name for one in dropped(first, second) if exists(here.aws, one) != one.retained]

        again = here.deploy(template, "test", values)
        assert (0, "") == (again.returncode, again.stderr)
        assert "No changes to deploy. Stack test is up to date" in again.stdout

        deleted = here.cli("delete-stack", "--stack-name", "test")
        assert 0 == deleted.returncode, deleted.stderr
        assert [] == [one.name for one in second.resources if exists(here.aws, one) != one.retained]
