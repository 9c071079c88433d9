"""Where an image build starts: a commit of a Git repository that CodeConnections reaches."""

from __future__ import annotations

from typing import NamedTuple

from awacs import codeconnections, codestar_connections
from awacs.aws import Condition
from awacs.aws import StringEqualsIfExists as EqualsIfSent
from troposphere import And, If, Not, NoValue, Ref, Split, Template
from troposphere.codepipeline import (
    GitBranchFilterCriteria,
    GitConfiguration,
    GitFilePathFilterCriteria,
    GitPushFilter,
    GitTagFilterCriteria,
    PipelineTriggerDeclaration,
)

from generator.iam import Grant
from generator.parameters import add_condition, add_parameter, add_rule, is_given
from generator.stages import Stage, action

GROUP = "Source"
NAME, ARTIFACT = "Source", "Commit"
PATTERN = r"[\w./*?-]+"  # of branches, tags, paths: a glob without lists, which have commas of their own


class GitSource(NamedTuple):
    """The stage that fetches a commit, and what starts it.

    `settings` are what the configuration of a build's action tells of it: the Git tag, where tags start the pipeline.
    """

    stage: Stage
    artifact: str
    triggers: tuple[PipelineTriggerDeclaration, ...]
    settings: dict[str, object]


def add_git_source(template: Template) -> GitSource:
    """The source. Its artifact is a ZIP of the commit, so that builds need no way to the Git server.

    CodePipeline itself is told of pushes, and filters them: no event rule, no polling.
    https://docs.aws.amazon.com/codepipeline/latest/userguide/action-reference-CodestarConnectionSource.html
    https://docs.aws.amazon.com/codepipeline/latest/userguide/pipelines-triggers.html
    """
    connection = add_parameter(
        template,
        "ConnectionArn",
        group=GROUP,
        label="Connection",
        description="ARN of a connection to the Git server; its state must be Available.",
        AllowedPattern=r"^arn:[a-z-]+:(codeconnections|codestar-connections):[a-z0-9-]+:[0-9]{12}:connection/[0-9a-f-]+$",
        ConstraintDescription="Type the ARN of a connection (aws codeconnections list-connections).",
    )
    repository = add_parameter(
        template,
        "SourceRepository",
        group=GROUP,
        label="Git repository",
        description="Owner and repository, in the server's own capitals.",
        AllowedPattern=r"^[\w.-]+(/[\w.-]+)+$",
        ConstraintDescription="Type owner/repository, such as example/orders.",
    )
    branch = add_branch(
        template, "A push to it starts a run, unless GitTagPattern is given; a start by hand takes its last commit."
    )
    paths = add_parameter(
        template,
        "SourcePaths",
        group=GROUP,
        label="Paths",
        description="Only pushes that change one of these start a run, with commas between. Empty: all.",
        Default="",
        AllowedPattern=rf"^({PATTERN}(,{PATTERN}){{0,7}})?$",
        ConstraintDescription="Type up to eight patterns such as services/orders/**,shared/**, or nothing.",
    )
    tag = add_parameter(
        template,
        "GitTagPattern",
        group=GROUP,
        label="Git tags",
        description="Pushed Git tags that match start a run, in place of the branch, and become the image's version.",
        Default="",
        AllowedPattern=rf"^({PATTERN})?$",
        ConstraintDescription="Type a pattern such as v*, or nothing.",
    )
    on_tags = add_condition(template, "StartOnTags", is_given(tag))
    on_paths = add_condition(template, "OnlySomePaths", is_given(paths))
    add_rule(
        template,
        "TagsKnowNoPaths",
        (
            Not(And(is_given(tag), is_given(paths))),
            "GitTagPattern and SourcePaths do not go together: leave one empty.",
        ),
    )
    pushes = GitPushFilter(
        Branches=GitBranchFilterCriteria(Includes=[branch]),
        FilePaths=If(on_paths, GitFilePathFilterCriteria(Includes=Split(",", paths)), NoValue),
    )
    trigger = PipelineTriggerDeclaration(
        ProviderType="CodeStarSourceConnection",
        GitConfiguration=GitConfiguration(
            SourceActionName=NAME,
            Push=[If(on_tags, GitPushFilter(Tags=GitTagFilterCriteria(Includes=[tag])), pushes)],
        ),
    )
    fetch = action(
        NAME,
        category="Source",
        provider="CodeStarSourceConnection",
        configuration={
            "ConnectionArn": connection,
            "FullRepositoryId": repository,
            "BranchName": branch,
            "OutputArtifactFormat": "CODE_ZIP",
            "DetectChanges": "false",  # the trigger does
        },
        outputs=[ARTIFACT],
        namespace=NAME,
    )
    return GitSource(
        stage=Stage(name="Source", actions=(fetch,), grants=(_use_connection(connection, repository),)),
        artifact=ARTIFACT,
        triggers=(trigger,),
        settings={"EnvironmentVariables": If(on_tags, '[{"name":"GIT_TAG","value":"#{Source.TagName}"}]', NoValue)},
    )


def add_branch(template: Template, description: str) -> Ref:
    """The parameter that names the branch."""
    return add_parameter(
        template,
        "BranchName",
        group=GROUP,
        label="Branch",
        description=description,
        Default="main",
        AllowedPattern=r"^[\w.-]+(/[\w.-]+)*$",
        ConstraintDescription="Type the name of a branch, such as main or release/1.4.",
    )


def _use_connection(connection: Ref, repository: Ref) -> Grant:
    """Fetch through the connection: from this repository, as far as the service tells which one is meant.

    https://docs.aws.amazon.com/service-authorization/latest/reference/list_awscodeconnections.html
    """
    services = ("codeconnections", "codestar-connections")
    return Grant(
        sid="FetchSource",
        actions=(codeconnections.UseConnection, codestar_connections.UseConnection),
        resources=(connection,),
        condition=Condition(EqualsIfSent({f"{service}:FullRepositoryId": repository for service in services})),
        why="CodePipeline fetches the commit; AWS asks for the action under both names of the service.",
    )
