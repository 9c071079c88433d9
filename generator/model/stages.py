"""Stages of a pipeline as data: their actions, the permissions they need, and the builds they run."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from awacs import codebuild
from troposphere import If, NoValue, Ref
from troposphere.codepipeline import (
    Actions,
    ActionTypeId,
    BeforeEntryConditions,
    FailureConditions,
    InputArtifacts,
    OutputArtifacts,
    Stages,
    VariableDeclaration,
)

from generator.model.grants import Grant


@dataclass(frozen=True, kw_only=True)
class Build:
    """A CodeBuild project: the permissions of its role, and the AWS services that it calls from inside the network."""

    name: str
    project_name: Ref
    project_arn: object
    role_arn: object
    grants: tuple[Grant, ...]
    services: tuple[str, ...]

    def run(self) -> Grant:
        """Start the build and follow it.

        https://docs.aws.amazon.com/codepipeline/latest/userguide/action-reference-CodeBuild.html
        """
        return Grant(
            sid=f"Run{self.name}",
            actions=(codebuild.BatchGetBuilds, codebuild.StartBuild),
            resources=(self.project_arn,),
            why=f"The pipeline runs the {self.name} build.",
        )


def run_all(builds: Sequence[Build]) -> Grant:
    """Start any of the builds and follow it, in one statement."""
    return replace(
        builds[0].run(),
        sid="RunBuilds",
        resources=tuple(build.project_arn for build in builds),
        why="The pipeline runs its builds.",
    )


@dataclass(frozen=True, kw_only=True)
class Stage:
    """One stage, with everything that is left out together with it.

    `only_if` is the condition under which it exists; `needs` are the parameters that must be filled in for it. `checks`
    are actions that must succeed before a person approves the stage. `facts` go into its record.
    """

    name: str
    actions: tuple[Actions | If, ...]
    grants: tuple[Grant, ...] = ()
    builds: tuple[Build, ...] = ()
    on_failure: FailureConditions | None = None
    before_entry: BeforeEntryConditions | None = None
    on_success: If | None = None
    only_if: str = ""
    needs: tuple[Ref, ...] = ()
    checks: tuple[Actions, ...] = ()
    facts: Mapping[str, str] = field(default_factory=dict)

    def declaration(self) -> Stages | If:
        """The stage in the form that CloudFormation expects."""
        optional: dict[str, Any] = {
            "BeforeEntry": self.before_entry,
            "OnSuccess": self.on_success,
            "OnFailure": self.on_failure,
        }
        optional = {key: value for key, value in optional.items() if value}
        stage = Stages(Name=self.name, Actions=list(self.actions), **optional)
        return If(self.only_if, stage, NoValue) if self.only_if else stage

    def granted(self) -> Iterator[Grant]:
        """The grants of the stage, under the condition that it exists."""
        for grant in self.grants:
            yield grant if grant.only_if else replace(grant, only_if=self.only_if)


@dataclass(frozen=True, kw_only=True)
class Variable:
    """A variable of the whole pipeline, set when a run is started. It comes from outside: show it, never run it."""

    name: str
    default: str
    description: str

    @property
    def reference(self) -> str:
        """The expression with which an action reads it.

        https://docs.aws.amazon.com/codepipeline/latest/userguide/reference-variables.html
        """
        # CodePipeline puts the value into the text before the action starts. AWS documents no escaping of quotes.
        return f"#{{variables.{self.name}}}"

    def declaration(self) -> VariableDeclaration:
        """The variable in the form that CloudFormation expects."""
        return VariableDeclaration(Name=self.name, DefaultValue=self.default, Description=self.description)


def action(
    name: str,
    *,
    category: str,
    provider: str,
    configuration: Mapping[str, object],
    inputs: Iterable[str] = (),
    outputs: Iterable[str] = (),
    namespace: str = "",
    run_order: int = 1,
    timeout_minutes: object = None,
) -> Actions:
    """An action of a provider that AWS owns. `namespace` is where its output variables can be read.

    https://docs.aws.amazon.com/codepipeline/latest/userguide/actions-variables.html
    """
    optional: dict[str, Any] = {
        "InputArtifacts": [InputArtifacts(Name=artifact) for artifact in inputs],
        "OutputArtifacts": [OutputArtifacts(Name=artifact) for artifact in outputs],
        # Without a namespace no other action can read the variables.
        # https://docs.aws.amazon.com/codepipeline/latest/userguide/reference-variables.html
        "Namespace": namespace,
        # Only a manual approval may have a timeout of its own.
        # https://docs.aws.amazon.com/codepipeline/latest/APIReference/API_ActionDeclaration.html
        "TimeoutInMinutes": timeout_minutes,
    }
    return Actions(
        Name=name,
        ActionTypeId=ActionTypeId(Category=category, Owner="AWS", Provider=provider, Version="1"),
        # A value has 1 to 1,000 characters, counted before CodePipeline replaces variables in it.
        # https://docs.aws.amazon.com/codepipeline/latest/userguide/limits.html
        Configuration=dict(configuration),
        RunOrder=run_order,
        **{key: value for key, value in optional.items() if value},
    )


def builds_of(stages: Iterable[Stage]) -> tuple[Build, ...]:
    """The builds that the stages run."""
    return tuple(build for stage in stages for build in stage.builds)
