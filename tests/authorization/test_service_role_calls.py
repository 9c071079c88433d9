"""Calls of services with the roles of a stack."""

from __future__ import annotations

import importlib
import json
import pkgutil
from collections.abc import Iterator, Mapping
from typing import Any

import pytest

from generator.authorization import image_calls, service_roles, shared_routines
from generator.authorization.authorized_calls import ServiceCall
from generator.authorization.image_calls import pull_calls, push_calls, sign_calls
from generator.authorization.requests import how_to_add, operations
from generator.authorization.routine import Routine
from generator.authorization.service_role_calls import calls_of
from generator.authorization.service_roles.codebuild import VARIABLES, report_calls
from generator.authorization.service_roles.codepipeline import action_calls
from generator.cloudformation.offline_stack import Location, OfflineStack

ROLE = "arn:aws:iam::111122223333:role/orders"
PLACE = "eu-central-1:111122223333"
FACTS = {
    "family": "orders",
    "taskRoleArn": f"{ROLE}-task",
    "executionRoleArn": f"{ROLE}-execution",
    "function": "orders",
    "alias": "live",
}


def facts(_name: str) -> Mapping[str, str]:
    """The known facts about the service or function that is deployed to."""
    return FACTS


def stack(**resources: tuple[str, dict[str, Any]]) -> OfflineStack:
    """A stack of the resources."""
    template = {
        "Resources": {name: {"Type": f"AWS::{kind}", "Properties": held} for name, (kind, held) in resources.items()}
    }
    return OfflineStack(template=template, name="orders")


def pipeline(*actions: dict[str, Any], **more: Any) -> tuple[str, dict[str, Any]]:
    """A pipeline `orders` with one stage of the actions."""
    store = {"Type": "S3", "Location": "artifacts", "EncryptionKey": {"Id": "arn:key", "Type": "KMS"}}
    stages = [{"Name": "Staging", "Actions": list(actions)}]
    return "CodePipeline::Pipeline", {
        "Name": "orders",
        "RoleArn": ROLE,
        "ArtifactStore": store,
        "Stages": stages,
        **more,
    }


def action(provider: str, configuration: dict[str, Any], **more: Any) -> dict[str, Any]:
    """An action of a provider."""
    return {"Name": provider, "ActionTypeId": {"Provider": provider}, "Configuration": configuration, **more}


def made(given: OfflineStack) -> list[ServiceCall]:
    """The calls."""
    return list(calls_of(given, facts))


def name(call: ServiceCall) -> str:
    """Service and operation."""
    return f"{call.service}:{call.operation}"


def names(calls: list[ServiceCall]) -> list[str]:
    """The names of the calls."""
    return [name(call) for call in calls]


BUCKET = ["s3:GetBucketVersioning", "s3:GetBucketAcl", "s3:GetBucketLocation"]
MACHINE = f"arn:aws:states:{PLACE}:stateMachine:record"


@pytest.mark.parametrize(
    ("provider", "configuration", "operations"),
    [
        ("ECR", {"RepositoryName": "team/orders"}, ["ecr:DescribeImages"]),
        ("CodeStarSourceConnection", {"ConnectionArn": "arn:c"}, ["codeconnections:UseConnection"]),
        ("CodeBuild", {"ProjectName": "elsewhere"}, ["codebuild:StartBuild", "codebuild:BatchGetBuilds"]),
        ("Manual", {"NotificationArn": "arn:t"}, ["sns:Publish"]),
        ("Manual", {}, []),
        ("Lambda", {"FunctionName": "f"}, ["lambda:ListFunctions", "lambda:Invoke"]),
        (
            "StepFunctions",
            {"StateMachineArn": MACHINE},
            ["states:DescribeStateMachine", "states:StartExecution", "states:DescribeExecution"],
        ),
        (
            "ECS",
            {"ClusterName": "c", "ServiceName": "s"},
            [
                "ecs:DescribeServices",
                "ecs:DescribeTaskDefinition",
                "ecs:RegisterTaskDefinition",
                "ecs:UpdateService",
            ],
        ),
        (
            "CodeDeployToECS",
            {"ApplicationName": "a", "DeploymentGroupName": "g"},
            [
                "codedeploy:GetApplication",
                "codedeploy:RegisterApplicationRevision",
                "codedeploy:GetApplicationRevision",
                "codedeploy:GetDeploymentConfig",
                "codedeploy:CreateDeployment",
                "codedeploy:GetDeployment",
                "ecs:RegisterTaskDefinition",
            ],
        ),
    ],
)
def test_codepipeline_makes_the_calls_on_the_page_of_the_action(
    provider: str, configuration: dict[str, Any], operations: list[str]
) -> None:
    """Every pipeline looks at its bucket; each action makes the calls of its provider, as the pipeline's role."""
    calls = made(stack(Pipeline=pipeline(action(provider, configuration))))
    assert [*BUCKET, *operations] == names(calls)
    assert {ROLE} == {call.role for call in calls}


def test_an_unknown_provider_is_an_error() -> None:
    """A provider that nobody has looked up is not ignored."""
    with pytest.raises(KeyError, match="Jenkins"):
        made(stack(Pipeline=pipeline(action("Jenkins", {}))))


def test_an_action_under_a_role_of_its_own() -> None:
    """An action for another account acts as the role that it names."""
    calls = made(stack(Pipeline=pipeline(action("Lambda", {"FunctionName": "f"}, RoleArn=f"{ROLE}-2"))))
    assert f"{ROLE}-2" == next(call.role for call in calls if name(call) == "lambda:Invoke")


def test_artifacts_are_fetched_and_stored_with_the_key_of_the_store() -> None:
    """An action fetches its inputs, by version too, and stores its outputs encrypted with the key of the store."""
    source = action("ECR", {"RepositoryName": "r"}, OutputArtifacts=[{"Name": "ImageDetail"}])
    deploy = action("ECS", {"ClusterName": "c", "ServiceName": "s"}, InputArtifacts=[{"Name": "ImageDetail"}])
    calls = made(stack(Pipeline=pipeline(source, deploy)))
    (put,) = (call.parameters for call in calls if name(call) == "s3:PutObject")
    assert {
        "Bucket": "artifacts",
        "Key": "orders/ImageDetai/a1B2c3D",
        "ServerSideEncryption": "aws:kms",
        "SSEKMSKeyId": "arn:key",
    } == put
    got = [call.parameters for call in calls if name(call) == "s3:GetObject"]
    assert [None, "1"] == [parameters.get("VersionId") for parameters in got]
    assert {put["Key"]} == {parameters["Key"] for parameters in got}


def test_a_store_without_a_key_has_the_one_of_aws() -> None:
    """Where no key is named, CodePipeline and CodeBuild encrypt with aws/s3, which no template of ours grants."""
    given = pipeline(action("ECR", {"RepositoryName": "r"}, OutputArtifacts=[{"Name": "A"}]))
    del given[1]["ArtifactStore"]["EncryptionKey"]
    (put,) = (call for call in made(stack(Pipeline=given)) if name(call) == "s3:PutObject")
    assert f"arn:aws:kms:{PLACE}:alias/aws/s3" == put.parameters["SSEKMSKeyId"]


def test_a_deployment_has_the_configuration_of_its_group() -> None:
    """The group of the stack says how it deploys; CodeDeploy's default, and another stack's group, is all at once."""
    for held, wanted in (({"DeploymentConfigName": "Slow"}, "Slow"), ({}, "CodeDeployDefault.ECSAllAtOnce")):
        group = {"DeploymentGroupName": "g", "ServiceRoleArn": ROLE, **held}
        deploy = action("CodeDeployToECS", {"ApplicationName": "a", "DeploymentGroupName": "g"})
        calls = made(stack(Pipeline=pipeline(deploy), Group=("CodeDeploy::DeploymentGroup", group)))
        (config,) = (call.parameters for call in calls if name(call) == "codedeploy:GetDeploymentConfig")
        assert {"deploymentConfigName": wanted} == config


def project(**more: Any) -> tuple[str, dict[str, Any]]:
    """A project `inspect`."""
    return "CodeBuild::Project", {
        "Name": "inspect",
        "ServiceRole": f"{ROLE}-build",
        "EncryptionKey": "arn:key",
        "Source": {"BuildSpec": "version: 0.2"},
        "Environment": {},
        **more,
    }


def test_a_build_writes_its_log() -> None:
    """Into the group that the project names, or the one that CodeBuild makes up."""
    for held, group in (
        ({"LogsConfig": {"CloudWatchLogs": {"GroupName": "/own"}}}, "/own"),
        ({}, "/aws/codebuild/inspect"),
    ):
        create, put = made(stack(Project=project(**held)))
        assert ["logs:CreateLogStream", "logs:PutLogEvents"] == names([create, put])
        assert (group, "", f"{ROLE}-build") == (put.parameters["logGroupName"], put.endpoint, put.role)


def test_a_build_moves_its_artifacts_itself() -> None:
    """The role of the build fetches the inputs of the action and stores its outputs; the pipeline's role does not."""
    run = action(
        "CodeBuild", {"ProjectName": "inspect"}, InputArtifacts=[{"Name": "In"}], OutputArtifacts=[{"Name": "Out"}]
    )
    calls = made(stack(Pipeline=pipeline(run), Project=project()))
    moved = [call for call in calls if name(call) in ("s3:GetObject", "s3:PutObject")]
    assert {f"{ROLE}-build"} == {call.role for call in moved}
    assert ["orders/In/a1B2c3D"] * 2 + ["orders/Out/a1B2c3D"] == [call.parameters["Key"] for call in moved]
    assert BUCKET[1:] == [name(call) for call in calls if call.role.endswith("-build") and "Bucket" in call.operation]


def test_a_build_in_a_vpc_enters_it() -> None:
    """CodeBuild makes an interface in each subnet; all else that its agent does leaves from there."""
    network = {"VpcId": "vpc-1", "Subnets": ["subnet-1", "subnet-2"], "SecurityGroupIds": ["sg-1"]}
    calls = made(stack(Project=project(VpcConfig=network)))
    allowed = [call.parameters for call in calls if call.operation == "CreateNetworkInterfacePermission"]
    assert ["subnet-1", "subnet-2"] == [parameters["SubnetId"] for parameters in allowed]
    assert {"codebuild.amazonaws.com"} == {parameters["AwsService"] for parameters in allowed}
    assert {"logs.eu-central-1.amazonaws.com"} == {call.endpoint for call in calls if call.service == "logs"}
    assert {""} == {call.endpoint for call in calls if call.service == "ec2"}


def test_variables_and_reports_go_through_the_network_of_the_build() -> None:
    """CodeBuild's agent fetches secrets and hands in reports from where the build runs, as it ships the log."""
    held = project(
        VpcConfig={"VpcId": "vpc-1", "Subnets": ["subnet-1"], "SecurityGroupIds": ["sg-1"]},
        Environment={"EnvironmentVariables": [{"Name": name, "Value": name, "Type": name} for name in VARIABLES]},
        Source={"BuildSpec": "version: 0.2\nreports:\n unit:\n  files: [x]\n"},
    )
    inside = {call.service: call.endpoint for call in made(stack(Project=held)) if call.service != "ec2"}
    assert {"codebuild", "logs", "secretsmanager", "ssm"} == inside.keys()
    for service, endpoint in inside.items():
        assert f"{service}.eu-central-1.amazonaws.com" == endpoint


def test_calls_of_one_action_or_report_can_be_listed() -> None:
    """A runner of pipelines asks before each action; the calls are those of the complete stack."""
    [fetched] = action_calls("CodeStarSourceConnection", ROLE, {"ConnectionArn": "arn:c", "FullRepositoryId": "a/b"})
    assert ("codeconnections:UseConnection", ROLE) == (name(fetched), fetched.role)
    assert {"ConnectionArn": "arn:c", "FullRepositoryId": "a/b"} == fetched.parameters
    reported = list(report_calls("arn:group", ROLE, "codebuild"))
    assert ["CreateReport", "UpdateReport", "BatchPutTestCases"] == [call.operation for call in reported]
    assert {("arn:group", "codebuild")} == {(call.parameters["reportGroupName"], call.endpoint) for call in reported}


def test_a_build_looks_up_its_variables_and_reports() -> None:
    """Variables of other kinds than plain text are fetched; reports are made in groups of the project's name."""
    variables = [
        {"Name": "A", "Value": "plain"},
        {"Name": "B", "Value": "/orders/token", "Type": "PARAMETER_STORE"},
        {"Name": "C", "Value": "token", "Type": "SECRETS_MANAGER"},
    ]
    held = project(
        Environment={"EnvironmentVariables": variables},
        Source={"BuildSpec": "version: 0.2\nreports:\n unit:\n  files: [x]\n"},
    )
    calls = made(stack(Project=held))[2:]
    assert ["ssm:GetParameters", "secretsmanager:GetSecretValue", "codebuild:CreateReportGroup"] == names(calls)[:3]
    assert {"inspect-unit"} == {call.parameters["reportGroupName"] for call in calls if call.service == "codebuild"}


@pytest.mark.parametrize(
    ("arn", "operation", "parameters"),
    [
        (f"arn:aws:codepipeline:{PLACE}:orders", "codepipeline:StartPipelineExecution", {"name": "orders"}),
        (f"arn:aws:sns:{PLACE}:t", "sns:Publish", {"TopicArn": f"arn:aws:sns:{PLACE}:t"}),
        (f"arn:aws:lambda:{PLACE}:function:f", "lambda:Invoke", {"FunctionName": f"arn:aws:lambda:{PLACE}:function:f"}),
        (MACHINE, "states:StartExecution", {"stateMachineArn": MACHINE}),
    ],
)
def test_eventbridge_reaches_targets_with_their_role(arn: str, operation: str, parameters: dict[str, str]) -> None:
    """A target that has a role is called with it; one that has none is not called with any."""
    rule = {"Targets": [{"Arn": arn, "RoleArn": ROLE}, {"Arn": arn}]}
    (call,) = made(stack(Rule=("Events::Rule", rule)))
    assert (operation, parameters, ROLE) == (name(call), call.parameters, call.role)


LISTENER = f"arn:aws:elasticloadbalancing:{PLACE}:listener/app/orders/"


def test_codedeploy_shifts_a_service() -> None:
    """Blue/green makes and removes task sets, passes the roles of the task and moves the listeners."""
    prod, test = ({"ListenerArns": [f"{LISTENER}{each}"]} for each in ("prod", "test"))
    pair = {"ProdTrafficRoute": prod, "TestTrafficRoute": test}
    group = {
        "ServiceRoleArn": ROLE,
        "ECSServices": [{"ClusterName": "c", "ServiceName": "s"}],
        "LoadBalancerInfo": {"TargetGroupPairInfoList": [pair, {"ProdTrafficRoute": {"ListenerArns": []}}]},
        "AlarmConfiguration": {"Alarms": [{"Name": "errors"}]},
    }
    calls = list(
        calls_of(stack(Group=("CodeDeploy::DeploymentGroup", group)), lambda _: {**FACTS, "hooks": "smoke-test"})
    )
    assert {"ecs:CreateTaskSet", "ecs:UpdateServicePrimaryTaskSet", "ecs:DeleteTaskSet"} < set(names(calls))
    (create,) = (call.parameters for call in calls if call.operation == "CreateTaskSet")
    assert {"cluster": "c", "service": "s", "taskRoleArn": f"{ROLE}-task"}.items() <= create.items()
    moved = [call.parameters["ListenerArn"] for call in calls if call.operation == "ModifyListener"]
    assert [f"{LISTENER}prod", f"{LISTENER}test"] == moved
    rules = [call.parameters["RuleArn"] for call in calls if call.operation == "ModifyRule"]
    assert f"arn:aws:elasticloadbalancing:{PLACE}:listener-rule/app/orders/prod/0123456789abcdef" == rules[0]
    assert ["smoke-test"] == [call.parameters["FunctionName"] for call in calls if call.service == "lambda"]
    assert ["errors"] == next(call.parameters["AlarmNames"] for call in calls if call.service == "cloudwatch")


def test_codedeploy_shifts_an_alias() -> None:
    """For a function it reads and moves the alias."""
    calls = made(stack(Group=("CodeDeploy::DeploymentGroup", {"ServiceRoleArn": ROLE})))
    assert ["lambda:GetAlias", "lambda:UpdateAlias", "lambda:GetProvisionedConcurrencyConfig"] == names(calls)
    assert {"orders"} == {call.parameters["FunctionName"] for call in calls}


def test_codedeploy_shifts_the_alias_of_each_function() -> None:
    """A deployment group may serve several functions, one after the other."""
    group = stack(Group=("CodeDeploy::DeploymentGroup", {"ServiceRoleArn": ROLE}))
    calls = list(calls_of(group, lambda _: {"function": "api,worker"}))
    assert ["api"] * 3 + ["worker"] * 3 == [call.parameters["FunctionName"] for call in calls]


def test_codedeploy_finds_instances_and_hooks_launches() -> None:
    """By a tag it asks for tags, on premises as well. Only with an Auto Scaling group it touches that."""
    tags = [{"Key": "Service", "Value": "orders", "Type": "KEY_AND_VALUE"}]

    def calls(**instances: object) -> list[str]:
        return names(made(stack(Group=("CodeDeploy::DeploymentGroup", {"ServiceRoleArn": ROLE, **instances}))))

    find = ["ec2:DescribeInstances", "ec2:DescribeInstanceStatus"]
    assert [*find, "tag:GetResources"] == calls(Ec2TagFilters=tags)
    assert [*find, "tag:GetResources"] == calls(OnPremisesInstanceTagFilters=tags)
    launches = set(calls(AutoScalingGroups=["orders"])) - {*find}
    assert {"autoscaling:PutLifecycleHook", "autoscaling:CompleteLifecycleAction"} < launches
    assert {"autoscaling"} == {each.partition(":")[0] for each in launches}


def test_unknown_facts_are_left_out() -> None:
    """A task without a role of its own passes none."""
    group = {
        "ServiceRoleArn": ROLE,
        "ECSServices": [{"ClusterName": "c", "ServiceName": "s"}],
        "LoadBalancerInfo": {"TargetGroupPairInfoList": []},
    }
    calls = list(calls_of(stack(Group=("CodeDeploy::DeploymentGroup", group)), lambda _: {}))
    (create,) = (call.parameters for call in calls if call.operation == "CreateTaskSet")
    assert {"cluster", "service"} == create.keys()


def test_a_state_machine_makes_the_calls_of_its_tasks() -> None:
    """An SDK integration is a call. Formatted values of the input are filled in, and a path remains as text."""
    task = {
        "Type": "Task",
        "Resource": "arn:aws:states:::aws-sdk:ssm:putParameter",
        "Parameters": {"Name.$": "States.Format('/orders/{}/image', $.stage)", "Value.$": "$.what", "Type": "String"},
    }
    definition = json.dumps({"States": {"Record": task, "Done": {"Type": "Succeed"}}})
    machine = ("StepFunctions::StateMachine", {"RoleArn": ROLE, "DefinitionString": definition})
    (call,) = made(stack(Machine=machine))
    assert "ssm:PutParameter" == name(call)
    assert {"Name": "/orders/input/image", "Value": "$.what", "Type": "String"}.items() <= call.parameters.items()


def test_a_state_machine_reads_its_input_and_remembers_names() -> None:
    """Known values of the input are filled in; a deployment belongs to the group that an earlier state has named."""
    resource = "arn:aws:states:::aws-sdk:codedeploy"
    states = {
        "Shift": {
            "Resource": f"{resource}:createDeployment",
            "Parameters": {"ApplicationName": "a", "DeploymentGroupName": "g", "Description.$": "$.family"},
        },
        "See": {"Resource": f"{resource}:getDeployment", "Parameters": {"DeploymentId.$": "$.id"}},
    }
    definition = json.dumps({"States": states})
    machine = ("StepFunctions::StateMachine", {"RoleArn": ROLE, "DefinitionString": definition})
    shift, see = made(stack(Machine=machine))
    assert {"applicationName": "a", "description": "orders"}.items() <= shift.parameters.items()
    assert {
        "applicationName": "a",
        "deploymentGroupName": "g",
        "deploymentId": "$.id",
    }.items() <= see.parameters.items()


def test_a_map_makes_its_calls_for_each_name_of_a_list() -> None:
    """The list is split from a text of the definition; what an iteration formats of its name is filled in."""
    task = {
        "Type": "Task",
        "Resource": "arn:aws:states:::aws-sdk:ssm:putParameter",
        "Parameters": {"Name.$": "States.Format('/orders/{}/{}/image', $.stage, $.name)"},
    }
    states = {
        "Names": {"Type": "Pass", "Parameters": {"names.$": "States.StringSplit('api,worker', ',')"}},
        "Each": {"Type": "Map", "ItemProcessor": {"StartAt": "Record", "States": {"Record": task}}},
    }
    machine = ("StepFunctions::StateMachine", {"RoleArn": ROLE, "DefinitionString": json.dumps({"States": states})})
    names = [call.parameters["Name"] for call in made(stack(Machine=machine))]
    assert ["/orders/input/api/image", "/orders/input/worker/image"] == names


@pytest.mark.parametrize(
    ("held", "group"), [({"LoggingConfig": {"LogGroup": "/own"}}, "/own"), ({}, "/aws/lambda/recorder")]
)
def test_a_function_writes_its_log(held: dict[str, Any], group: str) -> None:
    """Into the group that it names, or the one that Lambda makes up."""
    calls = made(stack(Function=("Lambda::Function", {"FunctionName": "recorder", "Role": ROLE, **held})))
    assert ["logs:CreateLogStream", "logs:PutLogEvents"] == names(calls)
    assert {group} == {call.parameters["logGroupName"] for call in calls}


def test_flow_logs_are_delivered_with_their_role() -> None:
    """A flow log looks for its group and writes; one to a bucket has no role."""
    delivered = ("EC2::FlowLog", {"DeliverLogsPermissionArn": ROLE, "LogGroupName": "/vpc"})
    calls = made(stack(Flow=delivered, Other=("EC2::FlowLog", {"LogDestination": "arn:aws:s3:::b"})))
    assert ["logs:DescribeLogStreams", "logs:CreateLogStream", "logs:PutLogEvents"] == names(calls)


def test_an_engine_pulls() -> None:
    """Docker login asks the API, docker pull the registry, which are two endpoints."""
    login, *pulled = pull_calls(Location(), ROLE, "team/orders")
    assert ("ecr:GetAuthorizationToken", "api.ecr.eu-central-1.amazonaws.com") == (name(login), login.endpoint)
    assert {"111122223333.dkr.ecr.eu-central-1.amazonaws.com"} == {call.endpoint for call in pulled}
    assert {"team/orders"} == {call.parameters["repositoryName"] for call in pulled}


def test_an_engine_pushes() -> None:
    """It logs in and uploads layers and image.

    A registry that signs stores the signature, with the pusher's permissions.
    """
    login, *pushed = push_calls(Location(), ROLE, "team/orders")
    assert ("ecr:GetAuthorizationToken", "ecr:PutImage") == (name(login), names(pushed)[-1])
    assert {"111122223333.dkr.ecr.eu-central-1.amazonaws.com"} == {call.endpoint for call in pushed}
    signed = list(sign_calls(ROLE, "team/orders", "profile"))
    assert ("signer:SignPayload", "ecr:PutImage") == (names(signed)[0], names(signed)[-1])


def routines() -> Iterator[Routine]:
    """Every routine that is written down."""
    names = [f"{service_roles.__name__}.{each.name}" for each in pkgutil.iter_modules(service_roles.__path__)]
    for module in (image_calls, shared_routines, *map(importlib.import_module, names)):
        for entry in vars(module).values():
            entries = entry.values() if isinstance(entry, dict) else [entry]
            yield from (each for each in entries if isinstance(each, Routine))


def test_everything_a_service_does_has_its_page() -> None:
    """Each routine names the page of AWS that lists its calls. The rule of a window makes none."""
    for routine in routines():
        assert routine.page.startswith("https://docs.aws.amazon.com/")
        assert routine.operations or routine.page.endswith("rule-reference-DeploymentWindow.html")


def test_the_permissions_of_every_call_of_a_service_are_known() -> None:
    """Each operation of a routine has an entry in needs/."""
    called = {name for routine in routines() for name, _ in routine.operations}
    assert [] == [how_to_add(name) for name in sorted(called - operations().keys())]
