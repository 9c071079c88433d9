"""Commits as the source of a pipeline: from behind a connection, and from CodeCommit."""

from __future__ import annotations

import io
import stat
import zipfile
from collections.abc import Callable, Iterator
from dataclasses import replace
from typing import Any

import pytest

from generator.emulator.aws import emulator
from generator.emulator.programs.tools import Tools
from generator.emulator.runs.action import ActionError, ApprovalDecision, Done, RunContext, Step
from generator.emulator.runs.actions import code_connection, codecommit_source
from generator.emulator.runs.artifact_store import Store
from generator.emulator.runs.git import Commit, Git

ROLE = "arn:aws:iam::111122223333:role/pipeline"
ARN = "arn:aws:codeconnections:eu-central-1:111122223333:connection/1a2b3c4d"
FILES = {"Dockerfile": b"FROM scratch\n", "app/main.py": b"print()\n"}
CONNECTION = {"ConnectionArn": ARN, "FullRepositoryId": "example/orders", "BranchName": "main"}
CODECOMMIT = {"RepositoryName": "example/orders", "BranchName": "main"}
SOURCES: list[tuple[Callable[[Step], Done], dict[str, str]]] = [
    (code_connection.run, CONNECTION),
    (codecommit_source.run, CODECOMMIT),
]
BOTH = pytest.mark.parametrize(("run", "configuration"), SOURCES, ids=["connection", "CodeCommit"])
FIRST, LAST = Commit(files=FILES, message="First"), Commit(files=FILES, message="Last", tag="v1.4.2")


@pytest.fixture
def step() -> Iterator[Step]:
    """A source action over a branch of two commits, behind a connection that was authorized."""
    git = Git(authorized={ARN})
    for commit in (FIRST, LAST):
        git.push("example/orders", "main", commit)
    with emulator() as cloud:
        cloud.inside("s3").create_bucket(
            Bucket="artifacts", CreateBucketConfiguration={"LocationConstraint": cloud.region}
        )
        yield Step(
            world=RunContext(
                cloud=cloud,
                tools=Tools("", ()),
                approver=lambda _: ApprovalDecision(approved=True),
                git=git,
            ),
            store=Store(cloud, "artifacts", ""),
            pipeline="orders",
            execution="run-1",
            stage="Source",
            name="Source",
            role=ROLE,
            configuration={},
            inputs={},
            outputs=("Commit",),
        )


@BOTH
def test_the_artifact_holds_the_files_of_the_commit(
    step: Step, run: Callable[[Step], Done], configuration: dict[str, str]
) -> None:
    """Without a revision it is the last commit of the branch. The build gets it as its source version."""
    done = run(replace(step, configuration=configuration))
    assert FILES == step.store.get(ROLE, done.outputs["Commit"])
    assert (LAST.id, LAST.id, "Last") == (
        done.revision,
        done.variables["CommitId"],
        done.variables["CommitMessage"],
    )


@BOTH
def test_the_artifact_has_no_executable_bits_and_no_links(
    step: Step, run: Callable[[Step], Done], configuration: dict[str, str]
) -> None:
    """A script cannot be run by its path, and a link is a file that contains its target."""
    files = {**FILES, "entrypoint.sh": b"#!/bin/sh\n"}
    commit = Commit(files=files, executable=frozenset({"entrypoint.sh"}), links={"latest": "app/main.py"})
    step.world.git.push("example/orders", "main", commit)
    done = run(replace(step, configuration=configuration))
    location = done.outputs["Commit"]
    assert {**files, "latest": b"app/main.py"} == step.store.get(ROLE, location)
    body = step.store.cloud.inside("s3").get_object(Bucket=location.bucket, Key=location.key)["Body"].read()
    with zipfile.ZipFile(io.BytesIO(body)) as archive:
        modes = [each.external_attr >> 16 for each in archive.infolist()]
    assert not any(stat.S_ISLNK(mode) or mode & 0o111 for mode in modes)


@BOTH
def test_the_run_gets_the_commit_that_it_was_started_with(
    step: Step, run: Callable[[Step], Done], configuration: dict[str, str]
) -> None:
    """Later commits are for the next run."""
    done = run(replace(step, configuration=configuration, revision=FIRST.id))
    assert (FIRST.id, "First") == (done.revision, done.variables["CommitMessage"])


@BOTH
@pytest.mark.parametrize("changed", [{"BranchName": "other"}, {}], ids=["branch", "commit"])
def test_a_missing_repository_or_commit_fails_the_action(
    step: Step, run: Callable[[Step], Done], configuration: dict[str, str], changed: dict[str, str]
) -> None:
    """The branch or the commit is named."""
    wanted = "" if changed else "0" * 40
    with pytest.raises(ActionError, match=f"there is no {wanted or 'commit'} on the branch"):
        run(replace(step, configuration={**configuration, **changed}, revision=wanted))


@BOTH
def test_a_missing_permission_fails_the_action(
    step: Step, run: Callable[[Step], Done], configuration: dict[str, str]
) -> None:
    """No client asks for it, so it is decided before: with the role of the action."""
    asked: list[Any] = []

    def refuse(call: Any) -> str:
        asked.append(call)
        return "nothing allows it"

    with pytest.raises(ActionError, match=f"by {ROLE}: nothing allows it"):
        run(replace(step, world=replace(step.world, permits=refuse), configuration=configuration))
    assert [ROLE] == [call.role for call in asked]


@BOTH
def test_another_format_is_refused(step: Step, run: Callable[[Step], Done], configuration: dict[str, str]) -> None:
    """A reference to clone is something else than a ZIP."""
    with pytest.raises(NotImplementedError, match="CODEBUILD_CLONE_REF"):
        run(replace(step, configuration={**configuration, "OutputArtifactFormat": "CODEBUILD_CLONE_REF"}))


def test_a_git_tag_is_a_variable(step: Step) -> None:
    """A commit that a tag was pushed for has it, others have no such variable."""
    tagged = code_connection.run(replace(step, configuration=CONNECTION))
    plain = code_connection.run(replace(step, configuration=CONNECTION, revision=FIRST.id))
    assert ("v1.4.2", None) == (tagged.variables["TagName"], plain.variables.get("TagName"))


def test_a_connection_must_be_authorized(step: Step) -> None:
    """One that is pending fetches nothing, whatever the role may do."""
    with pytest.raises(ActionError, match="is not available"):
        code_connection.run(replace(step, world=replace(step.world, git=Git()), configuration=CONNECTION))


def test_ids_of_commits_follow_from_all_of_them() -> None:
    """Forty digits; another file, message or date is another commit."""
    others = [
        FIRST,
        LAST,
        replace(FIRST, files={**FILES, "x": b""}),
        replace(FIRST, date="2026-11-21T00:00:00Z"),
        replace(FIRST, executable=frozenset({"app/main.py"})),
        replace(FIRST, links={"x": "app/main.py"}),
    ]
    ids = [each.id for each in others]
    assert {40} == {len(each) for each in ids}
    assert len(ids) == len({*ids})
    assert FIRST.id == Commit(files=dict(reversed(FILES.items())), message="First").id
