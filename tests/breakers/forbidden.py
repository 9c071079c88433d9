"""Breakers of the promises in tests/promises/forbidden.py."""

from __future__ import annotations

from generator.components.source import NO_HOST
from generator.model.parameters import EACH_ONCE
from tests.breakers import breaks
from tests.promises import forbidden
from tests.rendered import Rendered


@breaks(forbidden.forbidden_values_are_refused, of="image-build")
def a_cache_may_be_a_full_uri(template: Rendered) -> None:
    cache = template["Parameters"]["CacheRepositoryName"]
    cache["AllowedPattern"] = cache["AllowedPattern"].replace(NO_HOST, "")


@breaks(forbidden.forbidden_values_are_refused, of="deployer-ecs-codedeploy")
def two_target_groups_may_be_one(template: Rendered) -> None:
    template["Parameters"]["TargetGroups"]["AllowedPattern"] = "^[a-z0-9-]+,[a-z0-9-]+$"


@breaks(forbidden.forbidden_values_are_refused, of="deployer-lambda")
def a_parameter_says_nothing(template: Rendered) -> None:
    template["Parameters"]["FunctionName"] |= {"Description": "A function.", "ConstraintDescription": "Enter it."}


@breaks(forbidden.values_that_must_differ_cannot_be_equal, of="deployer-lambda")
def one_alarm_counts_twice(template: Rendered) -> None:
    del template["Rules"]["AlarmsDiffer"]


@breaks(forbidden.values_that_must_differ_cannot_be_equal, of="deployer-lambda")
def the_function_may_be_its_own_hook(template: Rendered) -> None:
    del template["Rules"]["AfterAllowTrafficHookIsAnotherFunction"]


@breaks(forbidden.values_that_must_differ_cannot_be_equal, of="deployer-lambda")
def only_with_the_other_hook_the_function_is_not_its_own(template: Rendered) -> None:
    rule = template["Rules"]["BeforeAllowTrafficHookIsAnotherFunction"]
    rule["RuleCondition"] = {"Fn::Not": [{"Fn::Equals": [{"Ref": "AfterAllowTrafficHook"}, ""]}]}


@breaks(forbidden.values_that_must_differ_cannot_be_equal, of="deployer-eks")
def helm_may_be_its_chart(template: Rendered) -> None:
    template["Rules"]["WithChart"]["Assertions"] = template["Rules"]["WithChart"]["Assertions"][:-2]


@breaks(forbidden.lists_have_no_duplicates, of="pipeline-ecs")
def a_container_gets_the_image_twice(template: Rendered) -> None:
    containers = template["Parameters"]["StagingContainers"]
    containers["AllowedPattern"] = containers["AllowedPattern"].replace(EACH_ONCE, "")
