"""Promises about repositories: what runs stays, and what a pipeline does with tags works."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator

from tests.rendered import Rendered, alternatives, resources

STAGE_TAGS = "_*"  # a pipeline tags what it has deployed: _staging, _production, _release


def what_runs_never_expires(template: Rendered) -> Iterator[str]:
    """The rule of the highest priority is for the tags of stages, and lets all of their images be.

    An image that it matches cannot be taken by another rule.
    https://docs.aws.amazon.com/AmazonECR/latest/userguide/LifecyclePolicies.html#lp_evaluation_rules
    """
    for name, repository in resources(template, "AWS::ECR::Repository"):
        rules = sorted(_rules(repository), key=lambda rule: int(rule["rulePriority"]))
        first = rules[0]["selection"] if rules else {}
        if first.get("tagPatternList") != [STAGE_TAGS] or first.get("tagStatus") != "tagged":
            yield f"{name} protects {first.get('tagPatternList')}, not {STAGE_TAGS}"
        if first.get("countType") != "imageCountMoreThan" or first.get("countNumber", 0) < 1000:
            yield f"{name} lets go what runs: {first}"


def ecr_takes_the_lifecycle_rules(template: Rendered) -> Iterator[str]:
    """Priorities and selections differ, the rule for any image is the last, one at most is for untagged images.

    https://docs.aws.amazon.com/AmazonECR/latest/userguide/lifecycle_policy_parameters.html
    """
    for name, repository in resources(template, "AWS::ECR::Repository"):
        rules = sorted(_rules(repository), key=lambda rule: int(rule["rulePriority"]))
        selections = [rule["selection"]["tagStatus"] + str(rule["selection"].get("tagPatternList")) for rule in rules]
        if len({rule["rulePriority"] for rule in rules}) < len(rules):
            yield f"{name} has two rules of one priority"
        if len(set(selections)) < len(rules):
            yield f"{name} has two rules for the same images: {selections}"
        if any(rule["selection"]["tagStatus"] == "any" for rule in rules[:-1]):
            yield f"{name} has a rule for any image before another one"


def tags_of_stages_can_move(template: Rendered) -> Iterator[str]:
    """Tags are immutable but for a few, and those of stages are always among these: a stage deploys more than once."""
    for name, repository in resources(template, "AWS::ECR::Repository"):
        filters = repository.get("ImageTagMutabilityExclusionFilters", [])
        always = [entry.get("ImageTagMutabilityExclusionFilterValue") for entry in filters]
        if repository.get("ImageTagMutability") != "IMMUTABLE_WITH_EXCLUSION":
            yield f"{name} is {repository.get('ImageTagMutability')}"
        if STAGE_TAGS not in always:
            yield f"{name} does not let {STAGE_TAGS} move"
        if sum(len(list(alternatives(entry))) for entry in filters) > 5:
            yield f"{name} has more than five filters, ECR takes no more"


def pushed_images_are_scanned(template: Rendered) -> Iterator[str]:
    """Every repository scans what is pushed to it."""
    for name, repository in resources(template, "AWS::ECR::Repository"):
        if repository.get("ImageScanningConfiguration") != {"ScanOnPush": True}:
            yield f"{name} does not scan"


def _rules(repository: Rendered) -> list[Rendered]:
    """The lifecycle rules. A parameter that stands for a number is read as zero."""
    text = repository.get("LifecyclePolicy", {}).get("LifecyclePolicyText", {"Fn::Sub": '{"rules": []}'})["Fn::Sub"]
    rules: list[Rendered] = json.loads(re.sub(r"(?<!\")\$\{\w+\}(?!\")", "0", text))["rules"]
    return rules
