"""Breakers of the promises in tests/promises/kinds.py."""

from __future__ import annotations

from tests.breakers import breaks, statement_of
from tests.promises import kinds
from tests.rendered import Rendered


@breaks(kinds.resources_are_of_a_kind_that_an_action_knows, of="deployer-ecs-codedeploy")
def task_sets_are_made_on_a_service(template: Rendered) -> None:
    statement = statement_of(template, "Role", "MakeTaskSets")
    statement["Resource"] = [
        {"Fn::Sub": "arn:${AWS::Partition}:ecs:${AWS::Region}:${AWS::AccountId}:service/${Service}"}
    ]
