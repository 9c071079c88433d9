"""Enforcement of the policies in an emulated AWS: they decide every call of a role that a stack has created.

They are read from the services and not from a template.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator, Mapping
from dataclasses import replace
from typing import Any

from botocore.exceptions import ClientError

from generator.authorization.authorized_calls import ServiceCall
from generator.authorization.decisions import Request
from generator.authorization.permissions import Decided, Permissions
from generator.authorization.policy_enforcer import PolicyEnforcer
from generator.authorization.service_principals import uses
from generator.emulator.enforcement import deployed_policies, resource_names
from generator.emulator.front.calls import Call
from generator.emulator.front.cloud import Emulator

_LOOKS = ("Describe", "Get", "List", "Validate")


class PolicyGuard:
    """The guard of an emulated AWS. It decides calls of roles that stacks created, and allows those of other roles."""

    def __init__(self) -> None:
        self._decided: list[Decided] = []
        self._cloud: Emulator | None = None
        self._deployment: Callable[[str], Mapping[str, Any]] = lambda _: {}
        self._enforcer: PolicyEnforcer | None = None
        self._assumptions: tuple[Request, ...] = ()
        self._lock = threading.RLock()  # calls come from several runs at the same time
        self._assumed: dict[str, str] = {}
        """Why a role cannot be assumed by those who are to have it; "" where it can."""

    def begin(self, cloud: Emulator, deployment: Callable[[str], Mapping[str, Any]]) -> None:
        """Begin to enforce policies. `deployment` returns the known facts of a CodeDeploy deployment, by its ID."""
        self._cloud, self._deployment = cloud, deployment

    def __call__(self, call: Call) -> str:
        """An empty text if the call is allowed, otherwise the reason."""
        if self._cloud is None:
            return ""
        if not call.role:
            if not call.operation.startswith(_LOOKS):
                self._enforcer = None  # the deployer may change any policy
            return ""
        try:
            return self._decide(self._completed(self._cloud, call), self._cloud)
        except ClientError:  # the resource does not exist, and the service reports that
            return ""

    def permit(self, call: ServiceCall) -> str:
        """The same for a call of an AWS service with a role, which no client makes."""
        return self._decide(call, self._cloud) if self._cloud else ""

    def ask(self, request: Request) -> str:
        """The same for a request that a service makes for itself."""
        with self._lock:
            return self._read(self._cloud).decide(request) if self._cloud else ""

    def uses(self, service: str, action: str, resource: str, source: str) -> Iterator[Request]:
        """The requests of a service that uses a topic or queue, and the key that encrypts it here."""
        keys = self._read(self._cloud).keys if self._cloud else {}
        return uses(service, action, resource, source, keys.get(resource, ""))

    def permissions(self) -> Permissions:
        """The permissions that roles of stacks needed so far, and those that stacks granted.

        Other policies do not count as unused.
        """
        if self._cloud is None:
            return Permissions((), (), ())
        found, owners = (
            self._read(self._cloud).permissions(),
            set(resource_names.names(resource_names.made(self._cloud)).values()),
        )
        unused = tuple(grant for grant in found.unused if grant.statement.rpartition("/")[0] in owners)
        return found._replace(unused=unused)

    def _decide(self, call: Call | ServiceCall, cloud: Emulator) -> str:
        with self._lock:
            enforcer = self._read(cloud)
            if call.role not in enforcer.roles:
                return ""
            if call.role not in self._assumed:
                reasons = [enforcer.decide(each) for each in self._assumptions if each.resources == (call.role,)]
                self._assumed[call.role] = "; ".join(filter(None, reasons))
            return self._assumed[call.role] or enforcer(call)

    def _completed(self, cloud: Emulator, call: Call) -> Call:
        """The call with facts behind its ids: subnet of an interface, roles of a task, group of a deployment, ..."""
        known: Mapping[str, Any] = {}
        if "NetworkInterfaceId" in call.parameters:
            ids = [call.parameters["NetworkInterfaceId"]]
            [known] = cloud.inside("ec2").describe_network_interfaces(NetworkInterfaceIds=ids)["NetworkInterfaces"]
        elif "deploymentId" in call.parameters:
            known = self._deployment(call.parameters["deploymentId"])
        elif "deploymentIds" in call.parameters:
            known = self._deployment(call.parameters["deploymentIds"][0])  # a call names several of one group only
        elif call.operation == "CreateDeployment":
            names = {name: call.parameters[name] for name in ("applicationName", "deploymentGroupName")}
            group = cloud.inside("codedeploy").get_deployment_group(**names)["deploymentGroupInfo"]
            known = {"deploymentConfigName": group["deploymentConfigName"]}
        elif call.operation == "RunTask":
            which = call.parameters["taskDefinition"]
            known = cloud.inside("ecs").describe_task_definition(taskDefinition=which)["taskDefinition"]
        return replace(call, parameters={**known, **call.parameters}) if known else call

    def _read(self, cloud: Emulator) -> PolicyEnforcer:
        with self._lock:
            enforcer = self._enforcer
            if enforcer is None:
                held, projects = tuple(deployed_policies.held(cloud)), deployed_policies.projects(cloud)
                self._assumed, self._assumptions = {}, tuple(deployed_policies.assumptions(cloud, projects))
                enforcer = self._enforcer = PolicyEnforcer(
                    deployed_policies.standing(cloud, held),
                    deployed_policies.call_environment(cloud, held),
                    deployed_policies.networks(projects),
                    self._decided,
                )
            return enforcer
