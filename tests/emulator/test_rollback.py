"""The remains of a stack that cannot be created or changed: every published template, refused at its last call."""

from __future__ import annotations

import re
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import pytest

from generator.emulator.front.calls import Call
from tests.conftest import RENDERED
from tests.emulator.account import Account, account
from tests.emulator.reading import read
from tests.emulator.template import changed, said, unique
from tests.emulator.test_deploy import deviations

pytestmark = pytest.mark.slow

TEMPLATES = sorted(RENDERED)


def last_change(calls: Iterable[Call]) -> tuple[str, int]:
    """The last operation that CloudFormation made or changed something with, and how many such calls there were."""
    others = re.compile("Cancel|Delete|Describe|Detach|Disassociate|Get|Invoke|List|Remove|Revoke|Schedule|Unsubscribe")
    changes = [call.operation for call in calls if call.via and not others.match(call.operation)]
    return changes[-1], changes.count(changes[-1])


class Refusal:
    """Denies the nth call of an operation that CloudFormation makes, once it is set."""

    def __init__(self) -> None:
        self._operation, self._left = "", 0

    def __call__(self, call: Call) -> str:
        """Why the call is denied."""
        if call.via and call.operation == self._operation:
            self._left -= 1
            return "not today" if self._left == 0 else ""
        return ""

    def aim(self, operation: str, number: int) -> None:
        """Denies this one from now on."""
        self._operation, self._left = operation, number


def orders(here: Account, template: str) -> tuple[dict[str, Any], dict[str, Any]]:
    """How the stack is made, and how it is changed after that."""
    first, second, *_ = here.files.values()
    after = {**first, **changed(RENDERED[template], first, second)}
    return here.order(template, first), here.order(template, after)


@pytest.mark.parametrize("template", TEMPLATES)
def test_a_failure_restores_the_previous_state(template: str, tmp_path: Path) -> None:
    """If the last resource of a stack cannot be created, nothing is left, not even resources that outlive a stack.

    If the last change fails, all old settings are restored.
    """
    with account(tmp_path, template) as here:
        client, (made, update) = here.aws.client("cloudformation"), orders(here, template)
        count = len(here.aws.calls)  # the stacks that this one imports from already exist
        client.create_stack(**made)
        assert "CREATE_COMPLETE" == here.stack("test")["StackStatus"]
        of_creation, count = last_change(here.aws.calls[count:]), len(here.aws.calls)
        client.update_stack(**update)
        assert "UPDATE_COMPLETE" == here.stack("test")["StackStatus"]
        of_update = last_change(here.aws.calls[count:])

    refusal = Refusal()
    with account(tmp_path, template, refusal) as here:
        client, (made, update) = here.aws.client("cloudformation"), orders(here, template)
        refusal.aim(*of_creation)
        client.create_stack(**made)
        assert "ROLLBACK_COMPLETE" == here.stack("test")["StackStatus"]
        assert any("not today" in trouble for trouble in here.troubles("test"))
        assert [] == left_over(here, template)

        client.delete_stack(StackName="test")
        client.create_stack(**made)
        before = said(here.aws, "test")
        refusal.aim(*of_update)
        client.update_stack(**update)
        assert "UPDATE_ROLLBACK_COMPLETE" == here.stack("test")["StackStatus"]
        assert before == said(here.aws, "test")
        assert [] == list(deviations(here.aws, before))


def left_over(here: Account, template: str) -> list[tuple[str, str]]:
    """Type and physical id of every created resource that still exists. A policy is deleted with its owner."""
    events = here.aws.inside("cloudformation").describe_stack_events(StackName="test")["StackEvents"]
    made = {
        (event["ResourceType"], event["PhysicalResourceId"])
        for event in events
        if event["ResourceStatus"] == "CREATE_COMPLETE" and not re.search("Policy$|^Custom", event["ResourceType"])
    }
    assert set() != made or len(RENDERED[template]["Resources"]) == 1  # the only one is the one that failed
    return [one for one in made if read(here.aws, *one, {}) is not None]


@pytest.mark.parametrize("template", [name for name in TEMPLATES if not unique(RENDERED[name])])
def test_two_stacks_of_a_template_live_side_by_side(template: str, tmp_path: Path) -> None:
    """A second stack of the same template takes no name of the first, and deleting it takes nothing away from it.

    Both have the same parameters, except for a deployment group: an ECS service can be in one only.
    """
    with account(tmp_path, template) as here:
        client, (values, others, *_) = here.aws.client("cloudformation"), here.files.values()
        client.create_stack(**here.order(template, values, "first"))
        before = said(here.aws, "first")
        grouped = any(
            one["Type"] == "AWS::CodeDeploy::DeploymentGroup" for one in RENDERED[template]["Resources"].values()
        )
        client.create_stack(**here.order(template, others if grouped else values, "second"))
        assert "CREATE_COMPLETE" == here.stack("second")["StackStatus"], here.troubles("second")
        client.delete_stack(StackName="second")
        assert before == said(here.aws, "first")
        assert [] == list(deviations(here.aws, before))
