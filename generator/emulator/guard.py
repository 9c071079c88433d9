"""Lets calls pass that the policies of a stack allow, and keeps what was decided."""

from __future__ import annotations

from collections.abc import Mapping

from generator.emulator.authorization import Decision, Request
from generator.emulator.deployed import Stack
from generator.emulator.permissions import Decided, Permissions, compare
from generator.emulator.policies import keys_of, policies_of
from generator.emulator.requests import Call, Surroundings, UnknownCallError, requests_of
from generator.emulator.service_calls import Facts, ServiceCall, calls_of, pull_calls, push_calls, sign_calls
from generator.emulator.service_principals import requests_of_services

_GATEWAY = "s3"
_NAMED_OTHERWISE = {"codeartifact": "codeartifact.api", "ecr": "ecr.api"}


class Guard:
    """Decides every call by the policies of a stack. Calls of the user who deploys are none of its business.

    `keys` are the ARNs of keys that encrypt what is not of the stack, by the ARN of that: another stack's bucket.
    """

    def __init__(self, stack: Stack, keys: Mapping[str, str] | None = None) -> None:
        self.decided: list[Decided] = []
        self._stack = stack
        self._standing = policies_of(stack)
        self._surroundings = Surroundings(place=stack.place, keys={**(keys or {}), **keys_of(stack)})
        self._inside = {
            project["ServiceRole"]
            for _, project in stack.resources("AWS::CodeBuild::Project")
            if "VpcConfig" in project
        }

    def __call__(self, call: Call) -> str:
        """Nothing, where the call may pass; otherwise why it may not."""
        if not call.role:
            return ""
        try:
            requests = requests_of(call, self._surroundings)
        except UnknownCallError as error:
            asked = Request(principal=call.role, action=f"{call.service}:{call.operation}")
            self.decided.append(Decided(asked, Decision(allowed=False, by=(), reason=str(error))))
            return str(error)
        endpoint = self._endpoint(call)
        # What a service asks in the name of its caller, it asks inside AWS: of KMS, of Inspector.
        own = f"{call.service}:"
        reasons = [self.decide(each, endpoint if each.action.startswith(own) else "") for each in requests]
        return "; ".join(reason for reason in reasons if reason)

    def decide(self, request: Request, endpoint: str = "") -> str:
        """Nothing, where the request is allowed; otherwise why it is not."""
        decision = self._standing.decide(request, endpoint)
        self.decided.append(Decided(request, decision))
        return "" if decision.allowed else decision.reason

    def pull(self, role: str, repository: str) -> str:
        """Nothing, where an engine with the role may pull from the repository; otherwise what is refused.

        The layers come from a bucket of ECR's, by addresses that ECR signs: there the endpoint alone has a say.
        """
        calls = list(pull_calls(self._stack, role, repository))
        place = self._stack.place
        layers = Request(
            principal="ecr.amazonaws.com",
            action="s3:GetObject",
            resources=(f"arn:{place.partition}:s3:::prod-{place.region}-starport-layer-bucket/sha256",),
        )
        fetched = ServiceCall("s3", "GetObject", {}, role, calls[0].endpoint)
        reasons = [*map(self, calls), self.decide(layers, self._endpoint(fetched))]
        return "; ".join(reason for reason in reasons if reason)

    def push(self, role: str, repository: str, profile: str = "") -> str:
        """Nothing, where an engine with the role may push to the repository, and sign with the profile, if any."""
        signed = sign_calls(role, repository, profile) if profile else ()
        reasons = map(self, (*push_calls(self._stack, role, repository), *signed))
        return "; ".join(reason for reason in reasons if reason)

    def play(self, facts: Facts) -> None:
        """All that AWS's services do in the course of a run, with the roles of the stack and for themselves."""
        for call in calls_of(self._stack, facts):
            self(call)
        for request in requests_of_services(self._stack):
            self.decide(request)

    def permissions(self) -> Permissions:
        """What was needed so far, and what was granted."""
        return compare(self._standing, self.decided)

    def _endpoint(self, call: Call) -> str:
        """The VPC endpoint that the call goes through: one of the stack, for a build in the network of the stack.

        An empty one where endpoints were brought along: what they let through is not known here.
        """
        if not call.endpoint or call.role not in self._inside:
            return ""
        service = "ecr.dkr" if ".dkr." in call.endpoint else _NAMED_OTHERWISE.get(call.service, call.service)
        made = {each == _GATEWAY for each in self._standing.endpoints}
        return service if (service == _GATEWAY) in made else ""
