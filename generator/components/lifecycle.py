"""Lifecycle rules: how long images are kept, and the tags of a pipeline's stages, which keep the running images."""

from __future__ import annotations

import json
import re
from typing import Any

from troposphere import Equals, Not, Ref, Template
from troposphere.ecr import LifecyclePolicy

from generator.components.events import TAG_PATTERN, TAG_PATTERN_HINT
from generator.model.parameters import add_number, add_parameter, add_rule
from generator.model.script import substituted

GROUP = "Lifecycle"
# A pipeline puts the tag of a stage on the digest that it has deployed there (_staging, _production, _release).
STAGE_TAGS = "_*"
NEVER = 9999  # a stage's tag is on one image at a time, and no pipeline has this number of stages
# The rules below keep fewer images by number than the least cap: a cap that contradicts them cannot be typed.
MOST_RELEASES, MOST_STAGING, LEAST_CAP = 500, 200, 1000


def add_lifecycle(template: Template) -> LifecyclePolicy:
    """The lifecycle policy, a rule for each purpose. The first rule keeps the running images.

    ECR evaluates all rules, then applies them by priority: an image whose tags match a rule cannot expire by a rule of
    lower priority, even if the first rule keeps it. So a release stays a release, whatever other tags it has.
    https://docs.aws.amazon.com/AmazonECR/latest/userguide/LifecyclePolicies.html#lp_evaluation_rules
    """
    _add_parameters(template)
    rules = (
        _tagged("What runs stays", STAGE_TAGS, _more_than(NEVER)),
        _tagged("Releases", "${ReleaseTagPattern}", _more_than("ReleasesToKeep")),
        _tagged("Staging", "${StagingTagPattern}", _more_than("StagingImagesToKeep")),
        _tagged("Feature branches", "${FeatureTagPattern}", _older_than("FeatureDays")),
        _rule("Untagged", {"tagStatus": "untagged"}, _older_than("UntaggedDays")),
        # ECR requires the rule for any image to be last. It applies only to what no other rule matches.
        _rule("All others", {"tagStatus": "any"}, _more_than("MaxImages")),
    )
    lines = [json.dumps({"rulePriority": number, **rule}) for number, rule in enumerate(rules, start=1)]
    return LifecyclePolicy(LifecyclePolicyText=substituted(_with_numbers('{"rules": [\n' + ",\n".join(lines) + "\n]}")))


def _add_parameters(template: Template) -> None:
    releases = _add_pattern(template, "ReleaseTagPattern", "Tags of releases", "v*", "releases")
    add_number(
        template,
        "ReleasesToKeep",
        group=GROUP,
        label="Releases to keep",
        description="Number of newest releases to keep, regardless of their other tags.",
        default=100,
        least=2,  # the one that runs, and the one to roll back to
        most=MOST_RELEASES,
    )
    staging = _add_pattern(template, "StagingTagPattern", "Tags of staging images", "rc-*", "staging images")
    add_number(
        template,
        "StagingImagesToKeep",
        group=GROUP,
        label="Staging images to keep",
        description="Number of newest images to keep.",
        default=20,
        least=2,
        most=MOST_STAGING,
    )
    features = _add_pattern(
        template, "FeatureTagPattern", "Tags of feature branches", "feature-*", "images of feature branches"
    )
    add_number(
        template,
        "FeatureDays",
        group=GROUP,
        label="Keep feature branches for (days)",
        description="Days after the push until an image expires.",
        default=14,
        least=1,
        most=365,
    )
    add_number(
        template,
        "UntaggedDays",
        group=GROUP,
        label="Keep untagged images for (days)",
        description="Days after the push until an untagged image expires. Must exceed the time for an approval.",
        default=7,
        least=1,
        most=365,
    )
    add_number(
        template,
        "MaxImages",
        group=GROUP,
        label="Maximum number of images",
        description="An image that matches no rule above expires when the repository has this many newer images.",
        default=LEAST_CAP,
        least=LEAST_CAP,
        most=50000,
    )
    add_rule(  # the second of two rules for the same tags would never take an image
        template,
        "PatternsDiffer",
        (Not(Equals(releases, staging)), "ReleaseTagPattern and StagingTagPattern must differ."),
        (Not(Equals(releases, features)), "ReleaseTagPattern and FeatureTagPattern must differ."),
        (Not(Equals(staging, features)), "StagingTagPattern and FeatureTagPattern must differ."),
    )


def _add_pattern(template: Template, name: str, label: str, default: str, what: str) -> Ref:
    """A pattern that never matches a stage's tag, with as many stars as ECR accepts: the same as for the trigger."""
    return add_parameter(
        template,
        name,
        group=GROUP,
        label=label,
        description=f"Images with a matching tag are {what}; * matches any characters.",
        Default=default,
        MaxLength=128,
        AllowedPattern=TAG_PATTERN,
        ConstraintDescription=TAG_PATTERN_HINT,
    )


def _tagged(description: str, pattern: str, count: dict[str, object]) -> dict[str, Any]:
    return _rule(description, {"tagStatus": "tagged", "tagPatternList": [pattern]}, count)


def _rule(description: str, selection: dict[str, object], count: dict[str, object]) -> dict[str, Any]:
    """One rule in the form that ECR expects.

    https://docs.aws.amazon.com/AmazonECR/latest/userguide/lifecycle_policy_parameters.html
    """
    return {"description": description, "selection": {**selection, **count}, "action": {"type": "expire"}}


def _more_than(number: int | str) -> dict[str, object]:
    """A limit on the number of images: a number, or the parameter that contains it."""
    return {"countType": "imageCountMoreThan", "countNumber": number}


def _older_than(parameter: str) -> dict[str, object]:
    return {"countType": "sinceImagePushed", "countUnit": "days", "countNumber": parameter}


def _with_numbers(policy: str) -> str:
    """The policy with numeric parameters as numbers, without quotes."""
    return re.sub(r'"countNumber": "(\w+)"', r'"countNumber": ${\1}', policy)
