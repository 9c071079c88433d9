"""The GitOps target."""

from __future__ import annotations

import json
from typing import Any

from generator import catalog
from generator.cloudformation.conditional_parts import chosen
from generator.publishing.render import to_dict
from tests.conftest import RENDERED

PIPELINE = RENDERED["pipeline-gitops"]


def _actions(stage: str) -> dict[str, dict[str, Any]]:
    (found,) = (each for each in PIPELINE["Resources"]["Pipeline"]["Properties"]["Stages"] if each["Name"] == stage)
    return {action["Name"]: action for action in found["Actions"]}


def _variables(action: dict[str, Any]) -> dict[str, str]:
    return {each["name"]: each["value"] for each in json.loads(action["Configuration"]["EnvironmentVariables"])}


def test_each_stage_commits_the_digest_by_its_deployer() -> None:
    """The project of the stage gets the image by digest, and the record the id of the commit."""
    for stage in ("Staging", "Production"):
        commit, record = (_actions(stage)[name] for name in ("Commit", "Record"))
        assert {"Ref": f"{stage}Deployer"} == commit["Configuration"]["ProjectName"]
        assert ("commit", "#{Inspect.IMAGE_URI}") == (_variables(commit)["TASK"], _variables(commit)["IMAGE_URI"])
        facts = json.loads(record["Configuration"]["UserParameters"])
        assert f"#{{{commit['Namespace']}.COMMIT_ID}}" == facts["commit"]


def test_the_file_of_production_is_checked_before_the_approval() -> None:
    """By the same project, with the same variables apart from the task."""
    check, approve = (_actions("Approval")[name] for name in ("CheckFile", "Approve"))
    commit = _actions("Production")["Commit"]
    assert check["RunOrder"] < approve["RunOrder"]
    assert commit["Configuration"]["ProjectName"] == check["Configuration"]["ProjectName"]
    assert {**_variables(commit), "TASK": "check"} == _variables(check)


def test_without_production_nothing_runs_its_deployer() -> None:
    """Neither the check nor the permission exists."""
    template = to_dict(catalog.build("pipeline-gitops"))
    assert "ProductionDeployer" not in json.dumps(chosen(template, ["DeployProduction"])["Resources"])


def test_the_output_leads_to_the_commit() -> None:
    """The output leads to the commit."""
    assert PIPELINE["Outputs"]["StagingRecord"]["Description"].endswith("digest, tags, commit and run")
