"""CodeBuild: its calls with the role of a project, apart from the commands of the build."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

import yaml

from generator.authorization.authorized_calls import ServiceCall
from generator.authorization.routine import Facts, RoleUsers, Routine, calls_in
from generator.authorization.shared_routines import FETCH, STORE, WRITE_LOG, default_key, object_key
from generator.cloudformation.offline_stack import OfflineStack

_GUIDE = "https://docs.aws.amazon.com/codebuild/latest/userguide/"
LOOK_AT_BUCKET = Routine(
    f"{_GUIDE}setting-up-service-role.html",
    (("s3:GetBucketAcl", {"Bucket": "{Bucket}"}), ("s3:GetBucketLocation", {"Bucket": "{Bucket}"})),
)
_INTERFACE = {"SubnetId": "{SubnetId}", "NetworkInterfaceId": "eni-0123456789abcdef0"}
ENTER_NETWORK = Routine(
    f"{_GUIDE}auth-and-access-control-iam-identity-based-access-control.html",
    (
        *((f"ec2:Describe{what}", {}) for what in ("DhcpOptions", "SecurityGroups", "Subnets", "Vpcs")),
        ("ec2:CreateNetworkInterface", {"SubnetId": "{SubnetId}", "Groups": ["{Group}"]}),
        ("ec2:DescribeNetworkInterfaces", {}),
        ("ec2:CreateNetworkInterfacePermission", {**_INTERFACE, "AwsService": "codebuild.amazonaws.com"}),
        ("ec2:DeleteNetworkInterface", _INTERFACE),
    ),
)
_GROUP = {"reportGroupName": "{ReportGroup}"}
_REPORTS = f"{_GUIDE}test-permissions.html"
NEW_REPORT_GROUP = Routine(_REPORTS, (("codebuild:CreateReportGroup", _GROUP),))
REPORT = Routine(_REPORTS, (("codebuild:CreateReport", _GROUP), ("codebuild:UpdateReport", _GROUP)))
TEST_CASES = Routine(_REPORTS, (("codebuild:BatchPutTestCases", _GROUP),))
COVERAGE = Routine(_REPORTS, (("codebuild:BatchPutCodeCoverages", _GROUP),))
# https://docs.aws.amazon.com/codebuild/latest/userguide/build-spec-ref.html#reports-buildspec-file
_COVERAGE_FORMATS = {"CLOVERXML", "COBERTURAXML", "JACOCOXML", "SIMPLECOV"}
VARIABLES = {
    "PARAMETER_STORE": Routine(f"{_GUIDE}build-spec-ref.html", (("ssm:GetParameters", {"Names": ["{Value}"]}),)),
    "SECRETS_MANAGER": Routine(
        f"{_GUIDE}build-spec-ref.html", (("secretsmanager:GetSecretValue", {"SecretId": "{Value}"}),)
    ),
}


def report_calls(group: str, role: str, endpoint: str) -> Iterator[ServiceCall]:
    """The calls of CodeBuild's agent to create a report of test cases in an existing group, named by its ARN."""
    for routine in (REPORT, TEST_CASES):
        yield from calls_in(routine, role, {"ReportGroup": group}, endpoint)


def _build(stack: OfflineStack, title: str, project: Mapping[str, Any], facts: Facts) -> Iterator[ServiceCall]:
    """All calls except those on network interfaces leave from inside the network of the build."""
    name, place = stack.ref(title), stack.place
    inside = f"{{}}.{place.region}.{place.suffix}" if "VpcConfig" in project else ""
    yield from _log(name, project, inside)
    yield from _move_artifacts(stack, name, project, facts(title), inside.format("s3"))
    yield from _enter_network(project)
    yield from _fetch_variables(project, inside)
    yield from _report(name, project, inside.format("codebuild"))


def _log(name: str, project: Mapping[str, Any], inside: str) -> Iterator[ServiceCall]:
    logs = project.get("LogsConfig", {}).get("CloudWatchLogs", {})
    group = {"LogGroup": logs.get("GroupName", f"/aws/codebuild/{name}")}
    yield from calls_in(WRITE_LOG, project["ServiceRole"], group, inside.format("logs"))


def _move_artifacts(
    stack: OfflineStack, name: str, project: Mapping[str, Any], facts: Mapping[str, str], endpoint: str
) -> Iterator[ServiceCall]:
    role = project["ServiceRole"]
    elsewhere: list[tuple[dict[str, str], list[str], list[str]]]
    elsewhere = [({"Bucket": facts["artifacts"]}, ["run/artifact"], [])] if "artifacts" in facts else []
    for bucket, inputs, outputs in (*_artifacts(stack, name), *elsewhere):
        yield from calls_in(LOOK_AT_BUCKET, role, bucket, endpoint)
        for key in inputs:
            yield from calls_in(FETCH, role, {**bucket, "Key": key}, endpoint)
        for key in outputs:
            values = {**bucket, "Key": key, "KeyArn": project.get("EncryptionKey", default_key(stack))}
            yield from calls_in(STORE, role, values, endpoint)


def _artifacts(stack: OfflineStack, project: str) -> Iterator[tuple[dict[str, str], list[str], list[str]]]:
    """For each action that runs the project: the bucket, the artifacts to fetch, the artifacts to store."""
    for title, pipeline in stack.resources("AWS::CodePipeline::Pipeline"):
        for stage in pipeline["Stages"]:
            for action in stage["Actions"]:
                if action["Configuration"].get("ProjectName") == project:
                    inputs, outputs = (
                        [object_key(stack.ref(title), artifact) for artifact in action.get(side, ())]
                        for side in ("InputArtifacts", "OutputArtifacts")
                    )
                    yield {"Bucket": pipeline["ArtifactStore"]["Location"]}, inputs, outputs


def _enter_network(project: Mapping[str, Any]) -> Iterator[ServiceCall]:
    network = project.get("VpcConfig", {})
    for subnet in network.get("Subnets", ()):
        for group in network["SecurityGroupIds"]:
            yield from calls_in(ENTER_NETWORK, project["ServiceRole"], {"SubnetId": subnet, "Group": group})


def _fetch_variables(project: Mapping[str, Any], inside: str) -> Iterator[ServiceCall]:
    for variable in project["Environment"].get("EnvironmentVariables", ()):
        if variable.get("Type", "PLAINTEXT") != "PLAINTEXT":
            routine = VARIABLES[variable["Type"]]
            service = routine.operations[0][0].partition(":")[0]
            value = {"Value": variable["Value"]}
            yield from calls_in(routine, project["ServiceRole"], value, inside.format(service))


def _report(name: str, project: Mapping[str, Any], endpoint: str) -> Iterator[ServiceCall]:
    for group, report in yaml.safe_load(project["Source"].get("BuildSpec", "{}")).get("reports", {}).items():
        named = {"ReportGroup": group if group.startswith("arn:") else f"{name}-{group}"}
        results = COVERAGE if report.get("file-format") in _COVERAGE_FORMATS else TEST_CASES
        # CodeBuild creates a group that is not named by its ARN.
        for routine in (*(() if group.startswith("arn:") else (NEW_REPORT_GROUP,)), REPORT, results):
            yield from calls_in(routine, project["ServiceRole"], named, endpoint)


ROLE_USERS: RoleUsers = {"AWS::CodeBuild::Project": _build}
