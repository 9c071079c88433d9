"""AWS CodeArtifact, which moto lacks: domains, repositories, their policies, tokens.

https://docs.aws.amazon.com/codeartifact/latest/APIReference/Welcome.html
"""

from __future__ import annotations

import re
import uuid
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta, timezone
from typing import Any

from generator.cloudformation.refusals import RefusedError
from generator.emulator.front.operation import Operation, OperationContext

# https://docs.aws.amazon.com/codeartifact/latest/ug/external-connection.html#supported-public-repositories
CONNECTIONS = {
    "public:crates-io": "cargo",
    "public:maven-central": "maven",
    "public:maven-clojars": "maven",
    "public:maven-commonsware": "maven",
    "public:maven-googleandroid": "maven",
    "public:maven-gradleplugins": "maven",
    "public:npmjs": "npm",
    "public:nuget-org": "nuget",
    "public:pypi": "pypi",
    "public:ruby-gems-org": "ruby",
}
_DOMAIN = "[a-z][a-z0-9-]{0,48}[a-z0-9]"
_REPOSITORY = "[A-Za-z0-9][A-Za-z0-9._-]{1,99}"
# The bucket that AWS lists for eu-west-1, with another region.
# https://docs.aws.amazon.com/codeartifact/latest/ug/create-s3-gateway-endpoint.html
_BUCKET = "arn:aws:s3:::assets-438097961670-{region}"


@dataclass
class Packages:
    """The domains of an account and region by name, their repositories by domain and name, and the tokens."""

    domains: dict[str, dict[str, Any]] = field(default_factory=dict)
    repositories: dict[tuple[str, str], dict[str, Any]] = field(default_factory=dict)
    policies: dict[str, tuple[str, str]] = field(default_factory=dict)
    """Revision and text of a policy, by the ARN of its resource."""
    published: dict[str, set[tuple[str, str]]] = field(default_factory=dict)
    """The format and name of published packages, by the ARN of the repository."""
    tokens: dict[str, tuple[str, str]] = field(default_factory=dict)
    """The domain and the role of a token."""

    def sources(self, domain: str, repository: str) -> Iterator[dict[str, Any]]:
        """The repository and its upstreams, in the order in which they are searched."""
        found = self.repositories.get((domain, repository))
        if found:
            yield found
            for upstream in found["upstreams"]:
                yield from self.sources(domain, upstream["repositoryName"])


def _packages(context: OperationContext) -> Packages:
    return context.memory(Packages)


def _missing(what: str) -> RefusedError:
    return RefusedError(f"{what} not found.", "ResourceNotFoundException", status=404)


def _domain(context: OperationContext) -> dict[str, Any]:
    name = context.call.parameters["domain"]
    found = _packages(context).domains.get(name)
    if found is None:
        raise _missing(f"Domain: {name}")
    return found


def _repository(context: OperationContext) -> dict[str, Any]:
    told = context.call.parameters
    found = _packages(context).repositories.get((told["domain"], told["repository"]))
    if found is None:
        raise _missing(f"Repository: {told['repository']} in domain {told['domain']}")
    return found


def _create_domain(context: OperationContext) -> dict[str, Any]:
    told, name = context.call.parameters, context.call.parameters["domain"]
    if not re.fullmatch(_DOMAIN, name):
        raise RefusedError(f"{name} does not match {_DOMAIN}", "ValidationException")
    if name in _packages(context).domains:
        raise RefusedError(f"Domain {name} already exists.", "ConflictException", status=409)
    domain = {
        "name": name,
        "owner": context.call.account,
        "arn": context.arn(f"domain/{name}"),
        "status": "Active",
        "createdTime": datetime.now(timezone.utc),
        "encryptionKey": _checked_key(context, told.get("encryptionKey", "")),
        "assetSizeBytes": 0,
        "s3BucketArn": _BUCKET.format(region=context.call.region),
        "tags": told.get("tags", []),
    }
    _packages(context).domains[name] = domain
    return {"domain": _described(context, domain)}


def _checked_key(context: OperationContext, key: str) -> str:
    """The ARN of the key. CodeArtifact reads it and creates a grant on it with the permissions of its caller.

    https://docs.aws.amazon.com/codeartifact/latest/ug/domain-create.html#create-domain-kms-key-policy-example
    """
    if not key:
        return f"{context.arn('').replace(':codeartifact:', ':kms:')}alias/aws/codeartifact"
    kms = context.client("kms", agent="codeartifact.amazonaws.com")
    found = kms.describe_key(KeyId=key)["KeyMetadata"]
    if found["KeyState"] != "Enabled":
        raise RefusedError(f"KMS key {key} is not enabled.", "ValidationException")
    return str(found["Arn"])


def _described(context: OperationContext, domain: Mapping[str, Any]) -> dict[str, Any]:
    inside = [name for of, name in _packages(context).repositories if of == domain["name"]]
    return {**domain, "repositoryCount": len(inside)}


def _delete_domain(context: OperationContext) -> dict[str, Any]:
    domain = _domain(context)
    if _described(context, domain)["repositoryCount"]:
        message = f"Domain {domain['name']} contains repositories."
        raise RefusedError(message, "ConflictException", status=409)
    _packages(context).policies.pop(domain["arn"], None)
    return {"domain": _packages(context).domains.pop(domain["name"])}


def _create_repository(context: OperationContext) -> dict[str, Any]:
    told, domain = context.call.parameters, _domain(context)
    name = told["repository"]
    if not re.fullmatch(_REPOSITORY, name):
        raise RefusedError(f"{name} does not match {_REPOSITORY}", "ValidationException")
    if (domain["name"], name) in _packages(context).repositories:
        raise RefusedError(f"Repository {name} already exists.", "ConflictException", status=409)
    repository = {
        "name": name,
        "administratorAccount": context.call.account,
        "domainName": domain["name"],
        "domainOwner": domain["owner"],
        "arn": context.arn(f"repository/{domain['name']}/{name}"),
        "description": told.get("description", ""),
        "upstreams": _checked_upstreams(context),
        "externalConnections": [],
        "createdTime": datetime.now(timezone.utc),
    }
    _packages(context).repositories[domain["name"], name] = repository
    return {"repository": repository}


def _checked_upstreams(context: OperationContext) -> list[dict[str, str]]:
    told = context.call.parameters
    upstreams = [each["repositoryName"] for each in told.get("upstreams", [])]
    for each in upstreams:
        if (told["domain"], each) not in _packages(context).repositories:
            raise _missing(f"Upstream repository: {each}")
    return [{"repositoryName": each} for each in upstreams]


def _update_repository(context: OperationContext) -> dict[str, Any]:
    repository, told = _repository(context), context.call.parameters
    if "description" in told:
        repository["description"] = told["description"]
    if "upstreams" in told:
        repository["upstreams"] = _checked_upstreams(context)
    return {"repository": repository}


def _delete_repository(context: OperationContext) -> dict[str, Any]:
    repository = _repository(context)
    _packages(context).policies.pop(repository["arn"], None)
    return {"repository": _packages(context).repositories.pop((repository["domainName"], repository["name"]))}


def _connect(context: OperationContext) -> dict[str, Any]:
    """Connect a repository. It can have one connection, and none if it has upstreams.

    https://docs.aws.amazon.com/codeartifact/latest/APIReference/API_AssociateExternalConnection.html
    """
    repository, name = _repository(context), context.call.parameters["externalConnection"]
    if name not in CONNECTIONS:
        raise RefusedError(f"{name} is not an external connection.", "ValidationException")
    if repository["externalConnections"] or repository["upstreams"]:
        message = f"{repository['name']} has an external connection or upstreams already."
        raise RefusedError(message, "ConflictException", status=409)
    connection = {"externalConnectionName": name, "packageFormat": CONNECTIONS[name], "status": "Available"}
    repository["externalConnections"].append(connection)
    return {"repository": repository}


def _disconnect(context: OperationContext) -> dict[str, Any]:
    repository, name = _repository(context), context.call.parameters["externalConnection"]
    kept = [each for each in repository["externalConnections"] if each["externalConnectionName"] != name]
    if kept == repository["externalConnections"]:
        raise _missing(f"External connection: {name}")
    repository["externalConnections"] = kept
    return {"repository": repository}


def _token(context: OperationContext) -> dict[str, Any]:
    seconds = context.call.parameters.get("durationSeconds", 43200)
    # https://docs.aws.amazon.com/codeartifact/latest/APIReference/API_GetAuthorizationToken.html
    if seconds and not 900 <= seconds <= 43200:
        raise RefusedError(f"durationSeconds is {seconds}: 0, or 900 to 43200", "ValidationException")
    token, domain = uuid.uuid4().hex, _domain(context)
    _packages(context).tokens[token] = (domain["name"], context.call.role)
    return {
        "authorizationToken": token,
        "expiration": datetime.now(timezone.utc) + timedelta(seconds=seconds or 43200),
    }


def _policy(found: Mapping[str, Any], context: OperationContext) -> dict[str, Any]:
    if found["arn"] not in _packages(context).policies:
        raise _missing(f"Policy of {found['arn']}")
    revision, document = _packages(context).policies[found["arn"]]
    return {"policy": {"resourceArn": found["arn"], "revision": revision, "document": document}}


def _put_policy(found: Mapping[str, Any], context: OperationContext) -> dict[str, Any]:
    _packages(context).policies[found["arn"]] = (uuid.uuid4().hex, context.call.parameters["policyDocument"])
    return _policy(found, context)


def _delete_policy(found: Mapping[str, Any], context: OperationContext) -> dict[str, Any]:
    told = _policy(found, context)
    del _packages(context).policies[found["arn"]]
    return told


def _endpoint(context: OperationContext) -> dict[str, Any]:
    repository, call = _repository(context), context.call
    host = f"{repository['domainName']}-{call.account}.d.codeartifact.{call.region}.amazonaws.com"
    return {"repositoryEndpoint": f"https://{host}/{call.parameters['format']}/{repository['name']}/"}


OPERATIONS: dict[str, Operation] = {
    "codeartifact:AssociateExternalConnection": _connect,
    "codeartifact:CreateDomain": _create_domain,
    "codeartifact:CreateRepository": _create_repository,
    "codeartifact:DeleteDomain": _delete_domain,
    "codeartifact:DeleteDomainPermissionsPolicy": lambda context: _delete_policy(_domain(context), context),
    "codeartifact:DeleteRepository": _delete_repository,
    "codeartifact:DeleteRepositoryPermissionsPolicy": lambda context: _delete_policy(_repository(context), context),
    "codeartifact:DescribeDomain": lambda context: {"domain": _described(context, _domain(context))},
    "codeartifact:DescribeRepository": lambda context: {"repository": _repository(context)},
    "codeartifact:DisassociateExternalConnection": _disconnect,
    "codeartifact:GetAuthorizationToken": _token,
    "codeartifact:GetDomainPermissionsPolicy": lambda context: _policy(_domain(context), context),
    "codeartifact:GetRepositoryEndpoint": _endpoint,
    "codeartifact:GetRepositoryPermissionsPolicy": lambda context: _policy(_repository(context), context),
    "codeartifact:ListDomains": lambda context: {"domains": list(_packages(context).domains.values())},
    "codeartifact:ListRepositories": lambda context: {"repositories": list(_packages(context).repositories.values())},
    "codeartifact:PutDomainPermissionsPolicy": lambda context: _put_policy(_domain(context), context),
    "codeartifact:PutRepositoryPermissionsPolicy": lambda context: _put_policy(_repository(context), context),
    "codeartifact:UpdateRepository": _update_repository,
}
