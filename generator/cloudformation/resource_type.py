"""Types of resources: one record for each, with facts that AWS's schema does not have.

Permissions are proved with it from a template alone, and the emulator names, identifies and describes resources by it.
"""

from __future__ import annotations

import functools
from collections.abc import Mapping
from dataclasses import dataclass, field

from generator.cloudformation import resource_types as records
from generator.model.discovery import merged

REGIONAL = "arn:{partition}:{service}:{region}:{account}:"
GLOBAL = "arn:{partition}:{service}::{account}:"


@dataclass(frozen=True, kw_only=True)
class ResourceType:
    """One type of resource. Patterns are filled in with partition, service, region, account, suffix and name.

    https://docs.aws.amazon.com/service-authorization/latest/reference/reference_policies_actions-resources-contextkeys.html
    """

    arn: str = REGIONAL + "{name}"
    """Its ARN as policies write it. It may contain properties of the resource: "repository/{DomainName}/{name}"."""
    service: str = ""
    """The service in its ARN, if the name of the type has another one."""
    ref: str = "{name}"
    """The value of Ref; "{arn}" is the ARN."""
    physical_id: str = "{stack}-{title}-{serial:.12}"
    """The name of the resource offline, if its template gives it none: `serial` is a hash of stack and title."""
    lower_case: bool = False
    """Whether such a name is in lower case."""
    attributes: Mapping[str, str] = field(default_factory=dict)
    """The values of Fn::GetAtt that are neither the ARN nor the name."""
    named_by: str = ""
    """The property with its name, if AWS identifies it by an ARN, URL or id: a duplicate name is refused."""
    policy: str = ""
    """The property that holds a policy about access to a resource."""
    policy_is_for: str = ""
    """The property that names the resource of the policy; "" if it is the resource itself."""
    key: str = ""
    """The property, at any depth, that names the KMS key which encrypts it."""
    role: str = ""
    """The property that names the role which the service assumes for it."""
    assumed_by: str = ""
    """The service that assumes the role, as its principal begins: "codebuild"."""
    purpose: str = ""
    """Its purpose in a published template, in one sentence: `ecr-pipeline explain` shows it."""


def resource_type(name: str) -> ResourceType:
    """The record of a type ("AWS::SNS::Topic"), or the defaults for a type without one."""
    return resource_types().get(name, ResourceType())


@functools.cache
def resource_types() -> dict[str, ResourceType]:
    """Every type with a record."""
    return merged(records, "RESOURCE_TYPES")


def service_of(name: str) -> str:
    """The service in the ARNs of a type: "sns" for "AWS::SNS::Topic"."""
    return resource_type(name).service or name.split("::")[1].lower()
