"""The allowed configuration keys of a pipeline action."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterator
from contextlib import suppress
from difflib import get_close_matches
from typing import Any, NamedTuple

from cfnlint.jsonschema import CfnTemplateValidator
from cfnlint.rules import CloudFormationLintRule, RuleMatch  # type: ignore[attr-defined]  # cfn-lint has no __all__
from cfnlint.rules.helpers import get_value_from_path
from cfnlint.template.template import Template

GUIDE = "https://docs.aws.amazon.com/codepipeline/latest/userguide"

Complaint = tuple[list[str | int], str]


class Mode(NamedTuple):
    """Keys that a provider requires only if another key has one of these values."""

    key: str
    values: tuple[str, ...]
    required: tuple[str, ...]


class Keys(NamedTuple):
    """The configuration keys of one provider, from its page under GUIDE."""

    page: str
    required: tuple[str, ...] = ()
    optional: tuple[str, ...] = ()
    artifacts: tuple[str, ...] = ()  # hold the name of an input artifact
    primary: str = ""  # required as soon as there is more than one input artifact
    modes: tuple[Mode, ...] = ()


CODEBUILD = Keys(
    page="action-reference-CodeBuild",
    required=("ProjectName",),
    optional=("PrimarySource", "EnvironmentVariables", "BatchEnabled", "CombineArtifacts", "BuildspecOverride"),
    artifacts=("PrimarySource",),
    primary="PrimarySource",
)

# By category and provider; the owner of all of them is AWS.
KEYS = {
    "Approval/Manual": Keys(
        page="structure-configuration-examples", optional=("NotificationArn", "CustomData", "ExternalEntityLink")
    ),
    "Build/CodeBuild": CODEBUILD,
    "Test/CodeBuild": CODEBUILD,
    "Build/ECRBuildAndPublish": Keys(
        page="action-reference-ECRBuildAndPublish",
        required=("ECRRepositoryName",),
        optional=("DockerFilePath", "ImageTags", "RegistryType"),
    ),
    "Compute/Commands": Keys(
        page="action-reference-Commands",
        optional=("EnvironmentType", "ComputeType", "VpcId", "Subnets", "SecurityGroupIds"),
    ),
    "Deploy/CloudFormation": Keys(
        page="action-reference-CloudFormation",
        required=("ActionMode", "StackName"),
        optional=(
            "Capabilities",
            "ChangeSetName",
            "OutputFileName",
            "ParameterOverrides",
            "RoleArn",
            "TemplateConfiguration",
            "TemplatePath",
        ),
        modes=(
            Mode("ActionMode", ("CHANGE_SET_EXECUTE", "CHANGE_SET_REPLACE"), ("ChangeSetName",)),
            Mode(
                "ActionMode", ("CHANGE_SET_REPLACE", "CREATE_UPDATE", "DELETE_ONLY", "REPLACE_ON_FAILURE"), ("RoleArn",)
            ),
            Mode("ActionMode", ("CHANGE_SET_REPLACE", "CREATE_UPDATE", "REPLACE_ON_FAILURE"), ("TemplatePath",)),
        ),
    ),
    "Deploy/CodeDeploy": Keys(page="action-reference-CodeDeploy", required=("ApplicationName", "DeploymentGroupName")),
    "Deploy/CodeDeployToECS": Keys(
        page="action-reference-ECSbluegreen",
        required=(
            "ApplicationName",
            "DeploymentGroupName",
            "TaskDefinitionTemplateArtifact",
            "AppSpecTemplateArtifact",
        ),
        optional=(
            "TaskDefinitionTemplatePath",
            "AppSpecTemplatePath",
            *(f"Image{number}{what}" for number in range(1, 5) for what in ("ArtifactName", "ContainerName")),
        ),
        artifacts=(
            "TaskDefinitionTemplateArtifact",
            "AppSpecTemplateArtifact",
            *(f"Image{number}ArtifactName" for number in range(1, 5)),
        ),
    ),
    "Deploy/ECS": Keys(
        page="action-reference-ECS",
        required=("ClusterName", "ServiceName"),
        optional=("FileName", "DeploymentTimeout"),
    ),
    "Deploy/EKS": Keys(
        page="action-reference-EKS",
        required=("ClusterName",),
        optional=(
            "HelmReleaseName",
            "HelmChartLocation",
            "HelmValuesFiles",
            "ManifestFiles",
            "Namespace",
            "Subnets",
            "SecurityGroupIds",
        ),
    ),
    "Deploy/Lambda": Keys(
        page="action-reference-LambdaDeploy",
        required=("FunctionName",),
        optional=("FunctionAlias", "PublishedTargetVersion", "DeployStrategy", "Alarms"),
    ),
    "Deploy/S3": Keys(
        page="action-reference-S3Deploy",
        required=("BucketName", "Extract"),
        optional=("ObjectKey", "KMSEncryptionKeyARN", "CannedACL", "CacheControl"),
        modes=(Mode("Extract", ("false",), ("ObjectKey",)),),
    ),
    "Invoke/CodePipeline": Keys(
        page="action-reference-PipelineInvoke", required=("PipelineName",), optional=("SourceRevisions", "Variables")
    ),
    "Invoke/InspectorScan": Keys(
        page="action-reference-InspectorScan",
        required=("InspectorRunMode",),
        optional=(
            "ECRRepositoryName",
            "ImageTag",
            "CriticalThreshold",
            "HighThreshold",
            "MediumThreshold",
            "LowThreshold",
        ),
        # The page leaves open whether the key is required. Without it no image is named, and the CDK demands it:
        # https://docs.aws.amazon.com/cdk/api/v2/docs/aws-cdk-lib.aws_codepipeline_actions.InspectorEcrImageScanActionProps.html
        modes=(Mode("InspectorRunMode", ("ECRImageScan",), ("ECRRepositoryName",)),),
    ),
    "Invoke/Lambda": Keys(page="action-reference-Lambda", required=("FunctionName",), optional=("UserParameters",)),
    "Invoke/StepFunctions": Keys(
        page="action-reference-StepFunctions",
        required=("StateMachineArn",),
        optional=("ExecutionNamePrefix", "Input", "InputType"),
        modes=(Mode("InputType", ("FilePath",), ("Input",)),),
    ),
    "Source/CodeCommit": Keys(
        page="action-reference-CodeCommit",
        required=("RepositoryName", "BranchName"),
        optional=("PollForSourceChanges", "OutputArtifactFormat"),
    ),
    "Source/CodeStarSourceConnection": Keys(
        page="action-reference-CodestarConnectionSource",
        required=("ConnectionArn", "FullRepositoryId", "BranchName"),
        optional=("OutputArtifactFormat", "DetectChanges"),
    ),
    "Source/ECR": Keys(page="action-reference-ECR", required=("RepositoryName",), optional=("ImageTag",)),
    "Source/S3": Keys(
        page="action-reference-S3",
        required=("S3Bucket", "S3ObjectKey"),
        optional=("PollForSourceChanges", "AllowOverrideForS3ObjectKey"),
    ),
}


class ActionConfiguration(CloudFormationLintRule):
    """An action has the configuration keys that its provider requires, and no others."""

    id = "E9701"
    shortdesc = "Configuration keys of a pipeline action"
    description = (
        "CodePipeline knows the configuration keys of each action provider: a missing or misspelt one stops the "
        "deployment, and an artifact that the action was not given stops the run"
    )
    source_url = f"{GUIDE}/structure-configuration-examples.html"
    tags = ["resources", "codepipeline"]  # noqa: RUF012  (how cfn-lint declares a rule)

    def match(self, cfn: Template) -> list[RuleMatch]:
        """Complaints about every action of every pipeline."""
        root = CfnTemplateValidator(schema={}, cfn=cfn)
        return [
            RuleMatch(path, message)
            for name in cfn.get_resources("AWS::CodePipeline::Pipeline")
            for action, where in _values(
                root, cfn.template, "Resources", name, "Properties", "Stages", "*", "Actions", "*"
            )
            for path, message in _complaints(action, where)
        ]


def _complaints(action: Any, where: Any) -> Iterator[Complaint]:
    kind = action.get("ActionTypeId") if isinstance(action, dict) else None
    if not isinstance(kind, dict) or kind.get("Owner") != "AWS":
        return
    provider = f"{kind.get('Category')}/{kind.get('Provider')}"
    if provider not in KEYS:
        return
    for configuration, inside in _values(where, action, "Configuration"):
        given = {} if configuration is None else configuration
        if not isinstance(given, dict) or any(str(key).startswith("Fn::") for key in given) or "Ref" in given:
            continue
        place = list((where if configuration is None else inside).context.path.path)
        yield from _wrong_keys(provider, given, inside, place)
        yield from _wrong_artifacts(KEYS[provider], action, given, inside, place)


def _wrong_keys(provider: str, given: dict[str, Any], inside: Any, place: list[str | int]) -> Iterator[Complaint]:
    keys = KEYS[provider]
    allowed = (*keys.required, *keys.optional)
    page = f"{GUIDE}/{keys.page}.html"
    meant = []
    for key in given:
        if key not in allowed:
            close = get_close_matches(str(key), allowed, n=1)
            meant += close
            hint = f"did you mean {close[0]!r}? " if close else ""
            message = f"{key!r} is not a configuration key of {provider}: {hint}Allowed: {', '.join(allowed)} ({page})"
            yield [*place, key], message
    for key in keys.required:
        if key not in meant and _may_lack(inside, given, key):
            yield place, f"{provider} requires {key!r} in its configuration ({page})"
    for mode in keys.modes:
        for value, at in _values(inside, given, mode.key):
            if _text(value) in mode.values:
                for key in mode.required:
                    if key not in meant and _may_lack(at, given, key):
                        yield place, f"{provider} requires {key!r} with {mode.key} {_text(value)} ({page})"


def _may_lack(where: Any, given: dict[str, Any], key: str) -> bool:
    """Whether the configuration has no such key, at least in one branch of the conditions."""
    return any(value is None for value, _ in _values(where, given, key))


def _text(value: Any) -> str:
    """A value as the action receives it: `false` of a template is the text "false"."""
    return str(value).lower() if isinstance(value, bool) else str(value)


def _wrong_artifacts(
    keys: Keys, action: dict[str, Any], given: dict[str, Any], inside: Any, place: list[str | int]
) -> Iterator[Complaint]:
    names = [name for name, _ in _values(inside, action, "InputArtifacts", "*", "Name")]
    inputs = [name for name in names if name is not None]
    if not all(isinstance(name, str) for name in inputs):
        return
    listed = ", ".join(inputs) or "none"
    if keys.primary and keys.primary not in given and len(inputs) > 1:
        yield place, f"{keys.primary!r} must name the primary input artifact: there are several ({listed})"
    for key in keys.artifacts:
        for name, at in _values(inside, given, key):
            if isinstance(name, str) and name not in inputs:
                message = f"{key!r} names the artifact {name!r}, which is not an input of the action ({listed})"
                yield list(at.context.path.path), message


def _values(where: Any, instance: Any, *path: str | int) -> Iterator[tuple[Any, Any]]:
    """The values at the path, with their places and conditions.

    A broken `Fn::If` ends the search (E1028 reports it).
    """
    with suppress(TypeError):  # cfn-lint uses the first argument as the name of a condition, and it may be anything
        yield from get_value_from_path(where, instance, deque(path))
