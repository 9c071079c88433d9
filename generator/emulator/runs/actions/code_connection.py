"""A Git server behind a connection as the source: the files of a commit become the artifact.

https://docs.aws.amazon.com/codepipeline/latest/userguide/action-reference-CodestarConnectionSource.html
"""

from __future__ import annotations

from generator.emulator.runs.action import ActionError, Done, Provider, Step

PROVIDER = "CodeStarSourceConnection"


def run(step: Step) -> Done:
    """Fetch the commit that the run was started with, or the last one of the branch, through the connection."""
    connection, repository = step.setting("ConnectionArn"), step.setting("FullRepositoryId")
    step.ask(PROVIDER)
    if connection not in step.world.git.authorized:
        raise ActionError(f"connection {connection} is not available: nobody has authorized it")
    commit = step.fetch(repository)
    variables = {
        "AuthorDate": commit.date,
        "BranchName": step.setting("BranchName"),
        "CommitId": commit.id,
        "CommitMessage": commit.message,
        "ConnectionArn": connection,
        "FullRepositoryName": repository,
        **({"TagName": commit.tag} if commit.tag else {}),
    }
    outputs = step.write(commit.in_zip(), acl="bucket-owner-full-control")  # aws/aws-cdk#13557
    return Done(summary=commit.id, variables=variables, outputs=outputs, revision=commit.id)


PROVIDERS: dict[tuple[str, str], Provider] = {("Source", "CodeStarSourceConnection"): run}
