"""An account of the emulated AWS, with everything that pipelines need to run."""

from __future__ import annotations

import base64
import tempfile
from collections.abc import Callable, Iterator, Mapping
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass
from functools import partial
from pathlib import Path

from generator.emulator.aws import emulator
from generator.emulator.enforcement.policy_guard import PolicyGuard
from generator.emulator.front import bucket_policies
from generator.emulator.front.calls import Call
from generator.emulator.front.cloud import Emulator
from generator.emulator.front.server import Guard, Interception, allow_everything, ask_the_service
from generator.emulator.programs import children
from generator.emulator.programs.git_server import git_server
from generator.emulator.programs.package_server import package_server
from generator.emulator.programs.registry import Registry, registry
from generator.emulator.programs.tools import tools
from generator.emulator.runs.action import Approver, RunContext
from generator.emulator.runs.deployment_records import Deployments
from generator.emulator.runs.git import Git
from generator.emulator.runs.instances import Machines
from generator.emulator.stacks.stack_records import Body
from generator.emulator.trial import existing_resources
from generator.emulator.trial.deploy_context import DeployContext, Progress
from generator.emulator.trial.git_access import git_access
from generator.emulator.trial.imported_stacks import Foundations, Given
from generator.emulator.trial.package_access import package_access


@dataclass(frozen=True, kw_only=True)
class Account:
    """An emulated AWS with everything that pipelines need to run."""

    world: RunContext
    policies: PolicyGuard
    site: DeployContext
    registry: Registry
    packages: str
    """The address of CodeArtifact for package managers: the host at AWS is the first part of the path."""
    existing: existing_resources.Existing
    foundations: Foundations
    progress: Progress
    beside: Callable[[existing_resources.TrialPlace], AbstractContextManager[Account]]
    """Another account or region of the same AWS, empty."""

    @property
    def place(self) -> existing_resources.TrialPlace:
        """The account and the region."""
        return existing_resources.TrialPlace(self.cloud.account, self.cloud.region)

    @property
    def cloud(self) -> Emulator:
        """The emulated AWS."""
        return self.world.cloud

    def made(self, parameters: Mapping[str, str], given: Given) -> tuple[dict[str, str], Given]:
        """All parameters, with the ids of existing resources. The same id means the same resource in all of them."""
        every = {(template, name): value for template, own in given.items() for name, value in own.items()}
        made = self.existing.made({**every, **{("", name): value for name, value in parameters.items()}})
        return (
            {name: made["", name] for name in parameters},
            {template: {name: made[template, name] for name in own} for template, own in given.items()},
        )


@contextmanager
def account(
    place: existing_resources.TrialPlace,
    *,
    templates: Mapping[str, Body] | None = None,
    approver: Approver,
    progress: Progress,
    guard: Guard = allow_everything,
    intercept: Interception = ask_the_service,
    patience: float = 60,
) -> Iterator[Account]:
    """An empty account.

    `templates` are those that others import from, by name; by default the published ones. `intercept` precedes every
    service, for faults. `patience` is for how many seconds builds wait for an answer.
    """
    bucket_policies.leave_them_to_the_guard()
    guards: Guards = {}
    furnished = partial(
        _furnished, guards=guards, templates=templates, approver=approver, progress=progress, patience=patience
    )
    with (
        emulator(
            guard=lambda call: _refusal(guards, call) or guard(call), intercept=intercept, **place._asdict()
        ) as cloud,
        furnished(cloud) as here,
        children.ended_with_the_command(),  # before the servers that they call
    ):
        for line in here.world.tools.said:
            progress(line)
        yield here


Guards = dict[existing_resources.TrialPlace, PolicyGuard]
"""The policies of each account and region."""


def _refusal(guards: Guards, call: Call) -> str:
    """The reason why the policies of the caller's account deny a call.

    IAM has no regions and is called in any of them.
    """
    own = {place: guard for place, guard in list(guards.items()) if place.account == call.account}
    here = own.get(existing_resources.TrialPlace(call.account, call.region)) if call.role else None
    return "; ".join(filter(None, (guard(call) for guard in ([here] if here else own.values()))))


@contextmanager
def _furnished(
    cloud: Emulator,
    *,
    guards: Guards,
    templates: Mapping[str, Body] | None,
    approver: Approver,
    progress: Progress,
    patience: float,
) -> Iterator[Account]:
    """The account and region, with enforced policies, a registry and programs for builds."""
    policies = PolicyGuard()
    policies.begin(cloud, lambda deployment: cloud.memory(Deployments).by_id.get(deployment, {}))
    guards[existing_resources.TrialPlace(cloud.account, cloud.region)] = policies
    host, password = _login(cloud)
    with (
        tempfile.TemporaryDirectory(prefix="ecr-pipeline-clusters-") as folder,
        tempfile.TemporaryDirectory(prefix="ecr-pipeline-instances-") as instances,
    ):
        git = Git()
        with (
            registry(host=host, password=password) as images,
            git_server(cloud.region, git_access(cloud, git, policies.permit)) as repositories,
            package_server(package_access(cloud, policies.permit)) as packages,
            tools(images, git=repositories.program, clusters=Path(folder), patience=patience) as programs,
        ):
            cloud.memory(Machines).begin(Path(instances), programs.path, policies.permit)
            site = DeployContext(cloud, Path(folder), git, repositories, progress)
            yield Account(
                world=RunContext(cloud=cloud, tools=programs, approver=approver, git=git, permits=policies.permit),
                policies=policies,
                site=site,
                registry=images,
                packages=packages,
                existing=existing_resources.Existing(cloud),
                foundations=Foundations(site, templates),
                progress=progress,
                beside=lambda place: _furnished(
                    cloud.elsewhere(**place._asdict()),
                    guards=guards,
                    templates=templates,
                    approver=approver,
                    progress=progress,
                    patience=patience,
                ),
            )


def _login(cloud: Emulator) -> tuple[str, str]:
    """The host of the registry, and the password that ECR issues for it."""
    [given] = cloud.inside("ecr").get_authorization_token()["authorizationData"]
    password = base64.b64decode(given["authorizationToken"]).decode().partition(":")[2]
    return given["proxyEndpoint"].removeprefix("https://"), password
