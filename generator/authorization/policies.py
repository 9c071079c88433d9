"""The policies of a stack by their resource, and the decision on a request by the policies that apply to it."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, NamedTuple

from generator.authorization.condition_operators import UnsupportedError
from generator.authorization.decisions import Decision, Policies, Policy, Request, account_of, decide_each
from generator.cloudformation.offline_stack import OfflineStack
from generator.cloudformation.resource_type import resource_types
from generator.listed import listed

# Buckets of AWS that accept addresses which AWS has signed: of ECR's layers, and of CodeArtifact's packages.
_SIGNED = "arn:[^:]+:s3:::(prod-[a-z0-9-]+-starport-layer-bucket|assets-[0-9]{12}-[a-z0-9-]+)/"
_PACKAGE = "(arn:[^:]+:codeartifact:[^:]+:[^:]+):package/([^/]+)/([^/]+)/"
_IN_A_DOMAIN = "(arn:[^:]+:codeartifact:[^:]+:[^:]+):(?:package|repository)/([^/]+)/"
EVERYTHING = {"Effect": "Allow", "Principal": "*", "Action": "*", "Resource": "*"}


class Endpoint(NamedTuple):
    """A VPC endpoint: its VPC, and its service as endpoints are named: ecr.api."""

    vpc: str
    service: str


@dataclass(frozen=True, kw_only=True)
class PolicySet:
    """All policies of a stack, or of an account.

    `identity` and `boundaries` by the ARN of the role, `own` by the ARN of the resource (a role's own policy is its
    trust policy).
    """

    identity: Mapping[str, tuple[Policy, ...]] = field(default_factory=dict)
    boundaries: Mapping[str, Policy] = field(default_factory=dict)
    own: Mapping[str, Policy] = field(default_factory=dict)
    endpoints: Mapping[Endpoint, Policy] = field(default_factory=dict)

    def decide(self, request: Request, endpoint: Endpoint | None = None) -> Decision:
        """The decision on a request. It goes through the VPC endpoint, if one is given."""

        def apply(resource: str) -> Policies:
            return Policies(
                identity=self.identity.get(request.principal, ()),
                boundary=self.boundaries.get(request.principal),
                resource=self._own(resource),
                around=self._around(resource),
                endpoint=self.endpoints.get(endpoint) if endpoint else None,
            )

        return decide_each(request, apply)

    def _own(self, resource: str) -> Policy | None:
        """The policy of the resource; that of an object is its bucket's, that of a package its repository's.

        An existing key has AWS's default policy. ECR's bucket of layers, and CodeArtifact's bucket of packages, accept
        the addresses that these services sign.
        https://docs.aws.amazon.com/kms/latest/developerguide/key-policy-default.html
        https://docs.aws.amazon.com/AmazonECR/latest/userguide/vpc-endpoints.html#ecr-minimum-s3-perms
        """
        if resource in self.own:
            return self.own[resource]
        if re.match(_SIGNED, resource):
            return Policy("signed addresses", {"Statement": [EVERYTHING]})
        if re.match("arn:[^:]+:kms:", resource):
            return Policy("key", {"Statement": [{**EVERYTHING, "Principal": {"AWS": account_of(resource)}}]})
        if found := re.match(_PACKAGE, resource):
            return self.own.get("{}:repository/{}/{}".format(*found.groups()))
        return self.own.get(resource.split("/", maxsplit=1)[0]) if re.match("arn:[^:]+:s3:", resource) else None

    def _around(self, resource: str) -> Policy | None:
        """The policy of the domain of a repository or package, which is evaluated together with that of the repository.

        https://docs.aws.amazon.com/codeartifact/latest/ug/repo-policies.html#interaction-repo-domain-policies
        """
        found = re.match(_IN_A_DOMAIN, resource)
        return self.own.get("{}:domain/{}".format(*found.groups())) if found else None


def policies_of(stack: OfflineStack, documents: Mapping[str, Mapping[str, Any]] | None = None) -> PolicySet:
    """The policies of the stack.

    `documents` are those of policies that are not in the stack, by ARN. A permissions boundary without a document is
    ignored.
    """
    known = dict(documents or {})
    known |= {stack.arn(title): each["PolicyDocument"] for title, each in stack.resources("AWS::IAM::ManagedPolicy")}
    roles = dict(stack.resources("AWS::IAM::Role"))
    return PolicySet(
        identity={stack.arn(title): tuple(_of_role(title, role, known)) for title, role in roles.items()},
        boundaries={
            stack.arn(title): Policy(role["PermissionsBoundary"], known[role["PermissionsBoundary"]])
            for title, role in roles.items()
            if role.get("PermissionsBoundary") in known
        },
        own=dict(_own_policies(stack)),
        endpoints=dict(_endpoints(stack)),
    )


def keys_of(stack: OfflineStack) -> dict[str, str]:
    """The ARN of the key that encrypts each bucket, topic and queue of the stack."""
    return {
        stack.arn(title): key
        for kind, known in resource_types().items()
        if known.key
        for title, properties in stack.resources(kind)
        for key in _named(properties, known.key)
    }


def _named(value: Any, name: str) -> Iterator[str]:
    """The values under the name, at any depth."""
    if isinstance(value, dict):
        yield from [value[name]] if name in value else _named(list(value.values()), name)
    elif isinstance(value, list):
        for item in value:
            yield from _named(item, name)


def _of_role(title: str, role: Mapping[str, Any], known: Mapping[str, Mapping[str, Any]]) -> Iterator[Policy]:
    for inline in role.get("Policies", ()):
        yield Policy(title, inline["PolicyDocument"])
    for arn in role.get("ManagedPolicyArns", ()):
        if arn not in known:
            raise UnsupportedError(f"{title} has the policy {arn}, which is not in the template")
        yield Policy(title, known[arn])


def _own_policies(stack: OfflineStack) -> Iterator[tuple[str, Policy]]:
    """The policies of resources, by the ARNs of the resources that they are for."""
    for kind, known in resource_types().items():
        for title, properties in stack.resources(kind) if known.policy else ():
            if known.policy in properties:
                policy = Policy(title, properties[known.policy])
                named = properties[known.policy_is_for] if known.policy_is_for else stack.arn(title)
                for each in listed(named):
                    yield _arn_of(stack, each), policy


def _arn_of(stack: OfflineStack, named: str) -> str:
    """The ARN of the resource of a policy, which names it by ARN, a bucket by its name, a queue by its URL."""
    if named.startswith("arn:"):
        return named
    place = stack.place
    if named.startswith("https:"):
        account, name = named.split("/")[-2:]
        return f"arn:{place.partition}:sqs:{place.region}:{account}:{name}"
    return f"arn:{place.partition}:s3:::{named}"


def _endpoints(stack: OfflineStack) -> Iterator[tuple[Endpoint, Policy]]:
    """The policies of VPC endpoints. An endpoint without a policy allows everything.

    https://docs.aws.amazon.com/vpc/latest/privatelink/vpc-endpoints-access.html
    """
    for title, endpoint in stack.resources("AWS::EC2::VPCEndpoint"):
        service = endpoint["ServiceName"].partition(f".{stack.place.region}.")[2]
        yield (
            Endpoint(endpoint["VpcId"], service),
            Policy(title, endpoint.get("PolicyDocument", {"Statement": [EVERYTHING]})),
        )
