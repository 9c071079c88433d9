"""pipeline-gitops, all the way: the digest is committed to a Git repository by Git itself, through a connection."""

from __future__ import annotations

import json
from collections.abc import Iterator

import pytest
import yaml

from generator.emulator.trial.outcome import deployed_lines
from tests.emulator.people import Stack, all_the_way, deployed, pushed, run

pytestmark = pytest.mark.slow
REPOSITORY, BRANCH = "example/deployments", "main"


@pytest.fixture(scope="module")
def standing() -> Iterator[Stack]:
    """The pipeline with its deployers, deployed once for all tests of this file."""
    with deployed("pipeline-gitops") as stack:
        yield stack


@pytest.fixture
def stack(standing: Stack) -> Stack:
    """The pipeline without trouble, with every file in its repository, and with an approver who approves."""
    return standing.sound()


def path(stage: str) -> str:
    """The file of a stage."""
    return f"apps/orders/{stage}/kustomization.yaml"


def digests(stack: Stack, stage: str) -> set[str]:
    """The digests that the file of a stage names."""
    text = stack.trial.account.site.repositories.read(REPOSITORY, BRANCH, path(stage))
    return {each.get("digest", "") for each in yaml.safe_load(text)["images"]}


def test_the_digest_is_committed_for_each_stage(stack: Stack) -> None:
    """One commit for a stage, with nothing but the role of its build; the record has the id of the commit."""
    git = stack.trial.account.site.repositories
    assert [] == list(deployed_lines(stack.trial))
    before = git.commits(REPOSITORY, BRANCH)
    all_the_way(stack, digests, "to git")
    production, staging, *rest = git.commits(REPOSITORY, BRANCH)
    assert before == rest
    ssm = stack.trial.cloud.inside("ssm")
    for stage, commit in (("staging", staging), ("production", production)):
        record = ssm.get_parameter(Name=f"/ecr-pipeline/orders/{stage}/release")["Parameter"]["Value"]
        assert commit == json.loads(record)["commit"]
    for line, stage in zip(deployed_lines(stack.trial), ("production", "staging"), strict=True):
        [digest] = digests(stack, stage)
        assert line.startswith(f"repository {REPOSITORY}, {path(stage)}: ")
        assert line.endswith(f"/team/orders@{digest}")


def test_a_missing_file_fails_before_the_approval(stack: Stack) -> None:
    """Production's file is checked with the deployer's own role while staging has the digest; one line says what."""
    site = stack.trial.account.site
    name = next(each for each in _projects(stack) if "production" in each)
    environment = _environment(stack, name)
    _set(stack, name, {**environment, "FILE_PATH": "apps/gone.yaml"})
    try:
        [failed] = run(pushed(stack, "gone")).failures
    finally:
        _set(stack, name, environment)
    assert ("Approval", []) == (failed.stage, stack.approver.requests)
    assert f"{REPOSITORY} ({BRANCH}) has no file apps/gone.yaml. Check FilePath" in failed.error
    assert 1 == failed.error.count("Commit: ")
    assert "apps/gone.yaml" not in site.repositories.read(REPOSITORY, BRANCH, path("production"))


def test_a_connection_that_is_gone_fails_and_a_retry_commits(stack: Stack) -> None:
    """Nothing is committed while the connection is not available; afterwards a retry of the stage is enough."""
    site = stack.trial.account.site
    before, authorized = site.repositories.commits(REPOSITORY, BRANCH), set(site.git.authorized)
    site.git.authorized.clear()
    try:
        push = pushed(stack, "late")
    finally:
        site.git.authorized.update(authorized)
    execution = run(push)
    [failed] = execution.failures
    assert ("Staging", 1) == (failed.stage, failed.error.count("Commit: "))
    assert "Check ConnectionArn" in failed.error
    assert before == site.repositories.commits(REPOSITORY, BRANCH)
    stack.trial.retry(execution)
    assert "Succeeded" == execution.status, execution.failures
    assert {push.digest} == digests(stack, "staging") == digests(stack, "production")


def test_a_branch_that_takes_no_push_is_named_and_nothing_is_recorded(stack: Stack) -> None:
    """The Git server refuses the push: the stage fails, and the record still has the digest in the file."""
    good = pushed(stack, "good")
    hook = stack.trial.account.site.repositories.folder / f"{REPOSITORY}.git" / "hooks" / "pre-receive"
    hook.write_text("#!/bin/sh\necho 'protected branch' >&2\nexit 1\n", encoding="utf-8")
    hook.chmod(0o755)
    try:
        [failed] = run(pushed(stack, "refused")).failures
    finally:
        hook.unlink()
    assert ("Staging", True) == (failed.stage, "refuses the push: remote: protected branch" in failed.error)
    assert {good.digest} == digests(stack, "staging") == digests(stack, "production")
    image = stack.trial.cloud.inside("ssm").get_parameter(Name="/ecr-pipeline/orders/staging/image")["Parameter"][
        "Value"
    ]
    assert image.endswith(good.digest)


def _projects(stack: Stack) -> list[str]:
    names = stack.trial.cloud.inside("codebuild").list_projects()["projects"]
    return [each for each in names if each.endswith("-Deploy")]


def _environment(stack: Stack, project: str) -> dict[str, str]:
    [found] = stack.trial.cloud.inside("codebuild").batch_get_projects(names=[project])["projects"]
    return {each["name"]: each["value"] for each in found["environment"]["environmentVariables"]}


def _set(stack: Stack, project: str, variables: dict[str, str]) -> None:
    """Change the variables of a project, as an update of its stack would."""
    codebuild = stack.trial.cloud.inside("codebuild")
    [found] = codebuild.batch_get_projects(names=[project])["projects"]
    listed = [{"name": name, "value": value} for name, value in variables.items()]
    codebuild.update_project(name=project, environment={**found["environment"], "environmentVariables": listed})
