"""Promises about repositories: running images are kept, and pipelines can set their tags."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator

from generator.cloudformation.offline_stack import OfflineStack
from generator.cloudformation.template_rules import broken
from tests.rendered import Rendered, alternatives, resources
from tests.samples import sample
from tests.variants import with_conditions

SCANNING = {"as-is": [], "on-push": ["SCAN_ON_PUSH"], "continuous": ["CONTINUOUS_SCAN"]}
REPOSITORIES = ("AWS::ECR::Repository", "AWS::ECR::RepositoryCreationTemplate")
STAGE_TAGS = "_*"  # a pipeline tags what it has deployed: _staging, _production, _release


def running_images_never_expire(template: Rendered) -> Iterator[str]:
    """The rule of the highest priority is for the tags of stages, and keeps all of their images.

    An image that it matches cannot be taken by another rule.
    https://docs.aws.amazon.com/AmazonECR/latest/userguide/LifecyclePolicies.html#lp_evaluation_rules
    """
    for name, repository in _repositories(template):
        rules = sorted(_rules(repository), key=lambda rule: int(rule["rulePriority"]))
        first = rules[0]["selection"] if rules else {}
        if first.get("tagPatternList") != [STAGE_TAGS] or first.get("tagStatus") != "tagged":
            yield f"{name} protects {first.get('tagPatternList')}, not {STAGE_TAGS}"
        if first.get("countType") != "imageCountMoreThan" or first.get("countNumber", 0) < 1000:
            yield f"{name} lets go what runs: {first}"


def ecr_accepts_the_lifecycle_rules(template: Rendered) -> Iterator[str]:
    """Priorities and selections differ, the rule for any image is the last, one at most is for untagged images.

    https://docs.aws.amazon.com/AmazonECR/latest/userguide/lifecycle_policy_parameters.html
    """
    for name, repository in _repositories(template):
        rules = sorted(_rules(repository), key=lambda rule: int(rule["rulePriority"]))
        selections = [rule["selection"]["tagStatus"] + str(rule["selection"].get("tagPatternList")) for rule in rules]
        if len({rule["rulePriority"] for rule in rules}) < len(rules):
            yield f"{name} has two rules of one priority"
        if len(set(selections)) < len(rules):
            yield f"{name} has two rules for the same images: {selections}"
        if any(rule["selection"]["tagStatus"] == "any" for rule in rules[:-1]):
            yield f"{name} has a rule for any image before another one"


def tags_of_stages_can_move(template: Rendered) -> Iterator[str]:
    """Tags are immutable with a few exceptions, among them those of stages: a stage deploys more than once."""
    for name, repository in _repositories(template):
        filters = repository.get("ImageTagMutabilityExclusionFilters", [])
        always = [entry.get("ImageTagMutabilityExclusionFilterValue") for entry in filters]
        if repository.get("ImageTagMutability") != "IMMUTABLE_WITH_EXCLUSION":
            yield f"{name} is {repository.get('ImageTagMutability')}"
        if STAGE_TAGS not in always:
            yield f"{name} does not let {STAGE_TAGS} move"
        if sum(len(list(alternatives(entry))) for entry in filters) > 5:
            yield f"{name} has more than five filters, ECR takes no more"


@with_conditions
def tags_that_were_typed_can_move(template: Rendered) -> Iterator[str]:
    """Each tag that a user lets move can move, and no other one but those of stages: none to four of them."""
    if "MovingTags" not in template.get("Parameters", {}):
        return
    for number in range(5):
        typed = ["latest", "main", "dev", "edge"][:number]
        parameters = {**sample(template, "a"), "MovingTags": ",".join(typed)}
        stack = OfflineStack(template=template, name="a-stack", parameters=parameters)
        for name, repository in stack.resources(*REPOSITORIES):
            filters = repository["ImageTagMutabilityExclusionFilters"]
            moving = [entry["ImageTagMutabilityExclusionFilterValue"] for entry in filters]
            if moving != [STAGE_TAGS, *typed]:
                yield f"{name} lets {moving} move when {typed} are typed"


@with_conditions
def registries_have_the_chosen_scanning(template: Rendered) -> Iterator[str]:
    """The scanning of the account's registry is the chosen one, and is not changed by default."""
    for chosen in template.get("Parameters", {}).get("RegistryScanning", {}).get("AllowedValues", ()):
        parameters = {**sample(template, "a"), "RegistryScanning": chosen}
        stack = OfflineStack(template=template, name="a-stack", parameters=parameters)
        set_to = [
            rule["ScanFrequency"]
            for _, scanning in stack.resources("AWS::ECR::RegistryScanningConfiguration")
            for rule in scanning["Rules"]
        ]
        if set_to != SCANNING[chosen]:
            yield f"with {chosen} the registry is set to {set_to}"


def copies_go_elsewhere(template: Rendered) -> Iterator[str]:
    """Copies go to another region or another account: into the registry that has the images already, ECR makes none."""
    declared = template.get("Parameters", {})
    here = {"AWS::Region": "eu-west-1", "AWS::AccountId": "111122223333"}
    values = {name: str(declaration.get("Default", "")) for name, declaration in declared.items()} | here
    for region in (here["AWS::Region"], "eu-north-1") if "ReplicationRegion" in declared else ():
        for account in ("", here["AWS::AccountId"], "999988887777"):
            chosen = {"ReplicationRegion": region, "ReplicationAccountId": account}
            refused = any(broken(template["Rules"], {**values, **sample(template, "a"), **chosen}))
            is_here = region == here["AWS::Region"] and account in ("", here["AWS::AccountId"])
            if refused is not is_here:
                yield f"{chosen} is {'refused' if refused else 'taken'} in {here}"


def pushed_images_are_scanned(template: Rendered) -> Iterator[str]:
    """Every repository scans pushed images."""
    for name, repository in resources(template, "AWS::ECR::Repository"):
        if repository.get("ImageScanningConfiguration") != {"ScanOnPush": True}:
            yield f"{name} does not scan"


def _repositories(template: Rendered) -> Iterator[tuple[str, Rendered]]:
    """Repositories, and templates that ECR makes repositories by."""
    return (each for kind in REPOSITORIES for each in resources(template, kind))


def _rules(repository: Rendered) -> list[Rendered]:
    """The lifecycle rules. A parameter for a number is read as zero."""
    policy = repository.get("LifecyclePolicy", {"Fn::Join": ["", ['{"rules": []}']]})
    written = policy.get("LifecyclePolicyText", policy)
    text = "".join(line if isinstance(line, str) else line["Fn::Sub"] for line in written["Fn::Join"][1])
    rules: list[Rendered] = json.loads(re.sub(r"(?<!\")\$\{\w+\}(?!\")", "0", text))["rules"]
    return rules
