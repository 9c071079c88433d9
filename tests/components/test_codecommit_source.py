"""The CodeCommit source."""

from __future__ import annotations

import json
import re
from typing import Any

import pytest
from troposphere import encode_to_dict

from generator.blueprints.image_build import image_build_codecommit
from generator.components.codecommit_source import add_codecommit_source
from generator.eventbridge.patterns import why_not
from generator.eventbridge.transformer import transformed
from generator.model.template import new_template
from generator.publishing.render import to_dict
from tests.ground import Ground

SOURCE = add_codecommit_source(TEMPLATE := new_template("Test"))
TRIGGER = to_dict(image_build_codecommit())["Resources"]["Trigger"]["Properties"]
COMMIT = "3f2a91bc00112233445566778899aabbccddeeff"


def _event(**detail: str) -> dict[str, Any]:
    """https://docs.aws.amazon.com/codecommit/latest/userguide/monitoring-events.html."""
    fields = {
        "event": "referenceUpdated",
        "referenceType": "branch",
        "referenceName": "main",
        "commitId": COMMIT,
        **detail,
    }
    return {
        "source": "aws.codecommit",
        "detail-type": "CodeCommit Repository State Change",
        "resources": ["arn:aws:codecommit:eu-west-1:123456789012:orders"],
        "detail": fields,
    }


def _deployed() -> dict[str, Any]:
    """The pattern of the rule with the values of a stack."""
    pattern = dict(TRIGGER["EventPattern"])
    pattern["resources"] = ["arn:aws:codecommit:eu-west-1:123456789012:orders"]
    return dict(json.loads(json.dumps(pattern).replace('{"Ref": "BranchName"}', '"main"')))


def test_a_push_to_the_branch_starts_a_run_with_its_commit() -> None:
    """The run takes the commit of the event, not the last commit of the branch."""
    assert "" == why_not(_deployed(), _event())
    sent = json.loads(transformed(TRIGGER["Targets"][0]["InputTransformer"], _event(), "arn:rule"))
    assert {"sourceRevisions": [{"actionName": "Source", "revisionType": "COMMIT_ID", "revisionValue": COMMIT}]} == sent


@pytest.mark.parametrize(
    "detail", [{"referenceName": "next"}, {"referenceType": "tag"}, {"event": "referenceDeleted"}], ids=str
)
def test_other_events_start_nothing(detail: dict[str, str]) -> None:
    """Another branch, a Git tag, and a deleted branch."""
    assert "" != why_not(_deployed(), _event(**detail))


def test_the_stage_has_the_permissions_that_aws_lists() -> None:
    """Six actions on this repository."""
    (grant,) = SOURCE.stage.grants
    statement = encode_to_dict(grant.statement())
    assert 6 == len(statement["Action"])
    assert statement["Resource"]["Fn::Sub"].endswith(":codecommit:${AWS::Region}:${AWS::AccountId}:${SourceRepository}")


def test_the_action_looks_for_the_bucket(ground: Ground) -> None:
    """It fails without s3:ListBucket, which knows no objects: the resource is the bucket itself."""
    statement = encode_to_dict(SOURCE.upload(ground.store).statement())
    assert "s3:ListBucket" == statement["Action"]
    assert statement["Resource"]["Fn::Sub"].endswith(":s3:::${ArtifactBucket}")


def test_git_tags_start_nothing() -> None:
    """Builds get no Git tag, and CodePipeline has no triggers of its own for CodeCommit."""
    assert {} == SOURCE.settings
    assert () == SOURCE.triggers


@pytest.mark.parametrize("name", ["team/orders", "", "a" * 101, "orders\n", "*"])
def test_names_that_codecommit_refuses_are_refused(name: str) -> None:
    """A name has at most 100 letters, digits, dots, dashes and underscores."""
    pattern = TEMPLATE.parameters["SourceRepository"].to_dict()["AllowedPattern"]
    assert not re.fullmatch(pattern, name)
