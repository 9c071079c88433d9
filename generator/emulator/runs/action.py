"""One action of a pipeline: its inputs, and its results."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from generator.authorization.authorized_calls import ServiceCall
from generator.authorization.service_roles.codepipeline import action_calls
from generator.emulator.front.cloud import Emulator
from generator.emulator.programs.tools import Tools
from generator.emulator.runs.artifact_store import ArtifactLocation, Store
from generator.emulator.runs.clock import Clock
from generator.emulator.runs.git import Commit, Git


class ActionError(Exception):
    """The action fails. The text is the message that the pipeline shows."""


@dataclass(frozen=True, kw_only=True)
class ApprovalRequest:
    """The request that an approver reads and answers."""

    text: str
    pipeline: str
    stage: str
    action: str
    token: str


@dataclass(frozen=True, kw_only=True)
class ApprovalDecision:
    """The decision of an approver."""

    approved: bool
    summary: str = ""


PermitsCall = Callable[[ServiceCall], str]
"""An empty text if a role may make a call that no client can make here, otherwise the reason."""
Approver = Callable[[ApprovalRequest], ApprovalDecision | None]
"""Returns no decision if nobody answers in time."""


Announce = Callable[[str, Mapping[str, Any]], None]
"""Emits the event of a Stage or an Action, with its detail."""


@dataclass(frozen=True, kw_only=True)
class RunContext:
    """The environment of actions."""

    cloud: Emulator
    tools: Tools
    approver: Approver
    git: Git = field(default_factory=Git)
    permits: PermitsCall = lambda _: ""
    clock: Clock = field(default_factory=Clock)
    announce: Announce = lambda _kind, _detail: None


@dataclass(frozen=True, kw_only=True)
class Step:
    """One action to run: its declaration with every variable resolved, and its environment."""

    world: RunContext
    store: Store
    pipeline: str
    execution: str
    stage: str
    name: str
    role: str
    """The ARN of its role: the action's own, or else the pipeline's."""
    configuration: Mapping[str, str]
    inputs: Mapping[str, ArtifactLocation]
    outputs: tuple[str, ...]
    revision: str = ""
    """The revision that the start of the run names for this source action."""
    revisions: Mapping[str, str] = field(default_factory=dict)
    """The commit ids of input artifacts that are commits."""
    timeout_minutes: int | None = None
    external: list[str] = field(default_factory=list)
    """The provider writes the id of what it starts into it, as soon as it has one."""

    def client(self, service: str) -> Any:
        """A client with the role."""
        return self.world.cloud.client(service, self.role)

    def setting(self, name: str) -> str:
        """A required key of the configuration."""
        if not self.configuration.get(name):
            raise ActionError(f"the configuration has no {name}")
        return self.configuration[name]

    def read(self, file: str, artifact: str = "") -> bytes:
        """A file of an input artifact. Without a name, it is the only artifact."""
        if not artifact and len(self.inputs) != 1:
            raise ActionError(f"{file} is read from one input artifact, this action has {len(self.inputs)}")
        name = artifact or next(iter(self.inputs))
        if name not in self.inputs:
            raise ActionError(f"{name} is not an input artifact of this action")
        files = self.store.get(self.role, self.inputs[name])
        if file not in files:
            raise ActionError(f"the artifact {name} has no {file}, only {', '.join(sorted(files))}")
        return files[file]

    def read_json(self, file: str, artifact: str = "") -> Any:
        """The JSON in a file of an input artifact."""
        try:
            return json.loads(self.read(file, artifact))
        except ValueError as error:
            raise ActionError(f"{file} is not JSON: {error}") from error

    def ask(self, provider: str) -> None:
        """Fail if the role does not have CodePipeline's permissions for an action of this provider."""
        for call in action_calls(provider, self.role, self.configuration):
            if why := self.world.permits(call):
                raise ActionError(f"{call.operation} by {self.role}: {why}")

    def fetch(self, repository: str) -> Commit:
        """The commit that the run was started with, or the last one of the configured branch."""
        kind = self.configuration.get("OutputArtifactFormat", "CODE_ZIP")
        if kind != "CODE_ZIP":
            raise NotImplementedError(f"{self.stage}/{self.name}: {kind} is not fetched here")
        branch = self.setting("BranchName")
        commit = self.world.git.find(repository, branch, self.revision)
        if commit is None:
            raise ActionError(f"there is no {self.revision or 'commit'} on the branch {branch} of {repository}")
        return commit

    def write(self, files: Mapping[str, bytes], *, acl: str = "") -> dict[str, ArtifactLocation]:
        """Upload the files as the only output artifact, with an ACL if one is given."""
        return {name: self.store.put(self.role, self.pipeline, name, files, acl=acl) for name in self.outputs}


@dataclass(frozen=True, kw_only=True)
class Done:
    """The results of an action that succeeded."""

    summary: str = ""
    variables: Mapping[str, str] = field(default_factory=dict)
    outputs: Mapping[str, ArtifactLocation] = field(default_factory=dict)
    revision: str = ""
    """The commit id of the outputs."""


Provider = Callable[[Step], Done]
"""Runs an action of one provider. ActionError if it fails."""
