"""E9701: configuration keys of actions."""

from __future__ import annotations

from typing import Any

import pytest

from tests.rules.test_rules import action, findings, messages, pipeline, template, with_action

LAST = "Resources/Pipeline/Properties/Stages/2/Actions/0"
GUIDE = "https://docs.aws.amazon.com/codepipeline/latest/userguide"
BLUE_GREEN = {
    "ApplicationName": "app",
    "DeploymentGroupName": "group",
    "TaskDefinitionTemplateArtifact": "Inspection",
    "AppSpecTemplateArtifact": "Inspection",
    "Image1ArtifactName": "ImageDetail",
    "Image1ContainerName": "IMAGE",
}
INPUTS = [{"Name": "Inspection"}, {"Name": "ImageDetail"}]


@pytest.mark.parametrize(
    "good",
    [
        action("Source/ECR", "A", {"RepositoryName": "orders"}),
        action("Build/CodeBuild", "A", {"ProjectName": "p", "PrimarySource": "Inspection"}, InputArtifacts=INPUTS),
        action("Test/CodeBuild", "A", {"ProjectName": "p", "BatchEnabled": "true", "BuildspecOverride": "b.yml"}),
        action("Deploy/ECS", "A", {"ClusterName": "c", "ServiceName": "s", "DeploymentTimeout": 15}),
        action("Deploy/CodeDeployToECS", "A", BLUE_GREEN, InputArtifacts=INPUTS),
        action("Deploy/EKS", "A", {"ClusterName": "c", "ManifestFiles": "m.yml", "Namespace": "n"}),
        action("Deploy/Lambda", "A", {"FunctionName": "f", "FunctionAlias": "live", "PublishedTargetVersion": "7"}),
        action("Invoke/Lambda", "A", {"FunctionName": "f", "UserParameters": "{}"}),
        action("Invoke/StepFunctions", "A", {"StateMachineArn": {"Ref": "Machine"}, "Input": "{}"}),
        action("Approval/Manual", "A", {}),
        action("Approval/Manual", "A", {"CustomData": "?", "ExternalEntityLink": "https://e.org"}),
        action("Compute/Commands", "A", None, Commands=["ls"]),
    ],
    ids=lambda good: good["ActionTypeId"]["Provider"],
)
def test_documented_configurations_pass(good: dict[str, Any]) -> None:
    """Configurations as AWS's pages show them are not complained about."""
    assert [] == findings(with_action(good), "E9701")


def test_a_misspelt_key_is_reported_with_a_suggestion() -> None:
    """A misspelt key is reported with its place, the intended key, all allowed keys, and AWS's page."""
    configuration = {"RepositoryNmae": "orders", "ImageTag": "latest"}
    found = findings(with_action(action("Source/ECR", "A", configuration)), "E9701")

    assert [f"{LAST}/Configuration/RepositoryNmae"] == [finding.place for finding in found]
    assert (
        "'RepositoryNmae' is not a configuration key of Source/ECR: did you mean 'RepositoryName'? "
        f"Allowed: RepositoryName, ImageTag ({GUIDE}/action-reference-ECR.html)"
    ) == found[0].message


def test_a_key_of_another_provider_is_refused() -> None:
    """An ECR source has no PollForSourceChanges, and an approval no cluster."""
    body = with_action(
        action("Source/ECR", "A", {"RepositoryName": "orders", "PollForSourceChanges": False}),
        action("Approval/Manual", "B", {"Cluster": "c"}),
    )

    assert [
        "'PollForSourceChanges' is not a configuration key of Source/ECR",
        "'Cluster' is not a configuration key of Approval/Manual",
    ] == [message.split(":")[0] for message in messages(body, "E9701")]


@pytest.mark.parametrize(
    ("provider", "configuration", "missing"),
    [
        ("Source/ECR", {"ImageTag": "latest"}, ["RepositoryName"]),
        ("Build/CodeBuild", None, ["ProjectName"]),
        ("Deploy/ECS", {"ClusterName": "c"}, ["ServiceName"]),
        ("Deploy/EKS", {"ManifestFiles": "m.yml"}, ["ClusterName"]),
        ("Deploy/Lambda", {"FunctionAlias": "live"}, ["FunctionName"]),
        ("Invoke/Lambda", {}, ["FunctionName"]),
        ("Invoke/StepFunctions", {"Input": "{}"}, ["StateMachineArn"]),
        ("Deploy/CodeDeployToECS", {}, list(BLUE_GREEN)[:4]),
    ],
)
def test_a_required_key_is_missed(provider: str, configuration: object, missing: list[str]) -> None:
    """Every key that a provider requires is reported, even if there is no configuration at all."""
    found = messages(with_action(action(provider, "A", configuration)), "E9701")

    assert [f"{provider} requires {key!r} in its configuration" for key in missing] == [
        message.split(" (")[0] for message in found
    ]


@pytest.mark.parametrize(
    ("provider", "mode", "missing"),
    [
        ("Invoke/InspectorScan", {"InspectorRunMode": "ECRImageScan"}, ["ECRRepositoryName"]),
        ("Invoke/InspectorScan", {"InspectorRunMode": "SourceCodeScan"}, []),
        ("Deploy/S3", {"BucketName": "b", "Extract": "false"}, ["ObjectKey"]),
        ("Deploy/S3", {"BucketName": "b", "Extract": False}, ["ObjectKey"]),
        ("Deploy/S3", {"BucketName": "b", "Extract": "true"}, []),
        ("Invoke/StepFunctions", {"StateMachineArn": "a", "InputType": "FilePath"}, ["Input"]),
        ("Invoke/StepFunctions", {"StateMachineArn": "a", "InputType": "Literal"}, []),
        ("Deploy/CloudFormation", {"StackName": "s", "ActionMode": "CREATE_UPDATE"}, ["RoleArn", "TemplatePath"]),
        ("Deploy/CloudFormation", {"StackName": "s", "ActionMode": "REPLACE_ON_FAILURE"}, ["RoleArn", "TemplatePath"]),
        ("Deploy/CloudFormation", {"StackName": "s", "ActionMode": "DELETE_ONLY"}, ["RoleArn"]),
        ("Deploy/CloudFormation", {"StackName": "s", "ActionMode": "CHANGE_SET_EXECUTE"}, ["ChangeSetName"]),
        (
            "Deploy/CloudFormation",
            {"StackName": "s", "ActionMode": "CHANGE_SET_REPLACE"},
            ["ChangeSetName", "RoleArn", "TemplatePath"],
        ),
    ],
)
def test_a_mode_requires_keys_of_its_own(provider: str, mode: dict[str, Any], missing: list[str]) -> None:
    """A key that AWS's page requires for one mode is required in that mode alone, with the mode in the message."""
    key, value = list(mode.items())[-1]
    found = messages(with_action(action(provider, "A", mode)), "E9701")

    assert [
        f"{provider} requires {each!r} with {key} {str(value).lower() if value is False else value}" for each in missing
    ] == [message.split(" (")[0] for message in found]
    assert [] == messages(with_action(action(provider, "A", {**mode, **dict.fromkeys(missing, "x")})), "E9701")


def test_a_mode_counts_in_its_own_branch() -> None:
    """A key that exists exactly where the mode is chosen is not missing."""
    none = {"Ref": "AWS::NoValue"}
    scan = {
        "InspectorRunMode": {"Fn::If": ["Image", "ECRImageScan", "SourceCodeScan"]},
        "ECRRepositoryName": {"Fn::If": ["Image", "orders", none]},
    }
    body = with_action(action("Invoke/InspectorScan", "A", scan))
    body["Conditions"] = {"Image": {"Fn::Equals": [{"Ref": "RepositoryName"}, "image"]}}
    assert [] == findings(body, "E9701")

    scan["ECRRepositoryName"] = {"Fn::If": ["Image", none, "orders"]}
    assert 1 == len(findings(body, "E9701"))


def test_a_key_that_only_one_branch_has_is_missed() -> None:
    """A required key that is NoValue under a condition is missed."""
    service = {"Fn::If": ["Small", {"Ref": "AWS::NoValue"}, "service"]}
    body = with_action(action("Deploy/ECS", "A", {"ClusterName": "c", "ServiceName": service}))
    body["Conditions"] = {"Small": {"Fn::Equals": [{"Ref": "RepositoryName"}, "small"]}}

    assert 1 == len(findings(body, "E9701"))


def test_blue_green_names_only_artifacts_that_it_is_given() -> None:
    """CodeDeployToECS may not name an artifact outside of the action's InputArtifacts."""
    given = [{"Name": "Inspection"}]
    found = findings(with_action(action("Deploy/CodeDeployToECS", "A", BLUE_GREEN, InputArtifacts=given)), "E9701")

    assert [
        (
            "E9701",
            f"{LAST}/Configuration/Image1ArtifactName",
            ("'Image1ArtifactName' names the artifact 'ImageDetail', which is not an input of the action (Inspection)"),
        )
    ] == found


def test_a_build_of_several_artifacts_says_which_is_first() -> None:
    """CodeBuild requires PrimarySource as soon as there are two input artifacts, and it is one of them."""
    missing = action("Build/CodeBuild", "A", {"ProjectName": "p"}, InputArtifacts=INPUTS)
    wrong = action("Build/CodeBuild", "B", {"ProjectName": "p", "PrimarySource": "Src"}, InputArtifacts=INPUTS)

    assert [
        "'PrimarySource' must name the primary input artifact: there are several (Inspection, ImageDetail)",
        "'PrimarySource' names the artifact 'Src', which is not an input of the action (Inspection, ImageDetail)",
    ] == messages(with_action(missing, wrong), "E9701")


@pytest.mark.parametrize(
    "unknown",
    [
        action("Deploy/ECS", "A", {"Ref": "Parameter"}),
        action("Deploy/ECS", "A", {"Fn::Transform": {"Name": "Macro"}}),
        action("Deploy/ECS", "A", {"Fn::Transform": {"Name": "Macro"}, "ClusterName": "c"}),
        action("Deploy/CodeDeployToECS", "A", BLUE_GREEN, InputArtifacts=[{"Name": {"Ref": "Parameter"}}]),
        {**action("Deploy/ECS", "A", {}), "ActionTypeId": {"Category": "Deploy", "Owner": "Custom", "Provider": "ECS"}},
        {**action("Deploy/ECS", "A", {}), "ActionTypeId": {"Ref": "Parameter"}},
        action("Deploy/BrandNew", "A", {"Any": "thing"}),
    ],
)
def test_values_known_only_at_deployment_are_no_finding(unknown: dict[str, Any]) -> None:
    """References, macros, custom actions and providers that the rule does not know are no finding."""
    assert [] == findings(with_action(unknown), "E9701")


def test_both_branches_of_a_stage_are_read() -> None:
    """A conditional action is checked, and reported at its place."""
    body = template()
    stage = {"Name": "Last", "Actions": [action("Deploy/ECS", "A", {"ClusterName": "c"})]}
    pipeline(body)["Stages"].append({"Fn::If": ["Deploys", stage, {"Ref": "AWS::NoValue"}]})
    body["Conditions"] = {"Deploys": {"Fn::Equals": [{"Ref": "RepositoryName"}, "orders"]}}

    assert ["Resources/Pipeline/Properties/Stages/2/Fn::If/1/Actions/0/Configuration"] == [
        finding.place for finding in findings(body, "E9701")
    ]
