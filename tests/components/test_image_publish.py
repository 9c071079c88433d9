"""The Publish stage."""

from __future__ import annotations

from generator.blueprints.image_build import image_build
from generator.conditions import chosen
from generator.render import to_dict

TEMPLATE = chosen(to_dict(image_build()), ["IsSigned", "InPrivateNetwork"])
PROJECT = TEMPLATE["Resources"]["PublishProject"]["Properties"]
(ACTION,) = TEMPLATE["Resources"]["Pipeline"]["Properties"]["Stages"][-1]["Actions"]


def test_publish_has_no_docker() -> None:
    """It runs nothing of the source: no privileged machine, and no `docker` in its text."""
    assert PROJECT["Environment"]["PrivilegedMode"] is False
    assert "docker " not in PROJECT["Source"]["BuildSpec"]


def test_publish_may_tag_and_no_more() -> None:
    """Its role writes its log, reads manifests and puts them."""
    (policy,) = TEMPLATE["Resources"]["PublishRole"]["Properties"]["Policies"]
    actions = [action for statement in policy["PolicyDocument"]["Statement"] for action in statement["Action"]]
    assert ["logs:CreateLogStream", "logs:PutLogEvents", "ecr:BatchGetImage", "ecr:PutImage"] == actions


def test_publish_reads_what_each_build_hands_on() -> None:
    """The images of the builds that there are, and the version that the first of them has checked."""
    text, given = ACTION["Configuration"]["EnvironmentVariables"]["Fn::Sub"]
    both = {"Fn::If": ["BuildArm64", "#{Amd64.IMAGE} #{Arm64.IMAGE}", "#{Amd64.IMAGE}"]}
    assert {"Fn::If": ["BuildAmd64", both, "#{Arm64.IMAGE}"]} == given["Images"]
    assert {"Fn::If": ["BuildAmd64", "Amd64", "Arm64"]} == given["First"]
    assert '"#{${First}.VERSION}"' in text
