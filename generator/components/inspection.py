"""Inspect: pull the pushed image, inspect it, and stop it if it has known vulnerabilities."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import NamedTuple

from awacs import codebuild
from awacs.aws import Action, Condition, ForAnyValueStringNotEquals, Null
from troposphere import Equals, If, ImportValue, Ref, Template

from generator.buildspec import FOR_PLATFORMS, INSPECT, buildspec, without, without_sections
from generator.components.accepted_findings import add_accepted_findings
from generator.components.artifacts import ArtifactStore
from generator.components.build import BuildEnvironment, add_build
from generator.components.gate import LONGEST_SCAN_SECONDS, action_variables, add_ceilings, add_unfixed_findings
from generator.components.repositories import Repositories
from generator.components.required_signatures import add_required_signatures
from generator.components.source import Source
from generator.model.arn import arn
from generator.model.grants import Grant
from generator.model.parameters import add_choice, add_condition
from generator.model.script import script
from generator.model.stages import Build, Stage, action

NAME = "Inspect"
ARTIFACT = "Inspection"
# Every variable that a pipeline may pass to Inspect. A variable such as BASH_ENV would run commands in the build.
OWN_VARIABLES = ("REPOSITORY_NAME", "MAX_CRITICAL_FINDINGS", "MAX_HIGH_FINDINGS", "UNSCANNED_IMAGE")
CONTRACTS = ("SINGLE_IMAGE_FOR",)
# Projects of deployer-eks and deployer-gitops are called <stack>-Deploy. A pipeline hands these variables to them.
DEPLOYER = "-Deploy"
OF_DEPLOYERS = ("IMAGE_URI", "TASK", "STAGE", "EXECUTION_ID")
# Settings that a call of StartBuild can override, and that an action of CodePipeline does not have.
# https://docs.aws.amazon.com/service-authorization/latest/reference/list_awscodebuild.html
# https://docs.aws.amazon.com/codepipeline/latest/userguide/action-reference-CodeBuild.html
OTHER_SETTINGS = (
    "codebuild:cache",
    "codebuild:environment.certificate",
    "codebuild:environment.fleet.fleetArn",
    "codebuild:environment.image",
    "codebuild:environment.registryCredential",
    "codebuild:serviceRole",
)
ON, OFF = "on", "off"
ACCEPTING = ", accept them on the platform,"
"""Advice that only a platform can follow: it has the lists of accepted findings."""
TIMEOUT_MINUTES = LONGEST_SCAN_SECONDS // 60 + 15  # the scans, and before them the images are pulled


class Inspection(NamedTuple):
    """The stage, and its results as variables that later stages can read."""

    stage: Stage
    artifact: str = ARTIFACT
    repository: str = f"#{{{NAME}.REPOSITORY}}"
    digest: str = f"#{{{NAME}.IMAGE_DIGEST}}"
    image_uri: str = f"#{{{NAME}.IMAGE_URI}}"
    tags: str = f"#{{{NAME}.IMAGE_TAGS}}"
    platforms: str = f"#{{{NAME}.PLATFORMS}}"
    scan_status: str = f"#{{{NAME}.SCAN_STATUS}}"
    critical: str = f"#{{{NAME}.CRITICAL_FINDINGS}}"
    high: str = f"#{{{NAME}.HIGH_FINDINGS}}"
    exceptions: str = f"#{{{NAME}.EXCEPTIONS}}"


def add_inspect_build(
    template: Template,
    store: ArtifactStore,
    environment: BuildEnvironment,
    repositories: Repositories,
) -> Build:
    """The build that every pipeline of the platform runs. It can read only source artifacts and write only its own.

    The script checks its variables, so they are safe in what other actions read.
    """
    ceilings = add_ceilings(template)
    add_unfixed_findings(template)
    accepted = add_accepted_findings(template, store.key)
    return _add_build(
        template,
        store,
        environment,
        repositories,
        buildspec=script(buildspec(INSPECT), comments=False, values={"Lists": accepted.bucket_name}),
        variables=ceilings,
        grants=(accepted.read(),),
        reads=add_required_signatures(template),
    )


def add_own_inspect_build(
    template: Template, store: ArtifactStore, environment: BuildEnvironment, repositories: Repositories
) -> Build:
    """The build of a stack with one pipeline, in as few bytes as possible: without the features for platforms."""
    text = without(without_sections(buildspec(INSPECT), FOR_PLATFORMS), ACCEPTING)
    return _add_build(
        template,
        store,
        environment,
        repositories,
        buildspec=script(text, comments=False),
        variables=add_ceilings(template),
    )


def _add_build(
    template: Template,
    store: ArtifactStore,
    environment: BuildEnvironment,
    repositories: Repositories,
    *,
    buildspec: object,
    variables: Mapping[str, object],
    grants: tuple[Grant, ...] = (),
    reads: tuple[Action, ...] = (),
) -> Build:
    return add_build(
        template,
        NAME,
        why="Pulls an image by its digest, reads its manifest, waits for the scan, and compares findings with limits.",
        buildspec=buildspec,
        services=("ecr.api", "ecr.dkr"),
        grants=(
            store.find(),
            store.fetch("*/Image/"),
            store.put(f"*/{ARTIFACT}/"),
            store.key.use(),
            *repositories.inspect(*reads),
            *grants,
        ),
        variables={"REGISTRY": repositories.registry, **variables},
        environment=environment._replace(write_logs=()),  # the role may use the key for everything
        privileged=True,
        timeout_minutes=TIMEOUT_MINUTES,
    )


def add_run_grants(template: Template, build: Build) -> tuple[Grant, ...]:
    """Run Inspect and the deployers of EKS and GitOps only with their own script, image and role.

    It limits people who can edit a pipeline. It has not been run in an account: whether the call that CodePipeline
    makes satisfies the conditions is not documented, so a parameter switches them off.
    https://docs.aws.amazon.com/codebuild/latest/userguide/action-context-keys.html
    """
    chosen = add_choice(
        template,
        "InspectConditions",
        group="Governance",
        label="Conditions on running Inspect",
        description="on: pipelines cannot replace the script of Inspect or of a deployer, or set other variables. "
        "off: people who edit a pipeline can change that; only if CodePipeline cannot start them.",
        choices=(ON, OFF),
    )
    on = add_condition(template, "EnforceInspectConditions", Equals(chosen, ON))
    off = add_condition(template, "RelaxInspectConditions", Equals(chosen, OFF))
    why = "A pipeline runs Inspect."
    start = Grant(sid="StartInspect", actions=(codebuild.StartBuild,), resources=(build.project_arn,), why=why)
    return (
        replace(start, condition=Condition(Null(dict.fromkeys(OTHER_SETTINGS, "true"))), only_if=on),
        replace(start, sid="StartInspectFreely", only_if=off),
        *_refusals(build, on),
        Grant(
            sid="FollowInspect",
            actions=(codebuild.BatchGetBuilds,),
            resources=(build.project_arn,),
            why="A pipeline waits for the end of Inspect.",
        ),
    )


def _refusals(build: Build, only_if: str) -> tuple[Grant, ...]:
    """Deny every override that would run other commands as the role of the build, whatever other policies allow.

    Conditions of one statement must all hold, so each key has a statement of its own.
    https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_condition-logic-multiple-context-keys-or-values.html
    """
    refusal = Grant(
        sid="",
        actions=(codebuild.StartBuild,),
        resources=(build.project_arn, arn("codebuild", f"project/*{DEPLOYER}")),
        why="",
        only_if=only_if,
        refuses=True,
    )
    names = [*OWN_VARIABLES, *CONTRACTS, *OF_DEPLOYERS]
    return (
        replace(
            refusal,
            sid="RefuseOtherVariables",
            # ForAnyValue is false for a request without the key: a start without variables is not refused.
            # https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_condition-single-vs-multi-valued-context-keys.html
            condition=Condition(ForAnyValueStringNotEquals({"codebuild:environment.environmentVariables.name": names})),
            why="A variable such as BASH_ENV would run commands in the build.",
        ),
        replace(
            refusal,
            sid="RefuseOtherScript",
            condition=Condition(Null({"codebuild:source.buildspec": "false"})),
            why="Inspect and deployers run their own scripts only.",
        ),
    )


def inspect(
    source: Source, project: Ref | ImportValue, *, limits: Mapping[str, If], contracts: Mapping[str, str]
) -> Inspection:
    """The Inspect stage. The role of the pipeline may run `project` by the platform's policy.

    `contracts` are variables that make the build write the files that a deploy target reads.
    """
    variables = action_variables({"REPOSITORY_NAME": f"${{{source.parameter}}}", **contracts}, dict(limits))
    stage = Stage(
        name=NAME,
        actions=(
            action(
                NAME,
                category="Build",
                provider="CodeBuild",
                configuration={"ProjectName": project, "EnvironmentVariables": variables},
                inputs=[source.artifact],
                outputs=[ARTIFACT],
                namespace=NAME,
            ),
        ),
    )
    return Inspection(stage)
