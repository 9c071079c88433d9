"""Breakers of the promises in tests/promises/registry.py."""

from __future__ import annotations

import copy

from tests.breakers import breaks, properties_of
from tests.promises import registry
from tests.rendered import Rendered


@breaks(registry.tags_that_were_typed_can_move, of="registry")
def the_third_tag_cannot_move(template: Rendered) -> None:
    del properties_of(template, "Repository")["ImageTagMutabilityExclusionFilters"][3]


@breaks(registry.registries_have_the_chosen_scanning, of="registry")
def every_registry_is_scanned_once(template: Rendered) -> None:
    template["Conditions"]["ScanContinuously"] = {"Fn::Equals": ["yes", "no"]}


@breaks(registry.registries_have_the_chosen_scanning, of="registry")
def the_registry_is_set_unasked(template: Rendered) -> None:
    del template["Resources"]["EnhancedScanning"]["Condition"]


@breaks(registry.copies_go_elsewhere, of="registry")
def copies_are_made_where_the_images_are(template: Rendered) -> None:
    del template["Rules"]["CopiesGoElsewhere"]


@breaks(registry.running_images_never_expire, of="registry")
def another_rule_comes_first(template: Rendered) -> None:
    _change_lifecycle(template, '"rulePriority": 1,', '"rulePriority": 9,')


@breaks(registry.running_images_never_expire, of="registry")
def what_runs_is_counted(template: Rendered) -> None:
    _change_lifecycle(template, "9999", "3")


@breaks(registry.ecr_accepts_the_lifecycle_rules, of="registry")
def two_rules_have_one_priority(template: Rendered) -> None:
    _change_lifecycle(template, '"rulePriority": 3,', '"rulePriority": 2,')


@breaks(registry.ecr_accepts_the_lifecycle_rules, of="registry")
def two_rules_are_for_untagged_images(template: Rendered) -> None:
    _change_lifecycle(template, '"any"', '"untagged"')


@breaks(registry.ecr_accepts_the_lifecycle_rules, of="registry")
def the_rule_for_any_image_is_not_the_last(template: Rendered) -> None:
    _change_lifecycle(template, '"untagged"', '"any"')
    _change_lifecycle(
        template,
        '"rulePriority": 6, "description": "All others", "selection": {"tagStatus": "any"',
        '"rulePriority": 6, "description": "All others", "selection": {"tagStatus": "untagged"',
    )


@breaks(registry.tags_of_stages_can_move, of="registry")
def a_stage_deploys_once(template: Rendered) -> None:
    del properties_of(template, "Repository")["ImageTagMutabilityExclusionFilters"][0]


@breaks(registry.tags_of_stages_can_move, of="registry")
def every_tag_moves(template: Rendered) -> None:
    properties_of(template, "Repository")["ImageTagMutability"] = "MUTABLE"


@breaks(registry.tags_of_stages_can_move, of="registry")
def six_tags_move(template: Rendered) -> None:
    filters = properties_of(template, "Repository")["ImageTagMutabilityExclusionFilters"]
    filters.append(copy.deepcopy(filters[1]))


@breaks(registry.pushed_images_are_scanned, of="registry")
def nothing_is_scanned(template: Rendered) -> None:
    del properties_of(template, "Repository")["ImageScanningConfiguration"]


def _change_lifecycle(template: Rendered, old: str, new: str) -> None:
    policy = properties_of(template, "Repository")["LifecyclePolicy"]["LifecyclePolicyText"]
    lines = policy["Fn::Join"][1]
    texts = [line if isinstance(line, str) else line["Fn::Sub"] for line in lines]
    assert old in "".join(texts)
    lines[:] = [{"Fn::Sub": text.replace(old, new)} for text in texts]
