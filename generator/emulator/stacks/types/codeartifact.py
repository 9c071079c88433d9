"""AWS CodeArtifact: domains and repositories of packages."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from generator.emulator.stacks.resource_handler import Properties, ResourceContext, ResourceHandler, changed

_POLICY = "PermissionsPolicyDocument"
_CONNECTIONS = "ExternalConnections"


def _names(properties: Properties) -> dict[str, str]:
    """The parameters with which the API identifies a domain, or a repository in its domain."""
    names = {"domain": "DomainName", "repository": "RepositoryName"}
    return {name: properties[own] for name, own in names.items() if own in properties}


def _tags(properties: Properties) -> dict[str, Any]:
    tags = [{"key": each["Key"], "value": each["Value"]} for each in properties.get("Tags", [])]
    return {"tags": tags} if tags else {}


def _create_domain(work: ResourceContext, properties: Properties) -> str:
    key = {"encryptionKey": properties["EncryptionKey"]} if "EncryptionKey" in properties else {}
    made = work.client("codeartifact").create_domain(**_names(properties), **key, **_tags(properties))
    return str(made["domain"]["arn"])


def _settle_policy(kind: str, work: ResourceContext, new: Properties, old: Properties) -> None:
    if changed(old, new, _POLICY):
        client = work.client("codeartifact")
        if _POLICY in new:
            put = getattr(client, f"put_{kind}_permissions_policy")
            put(**_names(new), policyDocument=json.dumps(new[_POLICY]))
        else:
            getattr(client, f"delete_{kind}_permissions_policy")(**_names(new))


def _create_repository(work: ResourceContext, properties: Properties) -> str:
    made = work.client("codeartifact").create_repository(
        **_names(properties),
        description=properties.get("Description", ""),
        upstreams=_upstreams(properties),
        **_tags(properties),
    )
    return str(made["repository"]["arn"])


def _upstreams(properties: Properties) -> list[dict[str, str]]:
    return [{"repositoryName": each} for each in properties.get("Upstreams", [])]


def _settle_repository(work: ResourceContext, _arn: str, new: Properties, old: Properties) -> None:
    client, names = work.client("codeartifact"), _names(new)
    wanted, had = new.get(_CONNECTIONS, []), old.get(_CONNECTIONS, [])
    for each in had:
        if each not in wanted:
            client.disassociate_external_connection(**names, externalConnection=each)
    for each in wanted:
        if each not in had:
            client.associate_external_connection(**names, externalConnection=each)
    if old and (changed(old, new, "Upstreams") or changed(old, new, "Description")):
        client.update_repository(**names, description=new.get("Description", ""), upstreams=_upstreams(new))
    _settle_policy("repository", work, new, old)


def _domain(work: ResourceContext, arn: str, _properties: Properties) -> Mapping[str, str]:
    name = arn.rsplit("/", 1)[1]
    found = work.client("codeartifact").describe_domain(domain=name)["domain"]
    return {"Arn": arn, "Name": name, "Owner": found["owner"], "EncryptionKey": found["encryptionKey"]}


def _repository(work: ResourceContext, arn: str, _properties: Properties) -> Mapping[str, str]:
    _, domain, name = arn.split("/")
    return {"Arn": arn, "Name": name, "DomainName": domain, "DomainOwner": work.account}


TYPES = {
    "AWS::CodeArtifact::Domain": ResourceHandler(
        create=_create_domain,
        settle=lambda work, _arn, new, old: _settle_policy("domain", work, new, old),
        delete=lambda work, _arn, properties: work.client("codeartifact").delete_domain(**_names(properties)),
        attributes=_domain,
    ),
    "AWS::CodeArtifact::Repository": ResourceHandler(
        create=_create_repository,
        settle=_settle_repository,
        delete=lambda work, _arn, properties: work.client("codeartifact").delete_repository(**_names(properties)),
        attributes=_repository,
    ),
}
