"""Amazon EKS: access entries of clusters."""

from __future__ import annotations

from generator.emulator.stacks.resource_handler import Properties, ResourceContext, ResourceHandler, without
from generator.emulator.stacks.shapes import request


def _names(properties: Properties) -> dict[str, str]:
    return {"clusterName": properties["ClusterName"], "principalArn": properties["PrincipalArn"]}


def _create_entry(work: ResourceContext, properties: Properties) -> str:
    tags = {tag["Key"]: tag["Value"] for tag in properties.get("Tags", [])}
    settings = without(properties, "AccessPolicies", "Tags")
    made = request(work.client("eks"), "CreateAccessEntry", settings, **({"tags": tags} if tags else {}))
    return str(made["accessEntry"]["accessEntryArn"])


def _settle_entry(work: ResourceContext, _arn: str, new: Properties, old: Properties) -> None:
    client = work.client("eks")
    if old:
        settings = {name: new[name] for name in ("KubernetesGroups", "Username") if name in new}
        request(client, "UpdateAccessEntry", settings, **_names(new))
    # CreateAccessEntry takes no access policies: they are associated with an entry that exists.
    # https://docs.aws.amazon.com/eks/latest/userguide/access-policies.html
    wanted, had = ({one["PolicyArn"]: one for one in each.get("AccessPolicies", [])} for each in (new, old))
    for arn, policy in wanted.items():
        if policy != had.get(arn):
            request(client, "AssociateAccessPolicy", policy, **_names(new))
    for arn in had.keys() - wanted.keys():
        client.disassociate_access_policy(**_names(new), policyArn=arn)


TYPES = {
    "AWS::EKS::AccessEntry": ResourceHandler(
        create=_create_entry,
        settle=_settle_entry,
        delete=lambda work, _, properties: work.client("eks").delete_access_entry(**_names(properties)),
        attributes=lambda _work, arn, _: {"AccessEntryArn": arn},
    ),
}
