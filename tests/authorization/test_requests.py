"""The IAM requests of API calls, compared with the service authorization reference."""

from __future__ import annotations

import importlib
import pkgutil
import re
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

import generator
from generator.authorization import needs
from generator.authorization.authorized_calls import CallEnvironment, ServiceCall
from generator.authorization.decisions import Request
from generator.authorization.need import Needs, UnknownCallError
from generator.authorization.needs.codebuild import EXISTENCE_KEYS, OVERRIDE_KEYS
from generator.authorization.requests import operations, requests_of
from generator.cloudformation.offline_stack import Location
from tests.service_reference import reference, resource_types

ROLE = "arn:aws:iam::111122223333:role/orders"
KEY = "arn:aws:kms:eu-central-1:111122223333:key/1234abcd"
TOPIC, QUEUE = "arn:aws:sns:eu-central-1:111122223333:topic", "arn:aws:sqs:eu-central-1:111122223333:queue"
ENCRYPTED = CallEnvironment(keys={"arn:aws:s3:::artifacts": KEY, TOPIC: KEY, QUEUE: KEY})
LISTENER = "arn:aws:elasticloadbalancing:eu-central-1:111122223333:listener/app/lb/0123/4567"
# Every parameter that an operation of the table is named by.
PARAMETERS: dict[str, Any] = {
    "AlarmNames": ["errors"],
    "AwsService": "codebuild.amazonaws.com",
    "Bucket": "artifacts",
    "ConnectionArn": "arn:aws:codeconnections:eu-central-1:111122223333:connection/1234abcd",
    "FullRepositoryId": "team/orders",
    "FunctionName": "orders",
    "GroupId": "sg-1",
    "Groups": ["sg-1", "sg-2"],
    "ImageUri": f"111122223333.dkr.ecr.eu-central-1.amazonaws.com/team/orders@sha256:{'0' * 64}",
    "Key": "run/artifact",
    "KeyId": KEY,
    "ListenerArn": LISTENER,
    "Name": "/orders/image",
    "NetworkInterfaceId": "eni-1",
    "Qualifier": "live",
    "Rule": "orders-push",
    "QueueUrl": "https://sqs.eu-central-1.amazonaws.com/111122223333/queue",
    "RoleArn": ROLE,
    "RuleArn": LISTENER.replace("listener/", "listener-rule/") + "/8901",
    "SecretId": "token",
    "SubnetId": "subnet-1",
    "TopicArn": TOPIC,
    "applicationName": "orders",
    "cluster": "production",
    "domain": "packages",
    "AutoScalingGroupName": "orders",
    "deploymentConfigName": "CodeDeployDefault.ECSAllAtOnce",
    "deploymentGroupName": "production",
    "executionArn": "arn:aws:states:eu-central-1:111122223333:execution:record:1",
    "executionRoleArn": f"{ROLE}-execution",
    "family": "orders",
    "ids": ["orders-Inspect:1"],
    "logGroupName": "/aws/codebuild/orders",
    "logStreamName": "1",
    "name": "orders",
    "pipelineName": "orders",
    "profileArn": "arn:aws:signer:eu-central-1:111122223333:/signing-profiles/images",
    "projectName": "orders-Inspect",
    "reportGroupName": "orders-tests",
    "repository": "npm",
    "repositoryName": "team/orders",
    "service": "orders",
    "serviceRevisionArns": ["arn:aws:ecs:eu-central-1:111122223333:service-revision/production/orders/1"],
    "services": ["orders"],
    "stateMachineArn": "arn:aws:states:eu-central-1:111122223333:stateMachine:record",
    "tags": ["team"],
    "task": "0123456789",
    "taskDefinition": "orders:1",
    "taskRoleArn": f"{ROLE}-task",
    "taskSet": "ecs-svc/0123456789",
    "tasks": ["0123456789"],
}


def call(name: str, /, **parameters: Any) -> ServiceCall:
    """A call of an operation."""
    service, operation = name.split(":")
    return ServiceCall(service, operation, parameters, ROLE)


def asked(name: str, environment: CallEnvironment = ENCRYPTED, /, **parameters: Any) -> dict[str, Request]:
    """The requests, by action."""
    return {request.action: request for request in requests_of(call(name, **parameters), environment)}


def fits(arn: str, pattern: str) -> bool:
    """Whether the ARN is of the kind of the pattern."""
    # One service, two names: an action of one name is checked on ARNs of the other.
    parts = re.split(r"\$\{[^}]*\}", pattern.replace(":codestar-connections:", ":codeconnections:"))
    return re.fullmatch(".+".join(map(re.escape, parts)), arn) is not None


@pytest.mark.parametrize("name", operations())
def test_the_table_agrees_with_the_service_authorization_reference(name: str) -> None:
    """Each action exists, each resource is of a type that the action knows, each condition key is one of the action's.

    A key of AWS's own (aws:...) belongs to every action. An action without resource-level permissions is requested on
    every resource.
    """
    for request in requests_of(call(name, **PARAMETERS), ENCRYPTED):
        known = list(resource_types(request.action))
        patterns = [pattern for pattern, _ in known if pattern]
        keys = {re.sub(r"\$\{.*|<.*", "", key) for _, each in known for key in each}
        for resource in request.resources:
            assert any(fits(resource, pattern) for pattern in patterns) or (resource == "*" and not patterns)
        for key in request.context:
            assert key.startswith(("aws:", *keys)) or key in ALSO_SENT


# Documented outside of the reference.
ALSO_SENT = {
    # https://docs.aws.amazon.com/AmazonECS/latest/developerguide/supported-iam-actions-tagging.html
    "ecs:CreateAction",
}


def test_every_operation_needs_a_permission() -> None:
    """Only GetCallerIdentity needs none, as AWS documents."""
    silent = [name for name in operations() if not requests_of(call(name, **PARAMETERS), ENCRYPTED)]
    assert ["sts:GetCallerIdentity"] == silent


@pytest.mark.parametrize("module", [each.name for each in pkgutil.iter_modules(needs.__path__)])
def test_each_module_of_needs_has_the_operations_of_its_service(module: str) -> None:
    """A reader finds an operation by its prefix: the module has that name, except `lambda`, a word of Python.

    No module has a hyphen in its name.
    """
    given: Needs = importlib.import_module(f"{needs.__name__}.{module}").NEEDS
    assert {"lambda" if module == "awslambda" else module.replace("_", "-")} == {
        name.partition(":")[0] for name in given
    }


@pytest.mark.parametrize(
    ("operation", "module"), [("iam:CreateUser", "iam"), ("lambda:AddPermission", "awslambda"), ("ecr:Fly", "ecr")]
)
def test_an_unknown_operation_is_an_error_that_says_what_to_do(operation: str, module: str) -> None:
    """A permission that was not looked up is not assumed; the message names the file that lacks the operation."""
    with pytest.raises(UnknownCallError, match=f"{operation} .* add it to NEEDS in .*/authorization/needs/{module}.py"):
        requests_of(call(operation), ENCRYPTED)


def test_a_new_operation_is_an_entry_in_one_file(tmp_path: Path) -> None:
    """In a copy of the code, one more module in needs/ is enough to know the operations of one more service."""
    shutil.copytree(
        Path(generator.__file__).parent, tmp_path / "generator", ignore=shutil.ignore_patterns("__pycache__")
    )
    (tmp_path / "generator/authorization/needs/dynamodb.py").write_text(
        "from generator.authorization.need import Needs, arn, each_on\n\n"
        'NEEDS: Needs = each_on(arn("dynamodb", "table/{TableName}"), "dynamodb:GetItem")\n',
        encoding="utf-8",
    )
    asks = (
        "from generator.authorization.authorized_calls import CallEnvironment, ServiceCall\n"
        "from generator.authorization.requests import requests_of\n"
        "call = ServiceCall('dynamodb', 'GetItem', {'TableName': 'orders'}, 'role')\n"
        "print([(each.action, each.resources) for each in requests_of(call, CallEnvironment())])\n"
    )
    done = subprocess.run([sys.executable, "-c", asks], cwd=tmp_path, capture_output=True, text=True, check=True)
    assert "[('dynamodb:GetItem', ('arn:aws:dynamodb:eu-central-1:111122223333:table/orders',))]" == done.stdout.strip()


def test_a_call_without_its_resource_is_an_error() -> None:
    """Without the name of the repository, the resource of the request is unknown."""
    with pytest.raises(UnknownCallError, match="ecr:BatchGetImage without 'repositoryName'"):
        requests_of(call("ecr:BatchGetImage"), ENCRYPTED)


def test_where_the_call_is_made_is_in_the_arn() -> None:
    """Partition, region and account are those of the environment."""
    china = CallEnvironment(place=Location("aws-cn", "cn-north-1", "999999999999"))
    (request,) = requests_of(call("ecr:DescribeImages", repositoryName="team/orders"), china)
    assert ("arn:aws-cn:ecr:cn-north-1:999999999999:repository/team/orders",) == request.resources
    assert ROLE == request.principal
    assert {
        "aws:RequestedRegion": "cn-north-1",
        "aws:ResourceAccount": "999999999999",
        "aws:SecureTransport": "true",
    } == request.context


def test_reading_an_encrypted_object_decrypts_through_s3() -> None:
    """S3 calls KMS with the permissions of the reader, with the bucket as encryption context: it has a bucket key."""
    found = asked("s3:GetObject", Bucket="artifacts", Key="x")
    assert ["s3:GetObject", "kms:Decrypt"] == list(found)
    decrypt = found["kms:Decrypt"]
    assert (KEY,) == decrypt.resources
    assert "s3.eu-central-1.amazonaws.com" == decrypt.context["kms:ViaService"]
    assert "arn:aws:s3:::artifacts" == decrypt.context["kms:EncryptionContext:aws:s3:arn"]


def test_a_version_of_an_object_is_another_action() -> None:
    """s3:GetObjectVersion, as soon as a version is named; an object of a bucket without a key needs none."""
    assert ["s3:GetObjectVersion"] == list(asked("s3:GetObject", Bucket="plain", Key="x", VersionId="1"))
    assert ["s3:GetObject"] == list(asked("s3:HeadObject", Bucket="plain", Key="x"))


def test_writing_an_object_has_its_encryption_in_the_context() -> None:
    """The header is part of the context only where it is sent; the key is the one named, else the bucket's."""
    silent = asked("s3:PutObject", Bucket="artifacts", Key="x")
    assert "s3:x-amz-server-side-encryption" not in silent["s3:PutObject"].context
    assert (KEY,) == silent["kms:GenerateDataKey"].resources
    said = asked("s3:PutObject", Bucket="artifacts", Key="x", ServerSideEncryption="aws:kms", SSEKMSKeyId=f"{KEY}2")
    assert "aws:kms" == said["s3:PutObject"].context["s3:x-amz-server-side-encryption"]
    assert f"{KEY}2" == said["s3:PutObject"].context["s3:x-amz-server-side-encryption-aws-kms-key-id"]
    assert (f"{KEY}2",) == said["kms:GenerateDataKey"].resources


@pytest.mark.parametrize(
    ("name", "parameters", "action", "via"),
    [
        ("sns:Publish", {"TopicArn": TOPIC}, "sns:Publish", "sns"),
        ("sqs:SendMessage", {"QueueUrl": PARAMETERS["QueueUrl"]}, "sqs:SendMessage", "sqs"),
    ],
)
def test_sending_to_an_encrypted_resource_needs_its_key(
    name: str, parameters: dict[str, str], action: str, via: str
) -> None:
    """Publishing to an encrypted topic, or sending to an encrypted queue, generates a data key and checks it."""
    found = asked(name, **parameters)
    assert [action, "kms:GenerateDataKey", "kms:Decrypt"] == list(found)
    assert f"{via}.eu-central-1.amazonaws.com" == found["kms:Decrypt"].context["kms:ViaService"]
    assert [action] == list(asked(name, CallEnvironment(), **parameters))


def test_a_task_definition_passes_its_roles() -> None:
    """Registering one passes each role that it names, and tags are an action of their own."""
    found = requests_of(call("ecs:RegisterTaskDefinition", **PARAMETERS), ENCRYPTED)
    passed = [request for request in found if request.action == "iam:PassRole"]
    assert [(f"{ROLE}-task",), (f"{ROLE}-execution",)] == [request.resources for request in passed]
    assert {"ecs-tasks.amazonaws.com"} == {request.context["iam:PassedToService"] for request in passed}
    assert "RegisterTaskDefinition" == next(
        request.context["ecs:CreateAction"] for request in found if request.action == "ecs:TagResource"
    )
    assert ["ecs:RegisterTaskDefinition"] == list(asked("ecs:RegisterTaskDefinition", family="orders"))


def test_findings_are_read_from_inspector_as_well() -> None:
    """Under enhanced scanning ECR calls Inspector with the permissions of its caller."""
    found = asked("ecr:DescribeImageScanFindings", repositoryName="team/orders")
    assert ["ecr:DescribeImageScanFindings", "inspector2:ListCoverage", "inspector2:ListFindings"] == list(found)


def test_a_list_needs_permission_on_each_member() -> None:
    """Several services, parameters or builds are several resources of one request."""
    services = asked("ecs:DescribeServices", cluster="production", services=["a", "b"])["ecs:DescribeServices"]
    prefix = "arn:aws:ecs:eu-central-1:111122223333:service/production/"
    assert (f"{prefix}a", f"{prefix}b") == services.resources
    builds = asked("codebuild:BatchGetBuilds", ids=["a:1", "b:2"])["codebuild:BatchGetBuilds"]
    assert [arn.rsplit("/", 1)[-1] for arn in builds.resources] == ["a", "b"]
    parameters = asked("ssm:GetParameters", Names=["/a/b", "c"])["ssm:GetParameters"]
    assert [arn.partition(":parameter/")[2] for arn in parameters.resources] == ["a/b", "c"]


def test_an_arn_is_taken_where_a_name_is() -> None:
    """AWS takes the ARN of a function or connection for its name."""
    arn = "arn:aws:lambda:eu-central-1:999999999999:function:other"
    assert (arn,) == asked("lambda:Invoke", FunctionName=arn)["lambda:InvokeFunction"].resources


def test_a_connection_is_used_under_both_names() -> None:
    """AWS: both actions are required, regardless of the name in the ARN."""
    assert ["codeconnections:UseConnection", "codestar-connections:UseConnection"] == list(
        asked("codeconnections:UseConnection", ConnectionArn=PARAMETERS["ConnectionArn"])
    )


def test_a_deployment_needs_more_than_its_own_action() -> None:
    """It registers its revision, and looks at the configuration that it names."""
    named = {"applicationName": "orders", "deploymentGroupName": "production"}
    revision = ["codedeploy:GetApplicationRevision", "codedeploy:RegisterApplicationRevision"]
    assert ["codedeploy:CreateDeployment", *revision] == list(asked("codedeploy:CreateDeployment", **named))
    assert "codedeploy:GetDeploymentConfig" in asked("codedeploy:CreateDeployment", **named, deploymentConfigName="x")


def test_a_deployment_is_known_by_its_id() -> None:
    """GetDeployment does not name the group: the group comes from the record of the deployment."""
    known = CallEnvironment(deployments={"d-1": ("orders", "production")})
    (arn,) = asked("codedeploy:GetDeployment", known, deploymentId="d-1")["codedeploy:GetDeployment"].resources
    assert arn.endswith(":deploymentgroup:orders/production")
    with pytest.raises(UnknownCallError, match="codedeploy:GetDeployment without 'applicationName'"):
        asked("codedeploy:GetDeployment", known, deploymentId="d-2")


def test_setting_an_image_of_a_function_needs_permission_to_pull_it() -> None:
    """Lambda looks whether the caller may read the image; code in a bucket or archive asks ECR for nothing."""
    found = asked("lambda:UpdateFunctionCode", FunctionName="orders", ImageUri=PARAMETERS["ImageUri"])
    assert ["lambda:UpdateFunctionCode", "ecr:BatchGetImage", "ecr:GetDownloadUrlForLayer"] == list(found)
    assert ("arn:aws:ecr:eu-central-1:111122223333:repository/team/orders",) == found["ecr:BatchGetImage"].resources
    assert ["lambda:UpdateFunctionCode"] == list(asked("lambda:UpdateFunctionCode", FunctionName="orders"))


def test_a_version_of_a_function_is_another_resource() -> None:
    """With a qualifier the ARN has it."""
    for parameters, end in (({}, ":function:orders"), ({"Qualifier": "3"}, ":function:orders:3")):
        found = asked("lambda:GetFunctionConfiguration", FunctionName="orders", **parameters)
        assert found["lambda:GetFunctionConfiguration"].resources[0].endswith(end)


VARIABLES = [{"name": "REPOSITORY_NAME", "value": "team/orders", "type": "PLAINTEXT"}, {"name": "LIMIT", "value": "0"}]
ENVIRONMENT = "codebuild:environment.environmentVariables"


def test_a_build_is_started_with_what_overrides_its_project() -> None:
    """Names and values of variables, each value by its name, and that there is another buildspec."""
    [request] = asked(
        "codebuild:StartBuild",
        projectName="orders-Inspect",
        environmentVariablesOverride=VARIABLES,
        buildspecOverride="version: 0.2",
        privilegedModeOverride=True,
    ).values()
    assert {key: value for key, value in request.context.items() if key.startswith("codebuild:")} == {
        ENVIRONMENT: "true",
        f"{ENVIRONMENT}.name": ("REPOSITORY_NAME", "LIMIT"),
        f"{ENVIRONMENT}.value": ("team/orders", "0"),
        f"{ENVIRONMENT}/REPOSITORY_NAME.value": "team/orders",
        f"{ENVIRONMENT}/LIMIT.value": "0",
        "codebuild:source.buildspec": "true",
        "codebuild:environment.privilegedMode": "true",
    }


def test_a_build_that_overrides_nothing_has_none_of_the_keys() -> None:
    """They are absent, which is something else than empty to the operator Null."""
    nothing: dict[str, Any]
    for nothing in ({}, {"environmentVariablesOverride": []}, {"sourceVersion": "main"}):
        [request] = asked("codebuild:StartBuild", projectName="orders-Inspect", **nothing).values()
        assert [] == [key for key in request.context if key.startswith("codebuild:")]


def test_the_condition_keys_of_a_build_are_those_of_the_reference() -> None:
    """Every key that StartBuild can have here exists, with the type that it is filled as."""
    known = {each.lower() for _, keys in resource_types("codebuild:StartBuild") for each in keys}
    types = {key.lower(): each["type"] for key, each in reference()["codebuild"]["conditions"].items()}
    [request] = asked(
        "codebuild:StartBuild",
        projectName="p",
        environmentVariablesOverride=[{"name": "${name}", "value": "1"}],
        fleetOverride={"fleetArn": "arn:aws:codebuild:eu-central-1:111122223333:fleet/x"},
        **dict.fromkeys(EXISTENCE_KEYS.keys() | OVERRIDE_KEYS.keys(), "x"),
    ).values()
    for key, value in request.context.items():
        if key.startswith("codebuild:"):
            assert key.lower() in known
            assert isinstance(value, tuple) == types[key.lower()].startswith("ArrayOf"), key
    assert {"Bool"} == {types[key.lower()] for key in (ENVIRONMENT, *EXISTENCE_KEYS.values())}


def test_an_unknown_override_is_reported() -> None:
    """Otherwise it would pass every condition on it."""
    with pytest.raises(UnknownCallError, match="StartBuild with logsConfigOverride"):
        asked("codebuild:StartBuild", projectName="p", logsConfigOverride={})
