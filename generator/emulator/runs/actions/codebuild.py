"""CodeBuild: a project runs its buildspec, with the credentials of its role.

https://docs.aws.amazon.com/codepipeline/latest/userguide/action-reference-CodeBuild.html
"""

from __future__ import annotations

import json
import tempfile
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from botocore.exceptions import ClientError

from generator.authorization.service_roles.codebuild import report_calls
from generator.authorization.service_roles.codepipeline import build_overrides
from generator.emulator.front.answers import reason
from generator.emulator.front.calls import CODEBUILD
from generator.emulator.runs import buildspec_run
from generator.emulator.runs.action import ActionError, Done, Provider, Step
from generator.emulator.runs.artifact_store import ArtifactLocation
from generator.emulator.runs.build_records import BuildRecords

TIMEOUT_SECONDS = 600


def run(step: Step) -> Done:
    """Start the build, do everything in it with the project's role, upload its artifacts."""
    name = step.setting("ProjectName")
    try:
        overrides = build_overrides(step.configuration)
    except ValueError as error:
        raise ActionError(f"EnvironmentVariables is not JSON: {error}") from error
    codebuild = step.client("codebuild")
    started = codebuild.start_build(projectName=name, **overrides)["build"]
    step.external.append(started["id"])
    [project] = step.world.cloud.inside("codebuild").batch_get_projects(names=[name])["projects"]
    role, status = project["serviceRole"], "FAULT"
    try:
        with _network(step, project, role):
            build, outputs = _build(step, project, role, started, overrides)
        status = "SUCCEEDED" if build.succeeded else "FAILED"
    except ClientError as error:
        raise ActionError(f"{error.operation_name} by {role}: {reason(error)}") from error
    finally:
        step.world.cloud.memory(BuildRecords).end(started["id"], status)
    [ended] = codebuild.batch_get_builds(ids=[started["id"]])["builds"]
    if ended["buildStatus"] != "SUCCEEDED":
        failed = next((phase for phase, done in build.phases.items() if done.exit_code), "UPLOAD_ARTIFACTS")
        said = build.stderr.strip() or f"none of these files is there: {', '.join(build.missing)}"
        raise ActionError(f"phase {failed.upper()}: {said}")
    printed = build.stdout.strip().splitlines()
    return Done(summary=printed[-1] if printed else "", variables=build.exported, outputs=outputs)


def _build(
    step: Step,
    project: Mapping[str, Any],
    role: str,
    started: Mapping[str, Any],
    overrides: Mapping[str, Any],
) -> tuple[buildspec_run.BuildRun, dict[str, ArtifactLocation]]:
    # CodePipeline requires PrimarySource if there is more than one input.
    store, primary = step.store, step.configuration.get("PrimarySource") or next(iter(step.inputs))
    store.look(role)
    with tempfile.TemporaryDirectory(prefix="ecr-pipeline-build-") as name:
        box = Path(name)
        folders = {artifact: _unpacked(step, role, artifact, box) for artifact in step.inputs}
        # Of two variables with one name the action's counts.
        declared = [
            *project["environment"].get("environmentVariables", ()),
            *overrides.get("environmentVariablesOverride", ()),
        ]
        variables = _variables(step, role, declared)
        for own in ("home", "temporary"):
            (box / own).mkdir()
        build = buildspec_run.run(
            overrides.get("buildspecOverride") or project["source"]["buildspec"],
            workdir=folders.pop(primary),
            env={
                **step.world.cloud.environment(role),
                **variables,
                **{f"CODEBUILD_SRC_DIR_{artifact}": str(folder) for artifact, folder in folders.items()},
                "CODEBUILD_BUILD_ARN": started["arn"],
                "CODEBUILD_BUILD_ID": started["id"],
                "CODEBUILD_INITIATOR": f"codepipeline/{step.pipeline}",
                "CODEBUILD_KMS_KEY_ID": project["encryptionKey"],
                **({"CODEBUILD_RESOLVED_SOURCE_VERSION": step.revisions[primary]} if primary in step.revisions else {}),
                "HOME": str(box / "home"),
                "TMPDIR": str(box / "temporary"),
            },
            path=step.world.tools.path,
            timeout=TIMEOUT_SECONDS,
        )
    _log(step, project, role, started["id"].rpartition(":")[2], build.stdout + build.stderr)
    for group in build.reports:
        _report(step, project, role, group)
    if len(step.outputs) > 1:
        raise ActionError("several output artifacts of a build are not emulated")
    if not build.succeeded:
        return build, {}
    key = project["encryptionKey"]
    return build, {each: store.put(role, step.pipeline, each, build.artifacts, key_id=key) for each in step.outputs}


def _unpacked(step: Step, role: str, artifact: str, box: Path) -> Path:
    folder = box / "source" / artifact
    folder.mkdir(parents=True)
    for name, content in step.store.get(role, step.inputs[artifact]).items():
        file = folder / name
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_bytes(content)
    return folder


def _variables(step: Step, role: str, declared: Sequence[Mapping[str, str]]) -> dict[str, str]:
    """The variables of the project and the action. References are read with the role.

    https://docs.aws.amazon.com/codebuild/latest/APIReference/API_EnvironmentVariable.html
    """
    cloud = step.world.cloud

    def value(variable: Mapping[str, str]) -> str:
        kind, given = variable.get("type", "PLAINTEXT"), variable["value"]
        if kind == "PARAMETER_STORE":
            [parameter] = cloud.client("ssm", role).get_parameters(Names=[given], WithDecryption=True)["Parameters"]
            return str(parameter["Value"])
        if kind == "SECRETS_MANAGER":
            secret, _, key = given.partition(":") if not given.startswith("arn:") else (given, "", "")
            text = str(cloud.client("secretsmanager", role).get_secret_value(SecretId=secret)["SecretString"])
            return str(json.loads(text)[key.partition(":")[0]]) if key else text
        return given

    return {variable["name"]: value(variable) for variable in declared}


@contextmanager
def _network(step: Step, project: Mapping[str, Any], role: str) -> Iterator[None]:
    """A network interface in the subnets of the project during the build, with the permissions that AWS lists.

    https://docs.aws.amazon.com/codebuild/latest/userguide/auth-and-access-control-iam-identity-based-access-control.html
    """
    network = project.get("vpcConfig")
    if not network or not network.get("vpcId"):
        yield
        return
    ec2 = step.world.cloud.client("ec2", role, agent=CODEBUILD)
    ec2.describe_vpcs(VpcIds=[network["vpcId"]])
    ec2.describe_subnets(SubnetIds=network["subnets"])
    ec2.describe_security_groups(GroupIds=network["securityGroupIds"])
    ec2.describe_dhcp_options()
    created = ec2.create_network_interface(SubnetId=network["subnets"][0], Groups=network["securityGroupIds"])
    interface = created["NetworkInterface"]["NetworkInterfaceId"]
    try:
        ec2.create_network_interface_permission(
            NetworkInterfaceId=interface, AwsService="codebuild.amazonaws.com", Permission="INSTANCE-ATTACH"
        )
        ec2.describe_network_interfaces(NetworkInterfaceIds=[interface])
        yield
    finally:
        ec2.delete_network_interface(NetworkInterfaceId=interface)


def _report(step: Step, project: Mapping[str, Any], role: str, group: str) -> None:
    """CodeBuild's agent creates a report from inside the build. Its content is not read here.

    https://docs.aws.amazon.com/codebuild/latest/userguide/test-permissions.html
    """
    if not group.startswith("arn:"):
        raise NotImplementedError(f"{project['name']}: the report group {group} is not made here")
    inside = "codebuild" if project.get("vpcConfig", {}).get("vpcId") else ""
    for call in report_calls(group, role, inside):
        if why := step.world.permits(call):
            raise ActionError(f"phase UPLOAD_ARTIFACTS: {group}: {why}")


def _log(step: Step, project: Mapping[str, Any], role: str, stream: str, text: str) -> None:
    config = project.get("logsConfig", {}).get("cloudWatchLogs", {})
    if config.get("status") != "ENABLED":
        return
    logs = step.world.cloud.client("logs", role)
    where = {"logGroupName": config.get("groupName") or f"/aws/codebuild/{project['name']}", "logStreamName": stream}
    logs.create_log_stream(**where)
    now = int(time.time() * 1000)
    lines = [line for line in text.splitlines() if line] or ["(nothing was printed)"]
    logs.put_log_events(**where, logEvents=[{"timestamp": now, "message": line} for line in lines])


PROVIDERS: dict[tuple[str, str], Provider] = {("Build", "CodeBuild"): run, ("Test", "CodeBuild"): run}
