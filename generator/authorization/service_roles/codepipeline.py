"""CodePipeline: its calls with its role for actions, by provider, and for their artifacts."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from typing import Any

from generator.authorization.authorized_calls import ServiceCall
from generator.authorization.routine import Facts, RoleUsers, Routine, calls_in
from generator.authorization.shared_routines import ANY_ID, FETCH, STORE, STORE_WITH_ACL, default_key, object_key
from generator.cloudformation.offline_stack import OfflineStack

_GUIDE = "https://docs.aws.amazon.com/codepipeline/latest/userguide/"
_ROLES = {"taskRoleArn": "{taskRoleArn}", "executionRoleArn": "{executionRoleArn}"}
_DEPLOY = {"applicationName": "{ApplicationName}", "deploymentGroupName": "{DeploymentGroupName}"}
_TASK = {"cluster": "{ClusterName}", "service": "{ServiceName}"}
_BY_CODEDEPLOY = (
    ("codedeploy:GetApplication", {"applicationName": "{ApplicationName}"}),
    ("codedeploy:RegisterApplicationRevision", {"applicationName": "{ApplicationName}"}),
    ("codedeploy:GetApplicationRevision", {"applicationName": "{ApplicationName}"}),
    ("codedeploy:GetDeploymentConfig", {"deploymentConfigName": "{DeploymentConfigName}"}),
    ("codedeploy:CreateDeployment", _DEPLOY),
    ("codedeploy:GetDeployment", _DEPLOY),
)
_REGISTER = ("ecs:RegisterTaskDefinition", {"family": "{family}", "tags": ["{family}"], **_ROLES})

ACTIONS: dict[str, Routine] = {
    "ECR": Routine(
        f"{_GUIDE}action-reference-ECR.html",
        (("ecr:DescribeImages", {"repositoryName": "{RepositoryName}"}),),
    ),
    "CodeStarSourceConnection": Routine(
        f"{_GUIDE}action-reference-CodestarConnectionSource.html",
        (
            (
                "codeconnections:UseConnection",
                {"ConnectionArn": "{ConnectionArn}", "FullRepositoryId": "{FullRepositoryId}"},
            ),
        ),
    ),
    "CodeCommit": Routine(
        f"{_GUIDE}action-reference-CodeCommit.html",
        tuple(
            (f"codecommit:{operation}", {"repositoryName": "{RepositoryName}"})
            for operation in (
                "GetRepository",
                "GetBranch",
                "GetCommit",
                "UploadArchive",
                "GetUploadArchiveStatus",
                "CancelUploadArchive",
            )
        ),
    ),
    "CodeBuild": Routine(
        f"{_GUIDE}action-reference-CodeBuild.html",
        (
            ("codebuild:StartBuild", {"projectName": "{ProjectName}"}),
            ("codebuild:BatchGetBuilds", {"ids": ["{ProjectName}:" + ANY_ID]}),
        ),
    ),
    "Manual": Routine(
        f"{_GUIDE}approvals-service-role-permissions.html",
        (("sns:Publish", {"TopicArn": "{NotificationArn}"}),),
    ),
    "Lambda": Routine(
        f"{_GUIDE}actions-invoke-lambda-function.html",
        (("lambda:ListFunctions", {}), ("lambda:Invoke", {"FunctionName": "{FunctionName}"})),
    ),
    "StepFunctions": Routine(
        f"{_GUIDE}action-reference-StepFunctions.html",
        (
            ("states:DescribeStateMachine", {"stateMachineArn": "{StateMachineArn}"}),
            ("states:StartExecution", {"stateMachineArn": "{StateMachineArn}"}),
            ("states:DescribeExecution", {"executionArn": "{ExecutionArn}"}),
        ),
    ),
    "ECS": Routine(
        f"{_GUIDE}action-reference-ECS.html",
        (
            ("ecs:DescribeServices", {"cluster": "{ClusterName}", "services": ["{ServiceName}"]}),
            ("ecs:DescribeTaskDefinition", {"taskDefinition": "{family}"}),
            _REGISTER,
            ("ecs:UpdateService", _TASK),
        ),
    ),
    "CodeDeploy": Routine(f"{_GUIDE}action-reference-CodeDeploy.html", _BY_CODEDEPLOY),
    "CodeDeployToECS": Routine(f"{_GUIDE}action-reference-ECSbluegreen.html", (*_BY_CODEDEPLOY, _REGISTER)),
}
# Its calls for the rules of conditions. AWS does not list their permissions: that of the alarm is the one that its
# Lambda action needs for the same thing.
# https://docs.aws.amazon.com/codepipeline/latest/userguide/action-reference-LambdaDeploy.html
RULES: dict[str, Routine] = {
    "CloudWatchAlarm": Routine(
        f"{_GUIDE}rule-reference-CloudWatchAlarm.html",
        (("cloudwatch:DescribeAlarms", {"AlarmNames": ["{AlarmName}"]}),),
    ),
    "DeploymentWindow": Routine(f"{_GUIDE}rule-reference-DeploymentWindow.html", ()),
}
# Its calls for every pipeline. It moves the artifacts of every action except a build: CodeBuild moves those itself.
LOOK_AT_BUCKET = Routine(
    f"{_GUIDE}how-to-custom-role.html",
    (
        ("s3:GetBucketVersioning", {"Bucket": "{Bucket}"}),
        ("s3:GetBucketAcl", {"Bucket": "{Bucket}"}),
        ("s3:GetBucketLocation", {"Bucket": "{Bucket}"}),
    ),
)
# The CodeCommit action looks for the bucket before it uploads.
LOOK_FOR_BUCKET = Routine(f"{_GUIDE}troubleshooting.html", (("s3:HeadBucket", {"Bucket": "{Bucket}"}),))


def action_calls(provider: str, role: str, configuration: Mapping[str, str]) -> Iterator[ServiceCall]:
    """The calls of CodePipeline with a role for an action of this provider."""
    for call in calls_in(ACTIONS[provider], role, configuration):
        is_start = call.operation == "StartBuild"
        yield call._replace(parameters={**call.parameters, **build_overrides(configuration)}) if is_start else call


def build_overrides(configuration: Mapping[str, str]) -> dict[str, Any]:
    """The parameters of StartBuild with which an action overrides its project. ValueError if they are not JSON.

    https://docs.aws.amazon.com/codepipeline/latest/userguide/action-reference-CodeBuild.html
    """
    overrides: dict[str, Any] = {}
    if variables := json.loads(configuration.get("EnvironmentVariables") or "[]"):
        overrides["environmentVariablesOverride"] = variables
    if buildspec := configuration.get("BuildspecOverride"):
        overrides["buildspecOverride"] = buildspec
    return overrides


def _pipeline(stack: OfflineStack, title: str, pipeline: Mapping[str, Any], facts: Facts) -> Iterator[ServiceCall]:
    name, store = stack.ref(title), pipeline["ArtifactStore"]
    role, bucket = pipeline["RoleArn"], {"Bucket": store["Location"]}
    key = {"KeyArn": store.get("EncryptionKey", {}).get("Id", default_key(stack))}
    yield from calls_in(LOOK_AT_BUCKET, role, bucket)
    for stage in pipeline["Stages"]:
        yield from _rules(stage, role)
        for action in stage["Actions"]:
            provider, acts_as = action["ActionTypeId"]["Provider"], action.get("RoleArn", role)
            values = {
                **_deployment_config(stack, action),
                **facts(stage["Name"]),
                **_execution(action),
                **action["Configuration"],
            }
            if provider != "Manual" or "NotificationArn" in action["Configuration"]:
                yield from action_calls(provider, acts_as, values)
            if provider != "CodeBuild":
                for artifact in action.get("InputArtifacts", ()):
                    yield from calls_in(FETCH, acts_as, {**bucket, "Key": object_key(name, artifact)})
                if provider == "CodeCommit":
                    yield from calls_in(LOOK_FOR_BUCKET, acts_as, bucket)
                store_output = STORE_WITH_ACL if provider == "CodeStarSourceConnection" else STORE
                for artifact in action.get("OutputArtifacts", ()):
                    yield from calls_in(store_output, acts_as, {**bucket, **key, "Key": object_key(name, artifact)})


def _rules(stage: Mapping[str, Any], role: str) -> Iterator[ServiceCall]:
    for condition in ("BeforeEntry", "OnSuccess"):
        for each in stage.get(condition, {}).get("Conditions", ()):
            for rule in each["Rules"]:
                routine = RULES[rule["RuleTypeId"]["Provider"]]
                yield from calls_in(routine, rule.get("RoleArn", role), rule["Configuration"])


def _execution(action: Mapping[str, Any]) -> dict[str, str]:
    machine = action["Configuration"].get("StateMachineArn", "")
    return {"ExecutionArn": machine.replace(":stateMachine:", ":execution:") + f":{ANY_ID}"} if machine else {}


def _deployment_config(stack: OfflineStack, action: Mapping[str, Any]) -> dict[str, str]:
    """The deployment configuration of the action's group, or ECSAllAtOnce if another stack has the group.

    Facts about the stage take precedence.
    """
    wanted = action["Configuration"].get("DeploymentGroupName")
    for title, group in stack.resources("AWS::CodeDeploy::DeploymentGroup"):
        if wanted in (stack.ref(title), group.get("DeploymentGroupName")) and "DeploymentConfigName" in group:
            return {"DeploymentConfigName": group["DeploymentConfigName"]}
    return {"DeploymentConfigName": "CodeDeployDefault.ECSAllAtOnce"}


ROLE_USERS: RoleUsers = {"AWS::CodePipeline::Pipeline": _pipeline}
