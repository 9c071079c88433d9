"""Promises about builds and functions: their logs, the variables that they read, and the time that they have."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator

from generator.emulator.deployed import Stack
from tests.playing import buildspec_of, variants, with_conditions
from tests.rendered import Rendered, actions, resources
from tests.samples import sample

# What a shell, jq, CodeBuild, the AWS CLI or the buildspec itself sets, or what is checked before it is used.
# https://docs.aws.amazon.com/codebuild/latest/userguide/build-env-ref-env-vars.html
PROVIDED = re.compile(r"ARGS|AWS_\w+|CODEBUILD_\w+|BASH_\w+|HOME|HOSTNAME|LINENO|(OLD)?PWD|PATH|SECONDS|TMPDIR")
SET = re.compile(r"(?<![\w$./-])([A-Z][A-Z0-9_]*)=")
READ_INTO = re.compile(r"\b(?:read|for \w+ in) ([\w -]+)")
READ = re.compile(r"\$\{?([A-Z][A-Z0-9_]*)\b(?!:?-)|\benv\.([A-Z][A-Z0-9_]*)\b(?! //)")
CHECKED = re.compile(r"\$\{([A-Z][A-Z0-9_]*):?-")
HANDED_ON = re.compile(r'"name\\*": ?\\*"([A-Z][A-Z0-9_]*)')
PROPERTY = re.compile(r"\bproperties\[['\"](\w+)['\"]\]")
WAITS = re.compile(r"\bwaits=\(([\d, ]+)\)")
ENVIRON = re.compile(r"environ\[['\"](\w+)['\"]\]")


def builds_write_their_logs(template: Rendered) -> Iterator[str]:
    """Every build writes its log, into the log group of the stack that is called like it."""
    groups = dict(resources(template, "AWS::Logs::LogGroup"))
    for name, project in resources(template, "AWS::CodeBuild::Project"):
        logs = project.get("LogsConfig", {}).get("CloudWatchLogs", {})
        group = groups.get(logs.get("GroupName", {}).get("Ref"))
        if logs.get("Status") != "ENABLED" or group is None:
            yield f"{name} writes no log into a group of the stack"
        elif not group["LogGroupName"]["Fn::Sub"].endswith(project["Name"]["Fn::Sub"]):
            yield f"{name} writes into the log group of something else"


def logs_expire(template: Rendered) -> Iterator[str]:
    """Every log group says how long it keeps what is in it, and goes with its stack: the next one needs its name."""
    for name, group in resources(template, "AWS::Logs::LogGroup"):
        if "RetentionInDays" not in group:
            yield f"{name} keeps its logs for ever"
        for policy in ("DeletionPolicy", "UpdateReplacePolicy"):
            if template["Resources"][name].get(policy) != "Delete":
                yield f"{name} stays behind ({policy})"


def reports_go_with_their_stack(template: Rendered) -> Iterator[str]:
    """A report group goes when its stack does: CodeBuild keeps one that has reports, unless they may be deleted.

    https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/aws-resource-codebuild-reportgroup.html
    """
    for name, group in resources(template, "AWS::CodeBuild::ReportGroup"):
        if group.get("DeleteReports") is not True:
            yield f"{name} stays behind with its reports"


def builds_run_docker_where_they_need_it(template: Rendered) -> Iterator[str]:
    """A build is privileged where its commands call docker, and nowhere else.

    https://docs.aws.amazon.com/codebuild/latest/userguide/sample-docker.html
    """
    for name, project in resources(template, "AWS::CodeBuild::Project"):
        needs = re.search(r"\bdocker (pull|build|run)\b", buildspec_of(template, project)) is not None
        if project["Environment"].get("PrivilegedMode", False) is not needs:
            yield f"{name} {'cannot run docker' if needs else 'is privileged'}"


@with_conditions
def alarms_count_where_there_are_any(template: Rendered) -> Iterator[str]:
    """A deployment group watches alarms when it has some, and only then."""
    plain = Stack(template=template, name="a-stack", parameters=sample(template, "a"))
    for variant, stack in (*variants(template), ("with what is needed", plain)):
        for name, group in stack.resources("AWS::CodeDeploy::DeploymentGroup"):
            watched = group.get("AlarmConfiguration", {})
            if watched.get("Enabled", False) is not bool(watched.get("Alarms")):
                yield f"{variant}: {name} has {watched}"


def builds_get_the_variables_that_they_read(template: Rendered) -> Iterator[str]:
    """A buildspec reads the variables of its project, all of them, and no others; so does the code of a function.

    Those that a pipeline hands on are among them.
    """
    handed_on = {name for _, _, action in actions(template) for name in HANDED_ON.findall(json.dumps(action))}
    for name, project in resources(template, "AWS::CodeBuild::Project"):
        text = buildspec_of(template, project)
        given = {variable["Name"] for variable in project["Environment"].get("EnvironmentVariables", ())}
        own = {
            *CHECKED.findall(text),
            *handed_on,
            *SET.findall(text),
            *(each for names in READ_INTO.findall(text) for each in names.split()),
        }
        read = {one or other for one, other in READ.findall(text)}
        for missing in sorted(each for each in read - given - own if not PROVIDED.fullmatch(each)):
            yield f"{name} is not told {missing}"
        for needless in sorted(
            each for each in given if not re.search(rf"\b{each}\b", text) and not _by_part(each, text)
        ):
            yield f"{name} is told {needless}, which it does not read"
    for name, custom, function in _custom(template):
        for differing in sorted(
            set(PROPERTY.findall(function["Code"]["ZipFile"])) ^ custom.keys() - {"ServiceTimeout", "ServiceToken"}
        ):
            yield f"{name} {'is told' if differing in custom else 'is not told'} {differing}"
    for name, function in resources(template, "AWS::Lambda::Function"):
        given = set(function.get("Environment", {}).get("Variables", {}))
        for differing in sorted(given ^ set(ENVIRON.findall(function["Code"].get("ZipFile", "")))):
            yield f"{name} {'is told' if differing in given else 'is not told'} {differing}"


def functions_have_the_time_that_they_need(template: Rendered) -> Iterator[str]:
    """A function says how long it may run, longer than its code waits; CloudFormation waits longer for its answer.

    One that Lambda stops, after three seconds if nothing is said, answers nobody: CloudFormation waits to the end.
    https://docs.aws.amazon.com/lambda/latest/dg/configuration-timeout.html
    https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/aws-resource-cloudformation-customresource.html
    """
    for name, function in resources(template, "AWS::Lambda::Function"):
        waits = sum(int(each) for found in WAITS.findall(function["Code"]["ZipFile"]) for each in found.split(","))
        if function.get("Timeout", 0) <= waits:
            yield f"{name} waits {waits} seconds, and may run {function.get('Timeout', 'nobody knows how long')}"
    for name, custom, function in _custom(template):
        if custom.get("ServiceTimeout", 0) <= function.get("Timeout", 0):
            yield f"{name} is not waited for as long as its function may run"


def _custom(template: Rendered) -> Iterator[tuple[str, Rendered, Rendered]]:
    """The resources that functions of the template make: name, properties, and the properties of the function."""
    for name, properties in resources(template):
        if template["Resources"][name]["Type"].startswith("Custom::"):
            function = template["Resources"][properties["ServiceToken"]["Fn::GetAtt"][0]]
            yield name, properties, function["Properties"]


def _by_part(name: str, text: str) -> bool:
    r"""Whether the variable is read under a name that is put together: env["MAX_\(.)_FINDINGS"]."""
    first, last = name.partition("_")[0], name.rpartition("_")[2]
    return f'env["{first}_' in text and f'_{last}"]' in text
