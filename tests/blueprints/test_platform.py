"""The assembly of a platform."""

from __future__ import annotations

from fnmatch import fnmatchcase

from generator import catalog
from generator.blueprints.platform import platform
from generator.publishing import render
from tests.conftest import WITH_CONDITIONS
from tests.rendered import strings

RENDERED = render.to_dict(platform())
RESOURCES, PARAMETERS = RENDERED["Resources"], RENDERED["Parameters"]


def test_one_parameter_is_required() -> None:
    """Which repositories Inspect reads; everything else has a default, and the name of the platform comes first."""
    assert ["RepositoryPattern"] == [name for name, each in PARAMETERS.items() if "Default" not in each]
    assert ["Platform", "RepositoryPattern"] == list(PARAMETERS)[:2]


def test_it_exports_what_other_stacks_need() -> None:
    """Exports for pipelines and deployers, and the network for image builds, under the name of the platform."""
    exports = [output["Export"]["Name"]["Fn::Sub"] for output in RENDERED["Outputs"].values() if "Export" in output]
    things = (
        *("KeyArn", "ArtifactBucket", "InspectProject", "DeadLetterQueueArn", "PipelinePolicyArn"),
        *("VpcId", "SubnetIds", "BuildSecurityGroupId", "BuildPolicyArn"),
    )
    assert [f"ecr-pipeline:platform:${{Platform}}:v1:{thing}" for thing in things] == exports


def test_its_key_encrypts_the_logs_of_every_stack() -> None:
    """The log groups of pipelines and deployers on this platform match the pattern in the policy of the key."""
    statements = {each["Sid"]: each for each in RESOURCES["Key"]["Properties"]["KeyPolicy"]["Statement"]}
    assert {"Account", "Logs", "Alarms", "DeadLetters", "Grants"} == statements.keys()
    arn = statements["Logs"]["Condition"]["ArnLike"]["kms:EncryptionContext:aws:logs:arn"]["Fn::Sub"]
    pattern = arn.partition(":log-group:")[2]
    groups = [
        resource["Properties"]["LogGroupName"]["Fn::Sub"]
        for name in catalog.templates()
        if name.startswith(("pipeline-", "deployer-", "image-build")) or name == "platform"
        for resource in WITH_CONDITIONS[name]["Resources"].values()
        if resource["Type"] == "AWS::Logs::LogGroup"
    ]
    assert len(groups) > 5
    assert [] == [group for group in groups if not fnmatchcase(group, pattern)]


def test_it_has_neither_pipeline_nor_topic() -> None:
    """Resources of one service are in the stack of that service."""
    types = {resource["Type"] for resource in RESOURCES.values()}
    assert not {"AWS::CodePipeline::Pipeline", "AWS::SNS::Topic", "AWS::Lambda::Function", "AWS::Events::Rule"} & types


def test_its_resources_are_named_after_the_platform() -> None:
    """Two platforms in one account do not collide, whatever their stacks are called."""
    assert {"Fn::Sub": "ecr-pipeline-platform-${Platform}-Inspect"} == RESOURCES["InspectProject"]["Properties"]["Name"]
    assert {"Fn::Sub": "alias/ecr-pipeline/platform/${Platform}"} == RESOURCES["KeyAlias"]["Properties"]["AliasName"]


def test_it_names_no_pipeline() -> None:
    """A pipeline that is added or removed changes nothing of its platform."""
    assert not [text for text in strings(RESOURCES) if "${Name}" in text]
