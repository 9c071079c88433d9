"""pipeline-eks from end to end: a Deployment runs the digest, or its previous image."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

import pytest

from generator.emulator.programs.images import sample
from tests.emulator.people import Stack, all_the_way, deployed, pushed, run
from tests.emulator.test_faults import fail, refused, rubbish, throttled

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def standing() -> Iterator[Stack]:
    """The pipeline with its deployers, deployed once for all tests of this file."""
    with deployed("pipeline-eks") as stack:
        yield stack


@pytest.fixture
def stack(standing: Stack) -> Stack:
    """The pipeline without trouble, and with an approver who approves."""
    return standing.sound()


def cluster(stack: Stack, place: str, **changes: Any) -> dict[str, Any]:
    """The state of a cluster, after these changes."""
    file = stack.trial.account.site.clusters / f"orders-{place}.json"
    state = {**json.loads(file.read_text(encoding="utf-8")), **changes}
    file.write_text(json.dumps(state), encoding="utf-8")
    return state


def digests(stack: Stack, place: str) -> set[str]:
    """The digests of a cluster's Deployment."""
    template = cluster(stack, place)["deployment"]["spec"]["template"]
    return {each["image"].rpartition("@")[2] for each in template["spec"]["containers"]}


def test_the_deployment_runs_the_digest(stack: Stack) -> None:
    """The build of each stage deploys to its own cluster, with only its role."""
    all_the_way(stack, digests, "to eks")


def test_the_cluster_admits_only_the_build(stack: Stack) -> None:
    """The role of the build has an access entry; by the group of the parameters, or for its namespace alone."""
    eks, codebuild = (stack.trial.cloud.inside(service) for service in ("eks", "codebuild"))
    projects = codebuild.batch_get_projects(names=codebuild.list_projects()["projects"])["projects"]
    roles = {project["serviceRole"] for project in projects if project["name"].endswith("-Deploy")}
    entries = {
        entry
        for name in ("staging", "production")
        for entry in eks.list_access_entries(clusterName=f"orders-{name}")["accessEntries"]
    }
    assert roles == entries
    assert 2 == len(roles)


def test_a_rollout_that_never_ends_is_undone(stack: Stack) -> None:
    """The build fails with a message, the Deployment runs its previous image, and production is not touched."""
    good = pushed(stack, "good")
    image = sample(["linux/amd64"], "bad")
    host = "123456789012.dkr.ecr.eu-west-1.amazonaws.com/team/orders"
    cluster(stack, "staging", outcomes={f"{host}@{image.digest}": "never"})
    [failed] = run(pushed(stack, "bad")).failures
    assert ("Staging", True) == (failed.stage, "did not become ready" in failed.error)
    assert "was restored" in failed.error
    assert {good.digest} == digests(stack, "staging") == digests(stack, "production")


def test_a_build_that_does_not_find_its_cluster_says_what_to_check_and_a_retry_deploys(stack: Stack) -> None:
    """The call for it is refused, throttled, answered with rubbish: nothing is deployed, and a retry is enough."""
    before = digests(stack, "staging")
    fail(stack, "DeployRole", "eks:DescribeCluster", refused)
    push = pushed(stack, "late")
    execution = run(push)
    for fault in (refused, throttled, rubbish):
        fail(stack, "DeployRole", "eks:DescribeCluster", fault)
        stack.trial.retry(execution)
        [failed] = execution.failures
        assert ("Staging", 1) == (failed.stage, failed.error.count("Deploy: ")), failed.error
        assert "Check ClusterName and the endpoint of eks" in failed.error
        assert before == digests(stack, "staging")
    stack.sound()
    stack.trial.retry(execution)
    assert "Succeeded" == execution.status, execution.failures
    assert {push.digest} == digests(stack, "staging") == digests(stack, "production")
