"""Promises about builds and functions: their logs, the variables that they read, and their timeouts."""

from __future__ import annotations

import re
from collections.abc import Iterator

from generator.cloudformation.conditional_parts import chosen
from tests.playing import buildspec_of, code_of
from tests.rendered import Rendered, actions, listed, refs, resources, variables_of
from tests.stacked import deployed, identity_statements, users_of
from tests.variants import needed, variants, with_conditions

# Variables that a shell, jq, CodeBuild, the AWS CLI or the buildspec itself sets, or that are checked before their use.
# https://docs.aws.amazon.com/codebuild/latest/userguide/build-env-ref-env-vars.html
PROVIDED = re.compile(r"ARGS|AWS_\w+|CODEBUILD_\w+|BASH_\w+|HOME|HOSTNAME|LINENO|(OLD)?PWD|PATH|SECONDS|TMPDIR")
SET = re.compile(r"(?<![\w$./-])([A-Z][A-Z0-9_]*)=")
READ_INTO = re.compile(r"\b(?:read|for \w+ in) ([\w -]+)")
READ = re.compile(r"\$\{?([A-Z][A-Z0-9_]*)\b(?!:?-)|\benv\.([A-Z][A-Z0-9_]*)\b(?! //| == )")
CHECKED = re.compile(r"\$\{([A-Z][A-Z0-9_]*):?[-=]")
PROPERTY = re.compile(r"\bproperties\[['\"](\w+)['\"]\]")
WAITS = re.compile(r"^WAITS = \(([\d, ]+)\)", re.MULTILINE)
TIME_LIMIT = re.compile(r"\btimeout (?:-\w+ \d+ )?(\d+)m\b")
ENVIRON = re.compile(r"environ\[['\"](\w+)['\"]\]")


def builds_write_their_logs(template: Rendered) -> Iterator[str]:
    """Every build writes its log into a log group of the stack: its own, or one that belongs to builds alone."""
    groups = dict(resources(template, "AWS::Logs::LogGroup"))
    others = [each.get("LoggingConfig", {}).get("LogGroup") for _, each in resources(template, "AWS::Lambda::Function")]
    others += [each.get("LogGroupName") for _, each in resources(template, "AWS::EC2::FlowLog")]
    for name, project in resources(template, "AWS::CodeBuild::Project"):
        logs = project.get("LogsConfig", {}).get("CloudWatchLogs", {})
        group = groups.get(logs.get("GroupName", {}).get("Ref"))
        own = f"{name.removesuffix('Project')}Logs"
        if logs.get("Status") != "ENABLED" or group is None:
            yield f"{name} writes no log into a group of the stack"
        elif logs["GroupName"] in others or (own in groups and group is not groups[own]):
            yield f"{name} writes into {group['LogGroupName']}, which is for something else"


def logs_expire(template: Rendered) -> Iterator[str]:
    """Every log group has a retention, and is deleted with its stack: the next stack needs the name."""
    for name, group in resources(template, "AWS::Logs::LogGroup"):
        if "RetentionInDays" not in group:
            yield f"{name} keeps its logs for ever"
        for policy in ("DeletionPolicy", "UpdateReplacePolicy"):
            if template["Resources"][name].get(policy) != "Delete":
                yield f"{name} stays when the stack is deleted: it needs {policy} Delete"


def reports_go_with_their_stack(template: Rendered) -> Iterator[str]:
    """A report group is deleted with its stack: CodeBuild keeps one with reports, unless they may be deleted.

    https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/aws-resource-codebuild-reportgroup.html
    """
    for name, group in resources(template, "AWS::CodeBuild::ReportGroup"):
        if group.get("DeleteReports") is not True:
            yield f"{name} stays when the stack is deleted: it needs DeleteReports"


def builds_run_docker_where_they_need_it(template: Rendered) -> Iterator[str]:
    """A build is privileged only if its commands call docker.

    https://docs.aws.amazon.com/codebuild/latest/userguide/sample-docker.html
    """
    for name, project in resources(template, "AWS::CodeBuild::Project"):
        needs = re.search(r"\bdocker (pull|build|run)\b", buildspec_of(template, project)) is not None
        if project["Environment"].get("PrivilegedMode", False) is not needs:
            yield f"{name} {'cannot run docker' if needs else 'is privileged'}"


def builds_have_the_time_that_they_wait(template: Rendered) -> Iterator[str]:
    """A build ends by itself: CodeBuild stops it later than the longest that its variables and commands wait.

    https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/aws-resource-codebuild-project.html
    """
    for name, project in resources(template, "AWS::CodeBuild::Project"):
        minutes = sum(map(int, TIME_LIMIT.findall(buildspec_of(template, project))))
        for variable in project["Environment"].get("EnvironmentVariables", ()):
            for parameter in refs(variable.get("Value")):
                if unit := re.search("(Minutes|Seconds)$", parameter):
                    most = template["Parameters"][parameter]["MaxValue"]
                    minutes += most if unit[1] == "Minutes" else most // 60
        given = project.get("TimeoutInMinutes")
        if given is None or given <= minutes:
            yield f"{name} may wait {minutes} minutes, and its TimeoutInMinutes is {given}: set a higher one"


@with_conditions
def alarms_stop_deployments_if_there_are_any(template: Rendered) -> Iterator[str]:
    """A deployment group watches alarms when it has some, and only then."""
    plain = deployed(template, "a-stack", needed(template))
    for variant, stack in (*variants(template), ("with what is required", plain)):
        for name, group in stack.resources("AWS::CodeDeploy::DeploymentGroup"):
            watched = group.get("AlarmConfiguration", {})
            if watched.get("Enabled", False) is not bool(watched.get("Alarms")):
                yield f"{variant}: {name} has {watched}"


@with_conditions
def images_are_built_on_their_own_architecture(template: Rendered) -> Iterator[str]:
    """A build that makes an image for an architecture runs on machines, and in a build image, of that architecture.

    https://docs.aws.amazon.com/codebuild/latest/userguide/build-env-ref-available.html
    """
    for variant, stack in variants(template):
        for name, project in stack.resources("AWS::CodeBuild::Project"):
            environment = project["Environment"]
            variables = {each["Name"]: each["Value"] for each in environment.get("EnvironmentVariables", ())}
            is_for_arm = variables.get("ARCHITECTURE") == "arm64"
            given = (environment["Type"].startswith("ARM_"), "aarch64" in environment["Image"])
            if "ARCHITECTURE" in variables and given != (is_for_arm, is_for_arm):
                where = f"{environment['Type']} with {environment['Image']}"
                yield f"{variant}: {name} makes an image for {variables['ARCHITECTURE']} on {where}"


def builds_get_the_variables_that_they_read(template: Rendered) -> Iterator[str]:
    """A buildspec reads the variables of its project, all of them, and no others; so does the code of a function.

    Variables of the actions that run the project count too: for Inspect, those of all pipelines of its platform.
    """
    passed = {
        name
        for user in users_of(template, "InspectProject")
        for _, _, action in actions(chosen(user))
        for name, _ in variables_of(action)
    }
    for name, project in resources(template, "AWS::CodeBuild::Project"):
        text = buildspec_of(template, project)
        given = {variable["Name"] for variable in project["Environment"].get("EnvironmentVariables", ())}
        own = {
            *CHECKED.findall(text),
            *passed,
            *SET.findall(text),
            *(each for names in READ_INTO.findall(text) for each in names.split()),
        }
        read = {one or other for one, other in READ.findall(text)}
        for missing in sorted(each for each in read - given - own if not PROVIDED.fullmatch(each)):
            yield f"{name} reads {missing}, and neither its project nor an action sets it"
        for needless in sorted(
            each for each in given if not re.search(rf"\b{each}\b", text) and not _by_part(each, text)
        ):
            yield f"{name} has the variable {needless}, which its buildspec does not read"
    for name, custom, function in _custom(template):
        for differing in sorted(
            set(PROPERTY.findall(code_of(function))) ^ custom.keys() - {"ServiceTimeout", "ServiceToken"}
        ):
            yield f"{name} {'has' if differing in custom else 'lacks'} {differing}, unlike the code of its function"
    for name, function in resources(template, "AWS::Lambda::Function"):
        given = set(function.get("Environment", {}).get("Variables", {}))
        for differing in sorted(given ^ set(ENVIRON.findall(code_of(function)))):
            yield f"{name} {'has' if differing in given else 'lacks'} the variable {differing}, unlike its code"


@with_conditions
def secrets_are_fetched(template: Rendered) -> Iterator[str]:
    """A variable that names a secret has the type by which CodeBuild's agent fetches it; others hold plain text.

    https://docs.aws.amazon.com/codebuild/latest/APIReference/API_EnvironmentVariable.html
    """
    minimal = ("with what is required", deployed(template, "a-stack", needed(template)))
    for variant, stack in (minimal, *variants(template)):
        parameters = [
            arn.partition(":parameter")[2]
            for _, statement in identity_statements(stack)
            if "ssm:GetParameters" in listed(statement["Action"])
            for arn in listed(statement["Resource"])
            if not arn.endswith(":parameter")
        ]
        for name, project in stack.resources("AWS::CodeBuild::Project"):
            for variable in project["Environment"].get("EnvironmentVariables", ()):
                is_secret = re.match("arn:[^:]+:secretsmanager:", variable["Value"]) is not None
                stored = "PARAMETER_STORE" if variable["Value"] in parameters else "PLAINTEXT"
                wanted = "SECRETS_MANAGER" if is_secret else stored
                if variable.get("Type", "PLAINTEXT") != wanted:
                    yield f"{variant}: {variable['Name']} of {name} is {variable.get('Type')}, must be {wanted}"


def functions_have_the_time_that_they_need(template: Rendered) -> Iterator[str]:
    """A function may run longer than its code waits; CloudFormation waits for its answer longer than it may run.

    A function that Lambda stops, by default after three seconds, gives no answer: CloudFormation waits to the end.
    https://docs.aws.amazon.com/lambda/latest/dg/configuration-timeout.html
    https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/aws-resource-cloudformation-customresource.html
    """
    for name, function in resources(template, "AWS::Lambda::Function"):
        waits = sum(int(each) for found in WAITS.findall(code_of(function)) for each in found.split(","))
        if function.get("Timeout", 0) <= waits:
            yield f"{name} waits {waits} seconds, and its Timeout is {function.get('Timeout', 3)}"
    for name, custom, function in _custom(template):
        if custom.get("ServiceTimeout", 0) <= function.get("Timeout", 0):
            yield f"{name} has the ServiceTimeout {custom.get('ServiceTimeout')}, its function may run longer"


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
