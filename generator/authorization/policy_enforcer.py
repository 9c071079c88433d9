"""Allow or refuse calls by policies, and record every decision."""

from __future__ import annotations

from collections.abc import Collection, Mapping

from generator.authorization.authorized_calls import CallEnvironment, CallLike, ServiceCall
from generator.authorization.condition_operators import UnsupportedError
from generator.authorization.decisions import Decision, Request
from generator.authorization.image_calls import pull_calls, push_calls, sign_calls
from generator.authorization.need import UnknownCallError
from generator.authorization.permissions import Decided, Permissions, compare
from generator.authorization.policies import Endpoint, PolicySet, keys_of, policies_of
from generator.authorization.requests import requests_of
from generator.authorization.routine import Facts
from generator.authorization.service_principals import requests_of_services
from generator.authorization.service_role_calls import calls_of
from generator.cloudformation.offline_stack import OfflineStack

_GATEWAY = "s3"
# The host that package managers call: https://docs.aws.amazon.com/codeartifact/latest/ug/create-vpc-endpoints.html
_PACKAGES = ".d.codeartifact."
_NAMED_OTHERWISE = {"codeartifact": "codeartifact.api", "ecr": "ecr.api"}


class PolicyEnforcer:
    """Decides every call of a role by policies. Calls of the user who deploys are allowed.

    `networks` are the VPCs of roles whose builds run in one. Decisions are appended to `decided`.
    """

    def __init__(
        self,
        standing: PolicySet,
        environment: CallEnvironment,
        networks: Mapping[str, str],
        decided: list[Decided] | None = None,
    ) -> None:
        self.decided: list[Decided] = [] if decided is None else decided
        self._standing = standing
        self._environment = environment
        self._networks = networks

    def __call__(self, call: CallLike) -> str:
        """An empty text if the call is allowed, otherwise the reason."""
        if not call.role:
            return ""
        endpoint, asked = self._endpoint(call), Request(principal=call.role, action=f"{call.service}:{call.operation}")
        if endpoint and endpoint not in self._standing.endpoints:
            return self._refuse(asked, f"{asked.action} finds no endpoint {endpoint.service}")
        try:
            requests = requests_of(call, self._environment)
        except UnknownCallError as error:
            return self._refuse(asked, str(error))
        # Calls that a service makes to KMS or Inspector for its caller do not pass the caller's VPC endpoint.
        own = f"{call.service}:"
        reasons = [self.decide(each, endpoint if each.action.startswith(own) else None) for each in requests]
        if ".dkr." in call.endpoint and call.operation == "GetDownloadUrlForLayer":
            reasons.append(self._layer(call.role))
        if _PACKAGES in call.endpoint and (bucket := call.parameters.get("s3BucketArn")):
            reasons.append(self._signed("codeartifact.amazonaws.com", f"{bucket}/package", call.role))
        return "; ".join(reason for reason in reasons if reason)

    @property
    def roles(self) -> Collection[str]:
        """The ARNs of the roles whose policies are known."""
        return self._standing.identity.keys()

    @property
    def keys(self) -> Mapping[str, str]:
        """The ARNs of keys, by the ARNs of the buckets, topics and queues that they encrypt."""
        return self._environment.keys

    def decide(self, request: Request, endpoint: Endpoint | None = None) -> str:
        """An empty text if the request is allowed, otherwise the reason."""
        try:
            decision = self._standing.decide(request, endpoint)
        except UnsupportedError as error:
            return self._refuse(request, f"a policy that is not evaluated here: {error}")
        self.decided.append(Decided(request, decision))
        return "" if decision.allowed else decision.reason

    def pull(self, role: str, repository: str) -> str:
        """An empty text if an engine with the role may pull from the repository, otherwise the reason."""
        reasons = map(self, pull_calls(self._environment.place, role, repository))
        return "; ".join(reason for reason in reasons if reason)

    def push(self, role: str, repository: str, profile: str = "") -> str:
        """An empty text if an engine with the role may push to the repository, and sign with the profile, if any."""
        signed = sign_calls(role, repository, profile) if profile else ()
        reasons = map(self, (*push_calls(self._environment.place, role, repository), *signed))
        return "; ".join(reason for reason in reasons if reason)

    def play(self, stack: OfflineStack, facts: Facts) -> None:
        """Decide all calls that AWS's services make in the course of a run, with the roles of the stack and without."""
        for call in calls_of(stack, facts):
            self(call)
        for request in requests_of_services(stack):
            self.decide(request)

    def permissions(self) -> Permissions:
        """The permissions that the decisions so far needed, and those that are granted."""
        return compare(self._standing, self.decided)

    def _refuse(self, request: Request, reason: str) -> str:
        self.decided.append(Decided(request, Decision(allowed=False, by=(), reason=reason)))
        return reason

    def _layer(self, role: str) -> str:
        place = self._environment.place
        layer = f"arn:{place.partition}:s3:::prod-{place.region}-starport-layer-bucket/sha256"
        return self._signed("ecr.amazonaws.com", layer, role)

    def _signed(self, service: str, resource: str, role: str) -> str:
        """Decide on an address that a service has signed for an object in its bucket: only the endpoint decides."""
        fetched = ServiceCall("s3", "GetObject", {}, role, "s3")
        request = Request(principal=service, action="s3:GetObject", resources=(resource,))
        return self.decide(request, self._endpoint(fetched))

    def _endpoint(self, call: CallLike) -> Endpoint | None:
        """The VPC endpoint that the call of a build goes through.

        None for existing endpoints, whose policies are not known.
        """
        vpc = self._networks.get(call.role)
        if not call.endpoint or not vpc:
            return None
        service = _NAMED_OTHERWISE.get(call.service, call.service)
        if ".dkr." in call.endpoint:
            service = "ecr.dkr"
        elif _PACKAGES in call.endpoint:
            service = "codeartifact.repositories"
        known = {each.service == _GATEWAY for each in self._standing.endpoints if each.vpc == vpc}
        return Endpoint(vpc, service) if (service == _GATEWAY) in known else None


def enforcer_of(stack: OfflineStack, keys: Mapping[str, str] | None = None) -> PolicyEnforcer:
    """The enforcer of the policies of a stack.

    `keys` are the ARNs of the keys of resources outside the stack, such as another stack's bucket, by their ARNs.
    """
    environment = CallEnvironment(place=stack.place, keys={**(keys or {}), **keys_of(stack)})
    networks = {
        project["ServiceRole"]: project["VpcConfig"]["VpcId"]
        for _, project in stack.resources("AWS::CodeBuild::Project")
        if "VpcConfig" in project
    }
    return PolicyEnforcer(policies_of(stack), environment, networks)
