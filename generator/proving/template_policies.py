"""Every policy of a template, as it would be deployed."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from generator.changesets.permission_words import policy_properties
from generator.cloudformation.offline_stack import OfflineStack
from generator.listed import listed

IDENTITY, RESOURCE = "IDENTITY_POLICY", "RESOURCE_POLICY"
_OF_ROLES = ("AWS::IAM::ManagedPolicy", "AWS::IAM::Policy")
# The types of resources for which ValidatePolicy has further checks. It has none for keys, topics, queues and
# repositories.
# https://docs.aws.amazon.com/access-analyzer/latest/APIReference/API_ValidatePolicy.html
_KNOWN = {"AWS::S3::BucketPolicy": "AWS::S3::Bucket", "AWS::IAM::Role": "AWS::IAM::AssumeRolePolicyDocument"}


@dataclass(frozen=True, kw_only=True)
class TemplatePolicy:
    """A policy document."""

    owner: str
    """The resource with the policy; for a role, also the name of the policy, or `trust`."""
    type: str
    resource_type: str
    """The resource type that it is attached to, "" if Access Analyzer has no name for it."""
    document: str


def template_policies(stack: OfflineStack) -> tuple[TemplatePolicy, ...]:
    """The policies of a stack."""
    return tuple(policy for kind in _types(stack) for policy in _of_type(stack, kind))


def _types(stack: OfflineStack) -> list[str]:
    return list(dict.fromkeys(each["Type"] for each in stack.template["Resources"].values()))


def _of_type(stack: OfflineStack, kind: str) -> Iterator[TemplatePolicy]:
    for title, properties in stack.resources(kind):
        for name in policy_properties(kind):
            for value in listed(properties.get(name, [])):
                inline = isinstance(value, Mapping) and "PolicyDocument" in value
                yield TemplatePolicy(
                    owner=_owner(title, kind, value if inline else None),
                    type=IDENTITY if inline or kind in _OF_ROLES else RESOURCE,
                    resource_type="" if inline else _KNOWN.get(kind, ""),
                    document=_text(value["PolicyDocument"] if inline else value),
                )


def _owner(title: str, kind: str, inline: Mapping[str, Any] | None) -> str:
    if inline is not None:
        return f"{title}/{inline['PolicyName']}"
    return f"{title}/trust" if kind == "AWS::IAM::Role" else title


def _text(document: Any) -> str:
    return document if isinstance(document, str) else json.dumps(document, separators=(",", ":"))
