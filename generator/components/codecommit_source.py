"""The source of an image build: a commit of a repository in CodeCommit."""

from __future__ import annotations

import json

from awacs import codecommit, s3
from troposphere import Template
from troposphere.events import InputTransformer

from generator.components.artifacts import ArtifactStore
from generator.components.git_connection import add_branch
from generator.components.git_source import ARTIFACT, GROUP, NAME, GitSource
from generator.components.lost_pushes import DeadLetters
from generator.components.pipeline import Pipeline
from generator.components.start_rule import add_start_rule
from generator.components.topic import Topic
from generator.model.arn import arn
from generator.model.grants import Grant, ServiceRole
from generator.model.parameters import add_parameter
from generator.model.stages import Stage, action


def add_codecommit_source(template: Template) -> GitSource:
    """The source. Its artifact is a ZIP of the commit. A rule starts the pipeline, so that nothing is polled.

    https://docs.aws.amazon.com/codepipeline/latest/userguide/action-reference-CodeCommit.html
    """
    repository = add_parameter(
        template,
        "SourceRepository",
        group=GROUP,
        label="Git repository",
        description="Name of the CodeCommit repository in this account and region.",
        AllowedPattern=r"^[\w.-]{1,100}$",
        ConstraintDescription="Enter the name of a repository, such as orders.",
    )
    branch = add_branch(
        template,
        "BranchName",
        group=GROUP,
        description="A push to this branch starts a run. Manual runs use its last commit.",
    )
    fetch = action(
        NAME,
        category="Source",
        provider="CodeCommit",
        configuration={
            "RepositoryName": repository,
            "BranchName": branch,
            # With CODEBUILD_CLONE_REF each build would clone by itself, and need a permission and a way to CodeCommit.
            "OutputArtifactFormat": "CODE_ZIP",
            # CloudFormation leaves this at true: CodePipeline would poll, and start a second run for each push.
            # https://docs.aws.amazon.com/codepipeline/latest/userguide/PollForSourceChanges-defaults.html
            "PollForSourceChanges": "false",
        },
        outputs=[ARTIFACT],
        namespace=NAME,
    )
    grant = Grant(
        sid="FetchSource",
        actions=(
            codecommit.CancelUploadArchive,
            codecommit.GetBranch,
            codecommit.GetCommit,
            codecommit.GetRepository,
            codecommit.GetUploadArchiveStatus,
            codecommit.UploadArchive,
        ),
        resources=(arn("codecommit", "${SourceRepository}"),),
        why="CodePipeline fetches the commit.",
    )
    stage = Stage(name="Source", actions=(fetch,), grants=(grant,))
    return GitSource(stage, ARTIFACT, triggers=(), settings={}, upload=_find_bucket)


def _find_bucket(store: ArtifactStore) -> Grant:
    """Check that the bucket exists: the CodeCommit action does this before it uploads the commit.

    https://docs.aws.amazon.com/codepipeline/latest/userguide/troubleshooting.html#troubleshooting-S3-access-denied-list
    """
    return Grant(
        sid="FindBucket",
        actions=(s3.ListBucket,),
        resources=(store.bucket_arn,),
        why="The CodeCommit action checks that the artifact bucket exists.",
    )


def add_commit_rule(
    template: Template, pipeline: Pipeline, topic: Topic, role: ServiceRole, dead_letters: DeadLetters
) -> None:
    """A rule on the branch: the pipeline starts with exactly the commit that was pushed.

    https://docs.aws.amazon.com/codecommit/latest/userguide/monitoring-events.html
    https://docs.aws.amazon.com/codepipeline/latest/userguide/pipelines-trigger-source-overrides.html
    """
    revision = {"actionName": NAME, "revisionType": "COMMIT_ID", "revisionValue": "<commit>"}
    add_start_rule(
        template,
        pipeline,
        topic,
        role,
        dead_letters,
        event_pattern={
            "source": ["aws.codecommit"],
            "detail-type": ["CodeCommit Repository State Change"],
            "resources": [arn("codecommit", "${SourceRepository}")],
            "detail": {
                # The event of a deleted branch, referenceDeleted, has no commitId.
                "event": ["referenceCreated", "referenceUpdated"],
                "referenceType": ["branch"],
                "referenceName": [{"Ref": "BranchName"}],
            },
        },
        transformer=InputTransformer(
            InputPathsMap={"commit": "$.detail.commitId"},
            InputTemplate=json.dumps({"sourceRevisions": [revision]}),
        ),
    )
