"""The source of an image build: a commit of a Git repository that CodeConnections reaches."""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple

from awacs import s3
from troposphere import And, If, Not, NoValue, Split, Template
from troposphere.codepipeline import (
    GitBranchFilterCriteria,
    GitConfiguration,
    GitFilePathFilterCriteria,
    GitPushFilter,
    GitTagFilterCriteria,
    PipelineTriggerDeclaration,
)

from generator.components.artifacts import ArtifactStore
from generator.components.git_connection import add_branch, add_connection, add_git_repository, use_connection
from generator.model.grants import Grant
from generator.model.parameters import add_condition, add_parameter, add_rule, is_given
from generator.model.stages import Stage, action

GROUP = "Source"
NAME, ARTIFACT = "Source", "Commit"
FETCH = "CodePipeline fetches the commit."
PATTERN = r"[\w./*?-]+"  # of branches, tags, paths: a glob without lists, which have commas of their own


class GitSource(NamedTuple):
    """The stage that fetches a commit, and the trigger that starts it.

    `settings` belong into the configuration of a build's action: they pass on the Git tag, if tags start the pipeline.
    `upload` returns the permission on the artifact bucket that this kind of source needs beyond those of every action.
    """

    stage: Stage
    artifact: str
    triggers: tuple[PipelineTriggerDeclaration, ...]
    settings: dict[str, object]
    upload: Callable[[ArtifactStore], Grant]


def add_git_source(template: Template) -> GitSource:
    """The source. Its artifact is a ZIP of the commit, so that builds need no connection to the Git server.

    CodePipeline itself receives pushes and filters them: there is no event rule, and nothing is polled.
    https://docs.aws.amazon.com/codepipeline/latest/userguide/action-reference-CodestarConnectionSource.html
    https://docs.aws.amazon.com/codepipeline/latest/userguide/pipelines-triggers.html
    """
    connection = add_connection(template, GROUP)
    repository = add_git_repository(
        template,
        "SourceRepository",
        group=GROUP,
        description="Owner and repository, as spelled on the Git server.",
        example="example/orders",
    )
    branch = add_branch(
        template,
        "BranchName",
        group=GROUP,
        description="A push to this branch starts a run, unless GitTagPattern is set.",
    )
    paths = add_parameter(
        template,
        "SourcePaths",
        group=GROUP,
        label="Paths",
        description="Paths, separated by commas. Only pushes that change one of them start a run. Empty: all.",
        Default="",
        # CodePipeline takes up to eight patterns of a kind.
        # https://docs.aws.amazon.com/codepipeline/latest/userguide/limits.html
        AllowedPattern=rf"^({PATTERN}(,{PATTERN}){{0,7}})?$",
        ConstraintDescription="Enter up to eight patterns such as services/**, or leave it empty.",
    )
    tag = add_parameter(
        template,
        "GitTagPattern",
        group=GROUP,
        label="Git tags",
        description="Pushed Git tags that match start runs, not pushes to the branch, and become image tags.",
        Default="",
        AllowedPattern=rf"^({PATTERN})?$",
        ConstraintDescription="Enter a pattern such as v*, or leave it empty.",
    )
    on_tags = add_condition(template, "StartOnTags", is_given(tag))
    on_paths = add_condition(template, "OnlySomePaths", is_given(paths))
    add_rule(
        template,
        "TagsKnowNoPaths",
        (
            Not(And(is_given(tag), is_given(paths))),
            "Use GitTagPattern or SourcePaths, not both.",
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
            # With a trigger CodePipeline uses this branch for manual starts only.
            # https://docs.aws.amazon.com/codepipeline/latest/userguide/pipelines-filter.html
            "BranchName": branch,
            # With CODEBUILD_CLONE_REF each build would clone by itself, with permission to use the connection.
            "OutputArtifactFormat": "CODE_ZIP",
            "DetectChanges": "false",  # the trigger detects them
        },
        outputs=[ARTIFACT],
        namespace=NAME,
    )
    return GitSource(
        stage=Stage(
            name="Source", actions=(fetch,), grants=(use_connection("FetchSource", connection, repository, FETCH),)
        ),
        artifact=ARTIFACT,
        triggers=(trigger,),
        settings={"EnvironmentVariables": If(on_tags, '[{"name":"GIT_TAG","value":"#{Source.TagName}"}]', NoValue)},
        upload=_upload,
    )


def _upload(store: ArtifactStore) -> Grant:
    """Set the access control list of the artifact: without this permission S3 refuses the upload of a connection.

    https://docs.aws.amazon.com/codepipeline/latest/userguide/how-to-custom-role.html
    https://github.com/aws/aws-cdk/issues/13557
    """
    return Grant(
        sid="UploadSource",
        actions=(s3.PutObjectAcl,),
        resources=store.objects(),
        why="A connection uploads the commit with an access control list.",
    )
