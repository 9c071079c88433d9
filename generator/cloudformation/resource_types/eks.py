"""Amazon EKS."""

from __future__ import annotations

from generator.cloudformation.resource_type import ResourceType

RESOURCE_TYPES: dict[str, ResourceType] = {
    "AWS::EKS::AccessEntry": ResourceType(
        purpose="Gives a role access to a cluster, through Kubernetes groups or an access policy."
    ),
}
