"""Promises about the permissions of a build in a Kubernetes cluster."""

from __future__ import annotations

from collections.abc import Iterator

from generator.cloudformation.offline_stack import OfflineStack
from tests.rendered import Rendered
from tests.samples import sample
from tests.variants import variants, with_conditions

EDIT = "arn:aws:eks::aws:cluster-access-policy/AmazonEKSEditPolicy"


@with_conditions
def access_to_a_cluster_is_to_one_namespace(template: Rendered) -> Iterator[str]:
    """A build gets the group that is given, and no access policy of AWS; without a group it may edit its namespace.

    https://docs.aws.amazon.com/eks/latest/userguide/access-policies.html
    """
    for values in (sample(template, "a"), sample(template, "a", optional=True)):
        stack = OfflineStack(template=template, name="a-stack", parameters=values)
        group = values.get("KubernetesGroup")
        scope = {"Type": "namespace", "Namespaces": [stack.parameters.get("Namespace")]}
        wanted = (None, [{"PolicyArn": EDIT, "AccessScope": scope}])
        for name, entry in stack.resources("AWS::EKS::AccessEntry"):
            if entry["ClusterName"] != values["ClusterName"]:
                yield f"{name} is for {entry['ClusterName']}"
            given = (entry.get("KubernetesGroups"), entry.get("AccessPolicies"))
            if given != (([group], None) if group else wanted):
                yield f"{name} gives {given} for the group {group}"


@with_conditions
def builds_reach_their_cluster_in_every_network(template: Rendered) -> Iterator[str]:
    """In every network of a build, its group leads to the group of the cluster, which admits it."""
    for variant, stack in variants(template):
        cluster = stack.parameters.get("ClusterSecurityGroupId")
        for name, group in stack.resources("AWS::EC2::SecurityGroup") if cluster else ():
            if cluster not in [rule.get("DestinationSecurityGroupId") for rule in group["SecurityGroupEgress"]]:
                yield f"{variant}: {name} does not lead to the cluster, which is behind {cluster}"
            ingress = [(rule["GroupId"], rule["SourceSecurityGroupId"]) for rule in _ingress(stack)]
            if ingress != [(cluster, stack.attribute(name, "GroupId"))]:
                yield f"{variant}: {cluster} does not let in {name}"


@with_conditions
def builds_reach_their_cluster(template: Rendered) -> Iterator[str]:
    """A build leads to the group of the cluster and of the endpoints, each once, also where both are one.

    https://docs.aws.amazon.com/eks/latest/userguide/sec-group-reqs.html
    """
    values = sample(template, "a")
    if "ClusterSecurityGroupId" not in values:
        return
    cluster = values["ClusterSecurityGroupId"]
    for endpoints in (values["EndpointSecurityGroupId"], cluster):
        parameters = {**values, "EndpointSecurityGroupId": endpoints}
        stack = OfflineStack(template=template, name="a-stack", parameters=parameters)
        if cluster not in [rule["GroupId"] for rule in _ingress(stack)]:
            yield "the cluster lets no build in"
        for name, group in stack.resources("AWS::EC2::SecurityGroup"):
            leads = [rule.get("DestinationSecurityGroupId") for rule in group["SecurityGroupEgress"]]
            if sorted(filter(None, leads)) != sorted({cluster, endpoints}):
                yield f"{name} leads to {leads}, and the cluster is behind {cluster}"


def _ingress(stack: OfflineStack) -> list[Rendered]:
    return [rule for _, rule in stack.resources("AWS::EC2::SecurityGroupIngress")]
