"""The Publish stage."""

from __future__ import annotations

import json
import re
from collections.abc import Callable

import pytest
from troposphere import Template

from generator.blueprints.image_build import image_build, image_build_multi_arch
from generator.checks.buildspecs import inline
from generator.cloudformation.conditional_parts import chosen
from generator.publishing.render import to_dict

TEMPLATE = chosen(to_dict(image_build()), ["IsSigned", "InVpc"])
PROJECT = TEMPLATE["Resources"]["PublishProject"]["Properties"]


def test_publish_has_no_docker() -> None:
    """It runs nothing of the source: no privileged machine, and no command of Docker."""
    assert PROJECT["Environment"].get("PrivilegedMode", False) is False
    text = inline(PROJECT["Source"]["BuildSpec"], TEMPLATE["Mappings"])
    assert text is not None
    assert "aws ecr" in text
    assert not re.search(r"\bdocker (buildx|image|login|pull|push|run)\b", text)


def test_publish_may_tag_and_no_more() -> None:
    """Its role writes its log, reads manifests and puts them."""
    (policy,) = TEMPLATE["Resources"]["PublishRole"]["Properties"]["Policies"]
    actions = [action for statement in policy["PolicyDocument"]["Statement"] for action in statement["Action"]]
    assert ["logs:CreateLogStream", "logs:PutLogEvents", "ecr:BatchGetImage", "ecr:PutImage"] == actions
    assert [{"Ref": "ArtifactPolicy"}] == TEMPLATE["Resources"]["PublishRole"]["Properties"]["ManagedPolicyArns"]


@pytest.mark.parametrize(
    ("build", "images", "version"),
    [
        (image_build, "#{Build.IMAGE}", "#{Build.VERSION}"),
        (image_build_multi_arch, "#{Amd64.IMAGE} #{Arm64.IMAGE}", "#{Amd64.VERSION}"),
    ],
)
def test_publish_reads_what_each_build_hands_on(build: Callable[[], Template], images: str, version: str) -> None:
    """The images of all builds, and the version that the first of them has checked."""
    (action,) = to_dict(build())["Resources"]["Pipeline"]["Properties"]["Stages"][-1]["Actions"]
    assert [{"name": "IMAGES", "value": images}, {"name": "VERSION", "value": version}] == json.loads(
        action["Configuration"]["EnvironmentVariables"]
    )
