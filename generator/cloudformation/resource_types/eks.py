"""Amazon EKS."""

from __future__ import annotations

from generator.cloudformation.resource_type import ResourceType

RESOURCE_TYPES: dict[str, ResourceType] = {
    "AWS::EKS::AccessEntry": ResourceType(purpose="Lets a role into a cluster, as members of Kubernetes groups."),
}
