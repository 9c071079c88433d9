"""CodeCommit as the source: the files of a commit become the artifact.

https://docs.aws.amazon.com/codepipeline/latest/userguide/action-reference-CodeCommit.html
"""

from __future__ import annotations

from generator.emulator.runs.action import Done, Provider, Step

PROVIDER = "CodeCommit"


def run(step: Step) -> Done:
    """Fetch the commit that the run was started with, or the last one of the branch."""
    repository = step.setting("RepositoryName")
    step.ask(PROVIDER)
    commit = step.fetch(repository)
    step.store.find(step.role)
    variables = {
        "AuthorDate": commit.date,
        "BranchName": step.setting("BranchName"),
        "CommitId": commit.id,
        "CommitMessage": commit.message,
        "CommitterDate": commit.date,
        "RepositoryName": repository,
    }
    return Done(summary=commit.id, variables=variables, outputs=step.write(commit.in_zip()), revision=commit.id)


PROVIDERS: dict[tuple[str, str], Provider] = {("Source", "CodeCommit"): run}
