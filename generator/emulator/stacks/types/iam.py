"""AWS IAM."""

from __future__ import annotations

import json
from typing import Any

from generator.emulator.stacks.resource_handler import Properties, ResourceContext, ResourceHandler, changed, without
from generator.emulator.stacks.shapes import request

_APART = ("ManagedPolicyArns", "Policies", "RoleName")


def _create_role(work: ResourceContext, properties: Properties) -> str:
    name = str(properties.get("RoleName") or work.name(64))
    request(work.client("iam"), "CreateRole", without(properties, *_APART), RoleName=name)
    return name


def _settle_role(work: ResourceContext, role: str, new: Properties, old: Properties) -> None:
    client = work.client("iam")
    if old:
        _update_role(client, role, new, old)
    wanted, had = (
        {policy["PolicyName"]: policy["PolicyDocument"] for policy in one.get("Policies", [])} for one in (new, old)
    )
    for name, document in wanted.items():
        if document != had.get(name):
            client.put_role_policy(RoleName=role, PolicyName=name, PolicyDocument=json.dumps(document))
    for name in had.keys() - wanted.keys():
        client.delete_role_policy(RoleName=role, PolicyName=name)
    for arn in _missing(old, new):
        client.attach_role_policy(RoleName=role, PolicyArn=arn)
    for arn in _missing(new, old):
        client.detach_role_policy(RoleName=role, PolicyArn=arn)


def _missing(where: Properties, of: Properties) -> list[str]:
    return [arn for arn in of.get("ManagedPolicyArns", []) if arn not in where.get("ManagedPolicyArns", [])]


def _update_role(client: Any, role: str, new: Properties, old: Properties) -> None:
    # UpdateRole changes description and session length only. The other parts have operations of their own.
    if changed(old, new, "AssumeRolePolicyDocument"):
        client.update_assume_role_policy(RoleName=role, PolicyDocument=json.dumps(new["AssumeRolePolicyDocument"]))
    if changed(old, new, "PermissionsBoundary"):
        if "PermissionsBoundary" in new:
            client.put_role_permissions_boundary(RoleName=role, PermissionsBoundary=new["PermissionsBoundary"])
        else:
            client.delete_role_permissions_boundary(RoleName=role)
    if changed(old, new, "Description") or changed(old, new, "MaxSessionDuration"):
        settings = {name: new[name] for name in ("Description", "MaxSessionDuration") if name in new}
        request(client, "UpdateRole", settings, RoleName=role)


def _delete_role(work: ResourceContext, role: str, _properties: Properties) -> None:
    """Delete a role, and first its policies."""
    client = work.client("iam")
    for name in client.list_role_policies(RoleName=role)["PolicyNames"]:
        client.delete_role_policy(RoleName=role, PolicyName=name)
    for attached in client.list_attached_role_policies(RoleName=role)["AttachedPolicies"]:
        client.detach_role_policy(RoleName=role, PolicyArn=attached["PolicyArn"])
    client.delete_role(RoleName=role)


def _described(work: ResourceContext, role: str, _properties: Properties) -> dict[str, str]:
    found = work.client("iam").get_role(RoleName=role)["Role"]
    return {"Arn": found["Arn"], "RoleId": found["RoleId"]}


def _create_policy(work: ResourceContext, properties: Properties) -> str:
    name = properties.get("ManagedPolicyName") or work.name(128)
    settings = without(properties, "ManagedPolicyName", "Roles", "Users", "Groups")
    created = request(work.client("iam"), "CreatePolicy", settings, PolicyName=name)
    return str(created["Policy"]["Arn"])


def _settle_policy(work: ResourceContext, arn: str, new: Properties, old: Properties) -> None:
    client = work.client("iam")
    if old and changed(old, new, "PolicyDocument"):
        # IAM keeps five versions: https://docs.aws.amazon.com/IAM/latest/APIReference/API_CreatePolicyVersion.html
        for version in client.list_policy_versions(PolicyArn=arn)["Versions"]:
            if not version["IsDefaultVersion"]:
                client.delete_policy_version(PolicyArn=arn, VersionId=version["VersionId"])
        document = json.dumps(new["PolicyDocument"])
        client.create_policy_version(PolicyArn=arn, PolicyDocument=document, SetAsDefault=True)
    for role in new.get("Roles", []):
        if role not in old.get("Roles", []):
            client.attach_role_policy(RoleName=role, PolicyArn=arn)
    for role in old.get("Roles", []):
        if role not in new.get("Roles", []):
            client.detach_role_policy(RoleName=role, PolicyArn=arn)


def _delete_policy(work: ResourceContext, arn: str, properties: Properties) -> None:
    client = work.client("iam")
    for role in properties.get("Roles", []):
        client.detach_role_policy(RoleName=role, PolicyArn=arn)
    for version in client.list_policy_versions(PolicyArn=arn)["Versions"]:
        if not version["IsDefaultVersion"]:
            client.delete_policy_version(PolicyArn=arn, VersionId=version["VersionId"])
    client.delete_policy(PolicyArn=arn)


def _create_profile(work: ResourceContext, properties: Properties) -> str:
    name = str(properties.get("InstanceProfileName") or work.name(128))
    settings = without(properties, "InstanceProfileName", "Roles")
    request(work.client("iam"), "CreateInstanceProfile", settings, InstanceProfileName=name)
    return name


def _settle_profile(work: ResourceContext, profile: str, new: Properties, old: Properties) -> None:
    """Set the role of a profile. It can have only one, so that the old one is removed first."""
    client = work.client("iam")
    for role in old.get("Roles", []):
        if role not in new["Roles"]:
            client.remove_role_from_instance_profile(InstanceProfileName=profile, RoleName=role)
    for role in new["Roles"]:
        if role not in old.get("Roles", []):
            client.add_role_to_instance_profile(InstanceProfileName=profile, RoleName=role)


def _delete_profile(work: ResourceContext, profile: str, properties: Properties) -> None:
    for role in properties["Roles"]:
        work.client("iam").remove_role_from_instance_profile(InstanceProfileName=profile, RoleName=role)
    work.client("iam").delete_instance_profile(InstanceProfileName=profile)


def _profile_attributes(work: ResourceContext, profile: str, _properties: Properties) -> dict[str, str]:
    found = work.client("iam").get_instance_profile(InstanceProfileName=profile)["InstanceProfile"]
    return {"Arn": found["Arn"]}


TYPES = {
    "AWS::IAM::Role": ResourceHandler(
        create=_create_role, settle=_settle_role, delete=_delete_role, attributes=_described
    ),
    "AWS::IAM::InstanceProfile": ResourceHandler(
        create=_create_profile, settle=_settle_profile, delete=_delete_profile, attributes=_profile_attributes
    ),
    "AWS::IAM::ManagedPolicy": ResourceHandler(
        create=_create_policy,
        settle=_settle_policy,
        delete=_delete_policy,
        attributes=lambda _work, arn, _: {"PolicyArn": arn},
    ),
}
