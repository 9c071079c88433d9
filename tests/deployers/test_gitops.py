"""The deployer for GitOps. The script of its build is tested in test_gitops_buildspec.py."""

from __future__ import annotations

import re
from typing import Any

import pytest

from tests.conftest import RENDERED

DEPLOYER = RENDERED["deployer-gitops"]


def _properties(name: str) -> dict[str, Any]:
    return dict(DEPLOYER["Resources"][name]["Properties"])


def test_the_build_runs_outside_of_any_vpc_without_docker() -> None:
    """It reaches the Git server, runs nothing of the repository, and has no security group that others could use."""
    project = _properties("DeployProject")
    assert "VpcConfig" not in project
    assert not project["Environment"].get("PrivilegedMode")
    assert not [each for each in DEPLOYER["Resources"].values() if each["Type"].startswith("AWS::EC2::")]


def test_the_role_pushes_to_one_repository() -> None:
    """It may use the connection to pull and push there, and changes nothing else in the account."""
    document = _properties("DeployRole")["Policies"][0]["PolicyDocument"]
    statements = {each["Sid"]: each for each in document["Statement"]}
    assert {
        *("WriteDeployLog", "UseLogKey", "FindArtifacts", "FetchArtifacts", "DecryptArtifacts", "PushCommit")
    } == statements.keys()
    push = statements["PushCommit"]
    assert {"Ref": "ConnectionArn"} == push["Resource"]
    condition = push["Condition"]["StringEqualsIfExists"]
    assert {"Ref": "GitRepository"} == condition["codeconnections:FullRepositoryId"]
    assert ["GitPull", "GitPush"] == condition["codeconnections:ProviderAction"]


def test_the_pipeline_can_be_created_first() -> None:
    """The output for the pipeline is known before the stack exists: the name of the stack and -Deploy."""
    assert {"Ref": "DeployProject"} == DEPLOYER["Outputs"]["Deployer"]["Value"]
    assert {"Fn::Sub": "${AWS::StackName}-Deploy"} == _properties("DeployProject")["Name"]


@pytest.mark.parametrize(
    ("parameter", "refused", "taken"),
    [
        (
            "FilePath",
            ["", "/a.yaml", "../a.yaml", "a/../b.yaml", ".git/a.yaml", "-a.yaml", "a.json", "a b.yaml", "a/$(id).yaml"],
            ["a.yaml", "apps/orders/kustomization.yml", "apps/1/values.prod.yaml"],
        ),
        ("ImagePlace", ["", ".image", "a b", "$(id)", "a;b", "'a'"], ["orders", "image.digest", "registry/a:b"]),
    ],
)
def test_mistyped_values_are_refused(parameter: str, refused: list[str], taken: list[str]) -> None:
    """By the pattern of the parameter: no path leaves the repository, nothing means something to a shell."""
    pattern = DEPLOYER["Parameters"][parameter]["AllowedPattern"]
    assert [] == [value for value in refused if re.fullmatch(pattern, value)]
    assert taken == [value for value in taken if re.fullmatch(pattern, value)]
