"""What AWS's services do with the roles of a stack: calls that no command of a build makes.

CodePipeline, CodeBuild, EventBridge, CodeDeploy, Step Functions, Lambda and flow logs, each as its page says.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator, Mapping
from typing import Any, NamedTuple

import yaml

from generator.cloudformation.offline_stack import Place, Stack

_GUIDE = "https://docs.aws.amazon.com/codepipeline/latest/userguide/"
_RUN = "00000000-0000-4000-8000-000000000000"


class ServiceCall(NamedTuple):
    """A call that a service makes with a role; where it leaves from the network of the builds, with the host."""

    service: str
    operation: str
    parameters: Mapping[str, Any]
    role: str
    endpoint: str = ""


class Doing(NamedTuple):
    """What a service does in one go: operations with parameters, in which {Names} are values of what it works on."""

    page: str
    operations: tuple[tuple[str, Mapping[str, Any]], ...]


_ROLES = {"taskRoleArn": "{taskRoleArn}", "executionRoleArn": "{executionRoleArn}"}
_DEPLOY = {"applicationName": "{ApplicationName}", "deploymentGroupName": "{DeploymentGroupName}"}
_TASK = {"cluster": "{ClusterName}", "service": "{ServiceName}"}

# What CodePipeline does with its role for an action, by provider.
ACTIONS: dict[str, Doing] = {
    "ECR": Doing(
        f"{_GUIDE}action-reference-ECR.html",
        (("ecr:DescribeImages", {"repositoryName": "{RepositoryName}"}),),
    ),
    "CodeStarSourceConnection": Doing(
        f"{_GUIDE}action-reference-CodestarConnectionSource.html",
        (
            (
                "codeconnections:UseConnection",
                {"ConnectionArn": "{ConnectionArn}", "FullRepositoryId": "{FullRepositoryId}"},
            ),
        ),
    ),
    "CodeCommit": Doing(
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
    "CodeBuild": Doing(
        f"{_GUIDE}action-reference-CodeBuild.html",
        (
            ("codebuild:StartBuild", {"projectName": "{ProjectName}"}),
            ("codebuild:BatchGetBuilds", {"ids": ["{ProjectName}:" + _RUN]}),
        ),
    ),
    "Manual": Doing(
        f"{_GUIDE}approvals-service-role-permissions.html",
        (("sns:Publish", {"TopicArn": "{NotificationArn}"}),),
    ),
    "Lambda": Doing(
        f"{_GUIDE}actions-invoke-lambda-function.html",
        (("lambda:ListFunctions", {}), ("lambda:Invoke", {"FunctionName": "{FunctionName}"})),
    ),
    "StepFunctions": Doing(
        f"{_GUIDE}action-reference-StepFunctions.html",
        (
            ("states:DescribeStateMachine", {"stateMachineArn": "{StateMachineArn}"}),
            ("states:StartExecution", {"stateMachineArn": "{StateMachineArn}"}),
            ("states:DescribeExecution", {"executionArn": "{ExecutionArn}"}),
        ),
    ),
    "ECS": Doing(
        f"{_GUIDE}action-reference-ECS.html",
        (
            ("ecs:DescribeServices", {"cluster": "{ClusterName}", "services": ["{ServiceName}"]}),
            ("ecs:DescribeTaskDefinition", {"taskDefinition": "{family}"}),
            ("ecs:RegisterTaskDefinition", {"family": "{family}", "tags": ["{family}"], **_ROLES}),
            ("ecs:UpdateService", _TASK),
        ),
    ),
    "CodeDeployToECS": Doing(
        f"{_GUIDE}action-reference-ECSbluegreen.html",
        (
            ("codedeploy:GetApplication", {"applicationName": "{ApplicationName}"}),
            ("codedeploy:RegisterApplicationRevision", {"applicationName": "{ApplicationName}"}),
            ("codedeploy:GetApplicationRevision", {"applicationName": "{ApplicationName}"}),
            ("codedeploy:GetDeploymentConfig", {"deploymentConfigName": "{DeploymentConfigName}"}),
            ("codedeploy:CreateDeployment", _DEPLOY),
            ("codedeploy:GetDeployment", _DEPLOY),
            ("ecs:RegisterTaskDefinition", {"family": "{family}", "tags": ["{family}"], **_ROLES}),
        ),
    ),
}
# What it does for every pipeline, and with the artifacts of every action but a build's, which are CodeBuild's business.
PIPELINE = Doing(
    f"{_GUIDE}how-to-custom-role.html",
    (
        ("s3:GetBucketVersioning", {"Bucket": "{Bucket}"}),
        ("s3:GetBucketAcl", {"Bucket": "{Bucket}"}),
        ("s3:GetBucketLocation", {"Bucket": "{Bucket}"}),
    ),
)
_FETCH = (
    ("s3:GetObject", {"Bucket": "{Bucket}", "Key": "{Key}"}),
    ("s3:GetObject", {"Bucket": "{Bucket}", "Key": "{Key}", "VersionId": "1"}),
)
_STORE = (
    (
        "s3:PutObject",
        {"Bucket": "{Bucket}", "Key": "{Key}", "ServerSideEncryption": "aws:kms", "SSEKMSKeyId": "{KeyArn}"},
    ),
)
FETCH = Doing(f"{_GUIDE}how-to-custom-role.html", _FETCH)
STORE = Doing(f"{_GUIDE}S3-artifact-encryption.html", _STORE)

# What CodeBuild does with the role of a project.
_CODEBUILD = "https://docs.aws.amazon.com/codebuild/latest/userguide/"
LOG = Doing(
    f"{_CODEBUILD}setting-up-service-role.html",
    (
        ("logs:CreateLogStream", {"logGroupName": "{LogGroup}", "logStreamName": _RUN}),
        ("logs:PutLogEvents", {"logGroupName": "{LogGroup}", "logStreamName": _RUN}),
    ),
)
BUILD_BUCKET = Doing(f"{_CODEBUILD}setting-up-service-role.html", PIPELINE.operations[1:])
_INTERFACE = {"SubnetId": "{SubnetId}", "NetworkInterfaceId": "eni-0123456789abcdef0"}
NETWORK = Doing(
    f"{_CODEBUILD}auth-and-access-control-iam-identity-based-access-control.html",
    (
        *((f"ec2:Describe{what}", {}) for what in ("DhcpOptions", "SecurityGroups", "Subnets", "Vpcs")),
        ("ec2:CreateNetworkInterface", {"SubnetId": "{SubnetId}", "Groups": ["{Group}"]}),
        ("ec2:DescribeNetworkInterfaces", {}),
        ("ec2:CreateNetworkInterfacePermission", {**_INTERFACE, "AwsService": "codebuild.amazonaws.com"}),
        ("ec2:DeleteNetworkInterface", _INTERFACE),
    ),
)
_GROUP = {"reportGroupName": "{ReportGroup}"}
NEW_REPORT_GROUP = Doing(f"{_CODEBUILD}test-permissions.html", (("codebuild:CreateReportGroup", _GROUP),))
REPORT = Doing(
    f"{_CODEBUILD}test-permissions.html",
    (("codebuild:CreateReport", _GROUP), ("codebuild:UpdateReport", _GROUP)),
)
TEST_CASES = Doing(f"{_CODEBUILD}test-permissions.html", (("codebuild:BatchPutTestCases", _GROUP),))
COVERAGE = Doing(f"{_CODEBUILD}test-permissions.html", (("codebuild:BatchPutCodeCoverages", _GROUP),))
# https://docs.aws.amazon.com/codebuild/latest/userguide/build-spec-ref.html#reports-buildspec-file
_COVERAGE_FORMATS = {"CLOVERXML", "COBERTURAXML", "JACOCOXML", "SIMPLECOV"}
VARIABLES = {
    "PARAMETER_STORE": Doing(f"{_CODEBUILD}build-spec-ref.html", (("ssm:GetParameters", {"Names": ["{Value}"]}),)),
    "SECRETS_MANAGER": Doing(
        f"{_CODEBUILD}build-spec-ref.html", (("secretsmanager:GetSecretValue", {"SecretId": "{Value}"}),)
    ),
}

# What EventBridge does with the role of a target, by the service in the target's ARN.
_RULES = "https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-events-iam-roles.html"
TARGETS: dict[str, Doing] = {
    "codepipeline": Doing(
        f"{_GUIDE}create-cwe-ecr-source-cfn.html", (("codepipeline:StartPipelineExecution", {"name": "{Name}"}),)
    ),
    "sns": Doing(_RULES, (("sns:Publish", {"TopicArn": "{Arn}"}),)),
    "lambda": Doing(_RULES, (("lambda:Invoke", {"FunctionName": "{Arn}"}),)),
    "states": Doing(_RULES, (("states:StartExecution", {"stateMachineArn": "{Arn}"}),)),
}

# What CodeDeploy does with its role. AWS shows the roles as managed policies, the operations without their resources.
_MANAGED = "https://docs.aws.amazon.com/aws-managed-policy/latest/reference/"
BLUE_GREEN = Doing(
    f"{_MANAGED}AWSCodeDeployRoleForECS.html",
    (
        ("ecs:DescribeServices", {"cluster": "{ClusterName}", "services": ["{ServiceName}"]}),
        ("ecs:CreateTaskSet", {**_TASK, **_ROLES}),
        ("ecs:UpdateServicePrimaryTaskSet", _TASK),
        ("ecs:DeleteTaskSet", {**_TASK, "taskSet": "ecs-svc/0123456789"}),
        ("elasticloadbalancing:DescribeTargetGroups", {}),
        ("elasticloadbalancing:DescribeListeners", {}),
        ("elasticloadbalancing:DescribeRules", {}),
    ),
)
SHIFT_LISTENER = Doing(
    f"{_MANAGED}AWSCodeDeployRoleForECS.html",
    (
        ("elasticloadbalancing:ModifyListener", {"ListenerArn": "{Listener}"}),
        ("elasticloadbalancing:ModifyRule", {"RuleArn": "{Rule}"}),
    ),
)
HOOK = Doing(f"{_MANAGED}AWSCodeDeployRoleForECS.html", (("lambda:Invoke", {"FunctionName": "{hook}"}),))
SHIFT_ALIAS = Doing(
    f"{_MANAGED}AWSCodeDeployRoleForLambda.html",
    (
        ("lambda:GetAlias", {"FunctionName": "{function}"}),
        ("lambda:UpdateAlias", {"FunctionName": "{function}"}),
        ("lambda:GetProvisionedConcurrencyConfig", {"FunctionName": "{function}", "Qualifier": "{alias}"}),
    ),
)
ALARMS = Doing(f"{_MANAGED}AWSCodeDeployRoleForECS.html", (("cloudwatch:DescribeAlarms", {"AlarmNames": ["{Alarm}"]}),))

# What a container engine does that pulls an image. ECR answers with addresses in its own bucket of image layers.
PULL = Doing(
    f"{_CODEBUILD}setting-up-service-role.html",
    tuple(
        (f"ecr:{operation}", {"repositoryName": "{Repository}"})
        for operation in ("BatchGetImage", "GetDownloadUrlForLayer", "BatchCheckLayerAvailability")
    ),
)
# What pushes an image, and what ECR does in the name of who pushes, where the registry signs with a profile.
PUSH = Doing(
    "https://docs.aws.amazon.com/AmazonECR/latest/userguide/image-push-iam.html",
    tuple(
        (f"ecr:{operation}", {"repositoryName": "{Repository}"})
        for operation in (
            "BatchCheckLayerAvailability",
            "InitiateLayerUpload",
            "UploadLayerPart",
            "CompleteLayerUpload",
            "BatchGetImage",
            "PutImage",
        )
    ),
)
SIGN = Doing(
    "https://docs.aws.amazon.com/AmazonECR/latest/userguide/managed-signing.html",
    (
        ("signer:SignPayload", {"profileArn": "{Profile}"}),
        *((name, parameters) for name, parameters in PUSH.operations if name != "ecr:BatchGetImage"),
    ),
)
FUNCTION_LOG = Doing("https://docs.aws.amazon.com/lambda/latest/dg/monitoring-cloudwatchlogs.html", LOG.operations)
# The page lists CreateLogGroup and DescribeLogGroups besides, for a role that serves any group; aws/aws-cdk grants
# neither for a group that exists.
FLOW_LOG = Doing(
    "https://docs.aws.amazon.com/vpc/latest/userguide/flow-logs-iam-role.html",
    (("logs:DescribeLogStreams", {"logGroupName": "{LogGroup}"}), *LOG.operations),
)


# What a stack does not know of what it deploys to, by the name of a stage, deployment group or state machine: `family`,
# `taskRoleArn` and `executionRoleArn` of an ECS service, `function` and `alias` of a function, `hook` of a deployment;
# `artifacts`, the bucket of the pipeline that runs a project of this stack; what a state machine reads from its input,
# by its name there.
Facts = Callable[[str], Mapping[str, str]]


def calls_of(stack: Stack, facts: Facts) -> Iterator[ServiceCall]:
    """Every call that AWS's services make with roles of the stack in the course of a run."""
    for title, pipeline in stack.resources("AWS::CodePipeline::Pipeline"):
        yield from _pipeline(stack, stack.ref(title), pipeline, facts)
    for title, project in stack.resources("AWS::CodeBuild::Project"):
        yield from _build(stack, stack.ref(title), project, facts(title))
    for _, rule in stack.resources("AWS::Events::Rule"):
        yield from _rule(rule)
    for title, group in stack.resources("AWS::CodeDeploy::DeploymentGroup"):
        yield from _deployment(group, facts(title))
    for title, machine in stack.resources("AWS::StepFunctions::StateMachine"):
        yield from _machine(machine, {**_configs(stack), **facts(title)})
    for title, function in stack.resources("AWS::Lambda::Function"):
        log_group = function.get("LoggingConfig", {}).get("LogGroup", f"/aws/lambda/{stack.ref(title)}")
        yield from _do(FUNCTION_LOG, function["Role"], {"LogGroup": log_group})
    for _, log in stack.resources("AWS::EC2::FlowLog"):
        if "DeliverLogsPermissionArn" in log:
            yield from _do(FLOW_LOG, log["DeliverLogsPermissionArn"], {"LogGroup": log["LogGroupName"]})


def action_calls(provider: str, role: str, configuration: Mapping[str, str]) -> Iterator[ServiceCall]:
    """What CodePipeline does with a role for an action of this provider."""
    for call in _do(ACTIONS[provider], role, configuration):
        is_start = call.operation == "StartBuild"
        yield call._replace(parameters={**call.parameters, **build_overrides(configuration)}) if is_start else call


def build_overrides(configuration: Mapping[str, str]) -> dict[str, Any]:
    """The parameters of StartBuild with which an action overrides its project. ValueError for what is not JSON.

    https://docs.aws.amazon.com/codepipeline/latest/userguide/action-reference-CodeBuild.html
    """
    overrides: dict[str, Any] = {}
    if variables := json.loads(configuration.get("EnvironmentVariables") or "[]"):
        overrides["environmentVariablesOverride"] = variables
    if buildspec := configuration.get("BuildspecOverride"):
        overrides["buildspecOverride"] = buildspec
    return overrides


def report_calls(group: str, role: str, endpoint: str) -> Iterator[ServiceCall]:
    """What CodeBuild's agent does to make a report of test cases in a group that is there, named by its ARN."""
    for doing in (REPORT, TEST_CASES):
        yield from _do(doing, role, {"ReportGroup": group}, endpoint)


def pull_calls(place: Place, role: str, repository: str) -> Iterator[ServiceCall]:
    """What a container engine calls that logs in and pulls an image from inside the network of the builds."""
    api, registry = _registry(place)
    yield ServiceCall("ecr", "GetAuthorizationToken", {}, role, api)
    yield from _do(PULL, role, {"Repository": repository}, registry)


def push_calls(place: Place, role: str, repository: str) -> Iterator[ServiceCall]:
    """What a container engine calls that logs in and pushes an image."""
    api, registry = _registry(place)
    yield ServiceCall("ecr", "GetAuthorizationToken", {}, role, api)
    yield from _do(PUSH, role, {"Repository": repository}, registry)


def sign_calls(role: str, repository: str, profile: str) -> Iterator[ServiceCall]:
    """What a registry that signs asks in the name of who pushes."""
    return _do(SIGN, role, {"Repository": repository, "Profile": profile})


def _registry(place: Place) -> tuple[str, str]:
    """The hosts of ECR: its API, and what an engine speaks to."""
    return f"api.ecr.{place.region}.{place.suffix}", f"{place.account}.dkr.ecr.{place.region}.{place.suffix}"


def _do(doing: Doing, role: str, values: Mapping[str, str], endpoint: str = "") -> Iterator[ServiceCall]:
    for name, parameters in doing.operations:
        service, operation = name.split(":")
        yield ServiceCall(service, operation, _filled(parameters, values), role, endpoint)


def _filled(pattern: Any, values: Mapping[str, str]) -> Any:
    """The pattern with the values. What has no value is left out: a task without a role of its own."""
    if isinstance(pattern, Mapping):
        filled = {key: _filled(item, values) for key, item in pattern.items()}
        return {key: item for key, item in filled.items() if item is not None}
    if isinstance(pattern, list):
        return [_filled(item, values) for item in pattern]
    try:
        return pattern.format(**values)
    except KeyError:
        return None


def _pipeline(stack: Stack, name: str, pipeline: Mapping[str, Any], facts: Facts) -> Iterator[ServiceCall]:
    store = pipeline["ArtifactStore"]
    role, bucket = pipeline["RoleArn"], {"Bucket": store["Location"]}
    key = {"KeyArn": store.get("EncryptionKey", {}).get("Id", _key_of_aws(stack))}
    yield from _do(PIPELINE, role, bucket)
    for stage in pipeline["Stages"]:
        for action in stage["Actions"]:
            provider, acts_as = action["ActionTypeId"]["Provider"], action.get("RoleArn", role)
            values = {
                **facts(stage["Name"]),
                **_deployment_config(stack, action),
                **_execution(action),
                **action["Configuration"],
            }
            if provider != "Manual" or "NotificationArn" in action["Configuration"]:
                yield from action_calls(provider, acts_as, values)
            if provider != "CodeBuild":
                for artifact in action.get("InputArtifacts", ()):
                    yield from _do(FETCH, acts_as, {**bucket, "Key": _object(name, artifact)})
                for artifact in action.get("OutputArtifacts", ()):
                    yield from _do(STORE, acts_as, {**bucket, **key, "Key": _object(name, artifact)})


def _object(pipeline: str, artifact: Mapping[str, str]) -> str:
    """Where CodePipeline puts an artifact: it cuts both names."""
    return f"{pipeline[:20]}/{artifact['Name'][:10]}/a1B2c3D"


def _key_of_aws(stack: Stack) -> str:
    """The key that artifacts are encrypted with where none is named.

    https://docs.aws.amazon.com/codepipeline/latest/userguide/S3-artifact-encryption.html
    """
    place = stack.place
    return f"arn:{place.partition}:kms:{place.region}:{place.account}:alias/aws/s3"


def _execution(action: Mapping[str, Any]) -> dict[str, str]:
    machine = action["Configuration"].get("StateMachineArn", "")
    return {"ExecutionArn": machine.replace(":stateMachine:", ":execution:") + f":{_RUN}"} if machine else {}


def _deployment_config(stack: Stack, action: Mapping[str, Any]) -> dict[str, str]:
    """The deployment configuration of the action's group; all at once where the group is of another stack."""
    wanted = action["Configuration"].get("DeploymentGroupName")
    for title, group in stack.resources("AWS::CodeDeploy::DeploymentGroup"):
        if wanted in (stack.ref(title), group.get("DeploymentGroupName")) and "DeploymentConfigName" in group:
            return {"DeploymentConfigName": group["DeploymentConfigName"]}
    return {"DeploymentConfigName": "CodeDeployDefault.ECSAllAtOnce"}


def _build(stack: Stack, name: str, project: Mapping[str, Any], facts: Mapping[str, str]) -> Iterator[ServiceCall]:
    """What a build does besides its commands. All but its network interfaces is done from inside its network."""
    role, place = project["ServiceRole"], stack.place
    inside = f"{{}}.{place.region}.{place.suffix}" if "VpcConfig" in project else ""
    logs = project.get("LogsConfig", {}).get("CloudWatchLogs", {})
    yield from _do(LOG, role, {"LogGroup": logs.get("GroupName", f"/aws/codebuild/{name}")}, inside.format("logs"))
    elsewhere: list[tuple[dict[str, str], list[str], list[str]]]
    elsewhere = [({"Bucket": facts["artifacts"]}, ["run/artifact"], [])] if "artifacts" in facts else []
    for bucket, inputs, outputs in (*_artifacts(stack, name), *elsewhere):
        yield from _do(BUILD_BUCKET, role, bucket, inside.format("s3"))
        for key in inputs:
            yield from _do(FETCH, role, {**bucket, "Key": key}, inside.format("s3"))
        for key in outputs:
            values = {**bucket, "Key": key, "KeyArn": project.get("EncryptionKey", _key_of_aws(stack))}
            yield from _do(STORE, role, values, inside.format("s3"))
    network = project.get("VpcConfig", {})
    for subnet in network.get("Subnets", ()):
        for group in network["SecurityGroupIds"]:
            yield from _do(NETWORK, role, {"SubnetId": subnet, "Group": group})
    for variable in project["Environment"].get("EnvironmentVariables", ()):
        if variable.get("Type", "PLAINTEXT") != "PLAINTEXT":
            doing = VARIABLES[variable["Type"]]
            service = doing.operations[0][0].partition(":")[0]
            yield from _do(doing, role, {"Value": variable["Value"]}, inside.format(service))
    for group, report in yaml.safe_load(project["Source"].get("BuildSpec", "{}")).get("reports", {}).items():
        named = {"ReportGroup": group if group.startswith("arn:") else f"{name}-{group}"}
        results = COVERAGE if report.get("file-format") in _COVERAGE_FORMATS else TEST_CASES
        # A group that is not there is made.
        for doing in (*(() if group.startswith("arn:") else (NEW_REPORT_GROUP,)), REPORT, results):
            yield from _do(doing, role, named, inside.format("codebuild"))


def _artifacts(stack: Stack, project: str) -> Iterator[tuple[dict[str, str], list[str], list[str]]]:
    """For each action that runs the project: the bucket, what is fetched, what is stored."""
    for title, pipeline in stack.resources("AWS::CodePipeline::Pipeline"):
        for stage in pipeline["Stages"]:
            for action in stage["Actions"]:
                if action["Configuration"].get("ProjectName") == project:
                    inputs, outputs = (
                        [_object(stack.ref(title), artifact) for artifact in action.get(side, ())]
                        for side in ("InputArtifacts", "OutputArtifacts")
                    )
                    yield {"Bucket": pipeline["ArtifactStore"]["Location"]}, inputs, outputs


def _rule(rule: Mapping[str, Any]) -> Iterator[ServiceCall]:
    for target in rule.get("Targets", ()):
        if "RoleArn" in target:
            _, _, service, _, _, name = target["Arn"].split(":", 5)
            yield from _do(TARGETS[service], target["RoleArn"], {"Arn": target["Arn"], "Name": name})


def _deployment(group: Mapping[str, Any], facts: Mapping[str, str]) -> Iterator[ServiceCall]:
    role = group["ServiceRoleArn"]
    for service in group.get("ECSServices", ()):
        yield from _do(BLUE_GREEN, role, {**facts, **service})
        for pair in group["LoadBalancerInfo"]["TargetGroupPairInfoList"]:
            for route in ("ProdTrafficRoute", "TestTrafficRoute"):
                for listener in pair.get(route, {}).get("ListenerArns", ()):
                    rule = listener.replace(":listener/", ":listener-rule/") + "/0123456789abcdef"
                    yield from _do(SHIFT_LISTENER, role, {"Listener": listener, "Rule": rule})
    if "ECSServices" not in group:
        yield from _do(SHIFT_ALIAS, role, facts)
    if "hook" in facts:
        yield from _do(HOOK, role, facts)
    for alarm in group.get("AlarmConfiguration", {}).get("Alarms", ()):
        yield from _do(ALARMS, role, {"Alarm": alarm["Name"]})


def _configs(stack: Stack) -> dict[str, str]:
    """How the deployment group of the stack deploys, where it says so."""
    groups = [group for _, group in stack.resources("AWS::CodeDeploy::DeploymentGroup")]
    found = [group["DeploymentConfigName"] for group in groups if "DeploymentConfigName" in group]
    return {"deploymentConfigName": found[0]} if found else {}


def _machine(machine: Mapping[str, Any], facts: Mapping[str, str]) -> Iterator[ServiceCall]:
    """The SDK integrations of a state machine, whose parameters all begin with a capital.

    What a later state does not say (the deployment group of a deployment), an earlier one has said.
    https://docs.aws.amazon.com/step-functions/latest/dg/supported-services-awssdk.html
    """
    said: dict[str, Any] = {name: value for name, value in facts.items() if name == "deploymentConfigName"}
    for state in json.loads(machine["DefinitionString"])["States"].values():
        if found := re.search(r":aws-sdk:(\w+):(\w)(\w+)$", state.get("Resource", "")):
            given = {
                name.removesuffix(".$"): _formatted(value, facts) if name.endswith(".$") else value
                for name, value in state["Parameters"].items()
            }
            parameters = given | {name[0].lower() + name[1:]: value for name, value in given.items()}
            yield ServiceCall(found[1], found[2].upper() + found[3], said | parameters, machine["RoleArn"])
            said |= {name: value for name, value in parameters.items() if name.endswith("Name")}


def _formatted(path: str, facts: Mapping[str, str]) -> str:
    """What a path or a function of the Amazon States Language comes to. What of the input is not known is `input`."""
    template = re.fullmatch(r"States\.Format\('([^']*)'.*\)", path)
    return template[1].replace("{}", "input") if template else facts.get(path.removeprefix("$."), path)
