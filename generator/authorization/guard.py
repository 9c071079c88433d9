"""Lets calls pass that policies allow, and keeps what was decided."""

from __future__ import annotations

from collections.abc import Collection, Mapping

from generator.authorization.condition_operators import UnsupportedError
from generator.authorization.decisions import Decision, Request
from generator.authorization.permissions import Decided, Permissions, compare
from generator.authorization.policies import Endpoint, Standing, keys_of, policies_of
from generator.authorization.requests import Call, Surroundings, UnknownCallError, requests_of
from generator.authorization.service_calls import Facts, ServiceCall, calls_of, pull_calls, push_calls, sign_calls
from generator.authorization.service_principals import requests_of_services
from generator.cloudformation.offline_stack import Stack

_GATEWAY = "s3"
_NAMED_OTHERWISE = {"codeartifact": "codeartifact.api", "ecr": "ecr.api"}


class Guard:
    """Decides every call by policies. Calls of the user who deploys are none of its business.

    `networks` are the VPCs of roles whose builds are in one. What is decided goes to the end of `decided`.
    """

    def __init__(
        self,
        standing: Standing,
        surroundings: Surroundings,
        networks: Mapping[str, str],
        decided: list[Decided] | None = None,
    ) -> None:
        self.decided: list[Decided] = [] if decided is None else decided
        self._standing = standing
        self._surroundings = surroundings
        self._networks = networks

    def __call__(self, call: Call) -> str:
        """Nothing, where the call may pass; otherwise why it may not."""
        if not call.role:
            return ""
        endpoint, asked = self._endpoint(call), Request(principal=call.role, action=f"{call.service}:{call.operation}")
        if endpoint and endpoint not in self._standing.endpoints:
            return self._refuse(asked, f"{asked.action} finds no endpoint {endpoint.service}")
        try:
            requests = requests_of(call, self._surroundings)
        except UnknownCallError as error:
            return self._refuse(asked, str(error))
        # What a service asks in the name of its caller, it asks inside AWS: of KMS, of Inspector.
        own = f"{call.service}:"
        reasons = [self.decide(each, endpoint if each.action.startswith(own) else None) for each in requests]
        if ".dkr." in call.endpoint and call.operation == "GetDownloadUrlForLayer":
            reasons.append(self._layer(call.role))
        return "; ".join(reason for reason in reasons if reason)

    @property
    def roles(self) -> Collection[str]:
        """The ARNs of the roles whose policies are known."""
        return self._standing.identity.keys()

    @property
    def keys(self) -> Mapping[str, str]:
        """The ARNs of keys, by the ARNs of the buckets, topics and queues that they encrypt."""
        return self._surroundings.keys

    def decide(self, request: Request, endpoint: Endpoint | None = None) -> str:
        """Nothing, where the request is allowed; otherwise why it is not."""
        try:
            decision = self._standing.decide(request, endpoint)
        except UnsupportedError as error:
            return self._refuse(request, f"a policy that is not evaluated here: {error}")
        self.decided.append(Decided(request, decision))
        return "" if decision.allowed else decision.reason

    def pull(self, role: str, repository: str) -> str:
        """Nothing, where an engine with the role may pull from the repository; otherwise what is refused."""
        reasons = map(self, pull_calls(self._surroundings.place, role, repository))
        return "; ".join(reason for reason in reasons if reason)

    def push(self, role: str, repository: str, profile: str = "") -> str:
        """Nothing, where an engine with the role may push to the repository, and sign with the profile, if any."""
        signed = sign_calls(role, repository, profile) if profile else ()
        reasons = map(self, (*push_calls(self._surroundings.place, role, repository), *signed))
        return "; ".join(reason for reason in reasons if reason)

    def play(self, stack: Stack, facts: Facts) -> None:
        """All that AWS's services do in the course of a run, with the roles of the stack and for themselves."""
        for call in calls_of(stack, facts):
            self(call)
        for request in requests_of_services(stack):
            self.decide(request)

    def permissions(self) -> Permissions:
        """What was needed so far, and what was granted."""
        return compare(self._standing, self.decided)

    def _refuse(self, request: Request, reason: str) -> str:
        self.decided.append(Decided(request, Decision(allowed=False, by=(), reason=reason)))
        return reason

    def _layer(self, role: str) -> str:
        """Layers come from a bucket of ECR's, by addresses that ECR signs: the endpoint alone decides."""
        place = self._surroundings.place
        layer = f"arn:{place.partition}:s3:::prod-{place.region}-starport-layer-bucket/sha256"
        fetched = ServiceCall("s3", "GetObject", {}, role, "s3")
        request = Request(principal="ecr.amazonaws.com", action="s3:GetObject", resources=(layer,))
        return self.decide(request, self._endpoint(fetched))

    def _endpoint(self, call: Call) -> Endpoint | None:
        """The VPC endpoint that the call of a build goes through.

        None where endpoints were brought along: what they let through is not known here.
        """
        vpc = self._networks.get(call.role)
        if not call.endpoint or not vpc:
            return None
        service = "ecr.dkr" if ".dkr." in call.endpoint else _NAMED_OTHERWISE.get(call.service, call.service)
        known = {each.service == _GATEWAY for each in self._standing.endpoints if each.vpc == vpc}
        return Endpoint(vpc, service) if (service == _GATEWAY) in known else None


def guard_of(stack: Stack, keys: Mapping[str, str] | None = None) -> Guard:
    """The guard of a stack.

    `keys` are the ARNs of keys that encrypt what is not of the stack, by the ARN of that: another stack's bucket.
    """
    surroundings = Surroundings(place=stack.place, keys={**(keys or {}), **keys_of(stack)})
    networks = {
        project["ServiceRole"]: project["VpcConfig"]["VpcId"]
        for _, project in stack.resources("AWS::CodeBuild::Project")
        if "VpcConfig" in project
    }
    return Guard(policies_of(stack), surroundings, networks)
