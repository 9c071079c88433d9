"""Promises about the choices of a user: which ones are refused, and the defaults."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from typing import Any

from generator.cloudformation.offline_stack import OfflineStack
from generator.cloudformation.parameter_types import problems
from generator.cloudformation.template_rules import broken
from tests.rendered import Rendered, actions, listed, refs
from tests.samples import choices, sample
from tests.stacked import deployed
from tests.variants import refusals, variants, with_conditions

# Characters that no name, ARN, pattern or address contains, and that a shell, JSON or a template could take for more
# than text.
RUBBISH = ('"', "$(id)", "a;b", "${AWS::Region}", "a b\tc", "#{variables.PushedTag}", "\\")
# The defaults that are right: the careful ones, or the usual names. An empty limit of a pipeline is the platform's.
CAREFUL: dict[str, tuple[object, ...]] = {
    "AssignPublicIp": ("DISABLED",),
    "BranchName": ("main",),
    "BuildContext": (".",),
    "BuildNetwork": ("platform", "network", "existing"),
    "Dockerfile": ("Dockerfile",),
    "FeatureTagPattern": ("feature-*",),
    "GitBranch": ("main",),
    "InspectConditions": ("on",),
    "MaxCriticalFindings": (0, ""),
    "MaxHighFindings": (0, ""),
    "MembersMayRead": ("no",),
    "MissingScan": ("fail",),
    "Network": ("main",),
    "Platform": ("main",),
    "RegistryScanning": ("as-is",),
    "ReleaseTagPattern": ("v*",),
    "RepositoryFilter": ("*",),
    "StagingTagPattern": ("rc-*",),
    "TaskBeforeDeployment": ("no",),
    "UnfixedFindings": ("count",),
    "UnscannedImage": ("",),
    "UnsupportedScan": ("fail",),
}
# The ARN of a resource without a name.
NAMELESS = re.compile("arn:([^:]*:){4}([a-z-]+[/:])?")

# Parameters that a rule requires with the defaults of all others: a network for the builds, containers without a chart,
# a channel, and instances, by one of three ways.
REQUIRED_BY_RULES = {
    "AutoScalingGroupName",
    "Containers",
    "EndpointSecurityGroupId",
    "InstanceTag",
    "OnPremisesTag",
    "S3PrefixListId",
    "SlackChannelId",
    "SlackWorkspaceId",
    "SubnetIds",
    "VpcId",
}
EXISTING_VPC = ("EndpointSecurityGroupId", "S3PrefixListId", "SubnetIds", "VpcId")

SLACK, TEAMS = ("SlackWorkspaceId", "SlackChannelId"), ("TeamsTenantId", "TeamId", "TeamsChannelId")
HELM = ("HelmArchive", "HelmChartSha256", "HelmSha256")

GIVEN = None
# Combinations that cannot be deployed: the rules of every template that has these parameters refuse them. In a template
# with BuildNetwork, Network is only a name.
IMPOSSIBLE: tuple[dict[str, str | None], ...] = (
    {"StagingService": "none", "ProductionService": "none"},
    {"StagingDeployer": "none", "ProductionDeployer": "none"},
    {"StagingService": "same", "ProductionService": "same"},
    {"StagingDeployer": "same", "ProductionDeployer": "same"},
    *(
        {f"{stage}{what}": GIVEN, f"{stage}{needed}": "none"}
        for stage in ("Staging", "Production")
        for what in ("Service", "Deployer")
        for needed in ("Containers", "TaskRoleArns")
    ),
    *(
        {f"Staging{what}": "none", each: GIVEN}
        for what in ("Service", "Deployer")
        for each in ("ValidationFunctionArn", "TestProjectName")
    ),
    {"AlarmName": "", "OtherAlarmName": GIVEN},
    {"AlarmName": "same", "OtherAlarmName": "same"},
    {"Hooks": GIVEN, "HookFunctionArns": ""},
    {"Hooks": "", "HookFunctionArns": GIVEN},
    *(
        {f"{stage}{what}": "none", f"{stage}{left}": GIVEN}
        for stage in ("Staging", "Production")
        for what in ("Service", "Deployer")
        for left in ("Containers", "TaskRoleArns")
    ),
    {"ReleaseTagPattern": "same", "StagingTagPattern": "same"},
    {"ReleaseTagPattern": "same", "FeatureTagPattern": "same"},
    {"StagingTagPattern": "same", "FeatureTagPattern": "same"},
    {"ReplicationAccountId": GIVEN, "ReplicationRegion": ""},
    {"GitHubOidcProviderArn": GIVEN, "GitHubRepository": ""},
    {"GitHubOidcProviderArn": "", "GitHubRepository": GIVEN},
    *({"BuildNetwork": "existing", **dict.fromkeys(EXISTING_VPC, GIVEN), each: ""} for each in EXISTING_VPC),
    *({"Network": "none", **dict.fromkeys(EXISTING_VPC, GIVEN), each: ""} for each in EXISTING_VPC),
    *({"BuildNetwork": "nat", "VpcId": GIVEN, "SubnetIds": GIVEN, each: ""} for each in ("VpcId", "SubnetIds")),
    *(
        {"BuildNetwork": "nat", "VpcId": GIVEN, "SubnetIds": GIVEN, each: GIVEN}
        for each in ("EndpointSecurityGroupId", "S3PrefixListId")
    ),
    *({"BuildNetwork": "network", each: GIVEN} for each in EXISTING_VPC),
    *({"BuildNetwork": "internet", each: GIVEN} for each in EXISTING_VPC),
    *({"Network": "main", each: GIVEN} for each in EXISTING_VPC),
    {"CodeArtifactBucketArn": GIVEN, "CreateCodeartifactApiEndpoint": "no"},
    {"CodeArtifactBucketArn": GIVEN, "CreateCodeartifactRepositoriesEndpoint": "no"},
    *({"Chat": "slack", **dict.fromkeys(SLACK, GIVEN), **dict.fromkeys(TEAMS, ""), each: ""} for each in SLACK),
    *({"Chat": "slack", **dict.fromkeys(SLACK, GIVEN), **dict.fromkeys(TEAMS, ""), each: GIVEN} for each in TEAMS),
    *({"Chat": "teams", **dict.fromkeys(TEAMS, GIVEN), **dict.fromkeys(SLACK, ""), each: ""} for each in TEAMS),
    *({"Chat": "teams", **dict.fromkeys(TEAMS, GIVEN), **dict.fromkeys(SLACK, ""), each: GIVEN} for each in SLACK),
    {"Chat": "teams", "TeamsTenantId": "same", "TeamId": "same", "TeamsChannelId": GIVEN, **dict.fromkeys(SLACK, "")},
    {"CacheRepositoryName": GIVEN, "BuildKitImage": ""},
    {"CacheRepositoryName": "same", "RepositoryName": "same", "BuildKitImage": GIVEN},
    {"GitTagPattern": GIVEN, "SourcePaths": GIVEN},
    {"RegistryCredentialsArn": GIVEN, "BuildNetwork": "platform"},
    *({f"Production{what}": "none", "ProductionWindow": GIVEN} for what in ("Service", "Deployer")),
    {"ProductionWindow": "", "ProductionAlarm": GIVEN},
    {"HelmChart": "", "Containers": "", **dict.fromkeys(HELM, "")},
    *({"HelmChart": "", "Containers": GIVEN, **dict.fromkeys(HELM, ""), each: GIVEN} for each in HELM),
    {"HelmChart": GIVEN, "Containers": GIVEN, **dict.fromkeys(HELM, GIVEN)},
    *({"HelmChart": GIVEN, "Containers": "", **dict.fromkeys(HELM, GIVEN), each: ""} for each in HELM),
)


def parameters_refuse_rubbish(template: Rendered) -> Iterator[str]:
    """A text is one of a list or matches a pattern, and no pattern accepts a quote or a command."""
    for name, declaration in template.get("Parameters", {}).items():
        if declaration["Type"] in ("String", "CommaDelimitedList") and "AllowedValues" not in declaration:
            for rubbish in RUBBISH:
                if not any(problems(declaration, rubbish)):
                    yield f"{name} takes {rubbish}"


def numbers_have_limits(template: Rendered) -> Iterator[str]:
    """A number has a least and a greatest value."""
    for name, declaration in template.get("Parameters", {}).items():
        if declaration["Type"] == "Number" and not {"MinValue", "MaxValue"} <= declaration.keys():
            yield f"{name} has no MinValue or no MaxValue"


def defaults_are_careful(template: Rendered) -> Iterator[str]:
    """The default of a choice is the careful or the usual one; and every parameter takes its own default."""
    for name, declaration in template.get("Parameters", {}).items():
        default = declaration.get("Default")
        careful = (_overlap(template),) if name == "ExecutionMode" else CAREFUL.get(name, (default,))
        costs = name.startswith("Create") and default != "no"
        if default not in (*careful, None) or costs or str(default).endswith("AllAtOnce"):
            yield f"{name} is {default!r} by default, must be one of {careful}"
        if default is not None and any(problems(declaration, str(default))):
            yield f"{name} does not take its own default"


def _overlap(template: Rendered) -> str:
    """A newer image replaces one that waits for an approval; of commits, each one has its image built."""
    asks = any(action["ActionTypeId"]["Category"] == "Approval" for _, _, action in actions(template))
    return "SUPERSEDED" if asks else "QUEUED"


def rules_mention_what_they_check(template: Rendered) -> Iterator[str]:
    """A rule looks at each parameter that its message mentions, and some values of its parameters are refused."""
    for name, rule in template.get("Rules", {}).items():
        asked = set(refs(rule))
        text = " ".join(assertion["AssertDescription"] for assertion in rule["Assertions"])
        for parameter in template["Parameters"]:
            if re.search(rf"\b{parameter}\b", text) and parameter not in asked:
                yield f"{name} mentions {parameter} in its message and does not look at it"
        if asked and not any(any(broken({name: rule}, values)) for values in _tries(template, asked)):
            yield f"{name} refuses nothing, whatever its parameters are"


def impossible_combinations_are_refused(template: Rendered) -> Iterator[str]:
    """A rule refuses each combination that would fail later, in a template that has its parameters."""
    declared = template.get("Parameters", {})
    defaults = _defaults(template)
    given = sample(template, "a", optional=True)
    for case in IMPOSSIBLE:
        if case.keys() <= declared.keys() and not ("Network" in case and "BuildNetwork" in declared):
            chosen = _left_out(case, declared)
            chosen |= {name: given.get(name, "given") if value is GIVEN else value for name, value in case.items()}
            if not any(broken(template.get("Rules", {}), {**defaults, **sample(template, "a"), **chosen})):
                yield f"no rule refuses {chosen}, which cannot be deployed"


def rules_let_the_careful_pass(template: Rendered) -> Iterator[str]:
    """No rule refuses a user who types only the required values."""
    declared = template.get("Parameters", {})
    values = {name: str(declaration.get("Default", "")) for name, declaration in declared.items()}
    needed = sample(template, "a")
    for name, message in broken(template.get("Rules", {}), values | needed):
        yield f"{name} refuses what is required: {message}"
    for name in sorted(needed.keys() - REQUIRED_BY_RULES):
        if "Default" in declared[name]:
            yield f"{name} has a default, and a rule requires it with that default; REQUIRED_BY_RULES has exceptions"


@with_conditions
def empty_values_make_no_property(template: Rendered) -> Iterator[str]:
    """An empty value is left out: no resource has an empty property, except variables of builds and functions."""
    for variant, stack in (*variants(template), *_without_one(template)):
        for title, properties in stack.resources():
            for path in _empty(properties):
                if "Variables" not in path:
                    yield f"{variant}: {title}{path} is empty"


def missing_resources_are_created(template: Rendered) -> Iterator[str]:
    """A resource that replaces an existing one is created exactly if none is given."""
    for node in _ifs(template["Resources"]):
        condition, own, given = node["Fn::If"]
        title = listed(own.get("Ref", own.get("Fn::GetAtt")) if isinstance(own, dict) else None)[0]
        is_parameter = isinstance(given, dict) and given.get("Ref") in template.get("Parameters", {})
        if title in template["Resources"] and is_parameter:
            made_under = template["Resources"][title].get("Condition")
            empty = {"Fn::Equals": [given, ""]}
            if made_under != condition or template["Conditions"][condition] != empty:
                yield f"{title} is made under {made_under}, and used under {condition}"


@with_conditions
def given_values_are_used(template: Rendered) -> Iterator[str]:
    """Every optional parameter that is given appears in some resource."""
    given = sample(template, "a", optional=True)
    optional = {name for name in given if template["Parameters"][name].get("Default") == ""}
    stacks = [stack for _, stack in variants(template)]
    for name in optional:  # one that rules refuse beside others is used alone, or with all that can be chosen
        alone = {**sample(template, "a"), name: given[name]}
        for values in (alone, {**alone, **dict(choices(template))}):
            if not refusals(template, values):
                stacks.append(deployed(template, "a-stack", values))
    whole = [json.dumps([*stack.resources()]) for stack in stacks]
    for name in sorted(optional):
        if not any(re.split("[/=]", given[name].split(",")[0])[-1] in text for text in whole):
            yield f"{name} is given, and no resource contains it"


def _without_one(template: Rendered) -> Iterator[tuple[str, OfflineStack]]:
    """Stacks with all required and with all possible values, each without one of them, if the rules accept that.

    Also each with one item of a list.
    """
    for values in (sample(template, "a", optional=True), sample(template, "a")):
        for name, declaration in template.get("Parameters", {}).items():
            for less in ("", values.get(name, "").partition(",")[0]):
                left = {**values, name: less}
                is_allowed = less != values.get(name) and not any(problems(declaration, less))
                if is_allowed and not refusals(template, left):
                    yield f"with {name}={less}", deployed(template, "a-stack", left)


def _left_out(case: Mapping[str, str | None], declared: Rendered) -> dict[str, str]:
    """The other parameters of stages that a case leaves out: their own rules have nothing to say."""
    stages = [name.removesuffix(of) for name in case for of in ("Service", "Deployer") if case[name] == "none"]
    required = [name for name, each in declared.items() if "Default" not in each]
    return {name: "none" for name in required if name.startswith(tuple(stages))}


def _defaults(template: Rendered) -> dict[str, str]:
    return {name: str(declaration.get("Default", "")) for name, declaration in template.get("Parameters", {}).items()}


def _ifs(node: Any) -> Iterator[Rendered]:
    if isinstance(node, dict) and "Fn::If" in node:
        yield node
    for item in node.values() if isinstance(node, dict) else node if isinstance(node, list) else ():
        yield from _ifs(item)


def _tries(template: Rendered, asked: set[str]) -> Iterator[dict[str, str | list[str] | None]]:
    """Values for the parameters that a rule looks at: all alike, each its own, one after the other empty or chosen."""
    declared = template["Parameters"]
    filled = {name: str(declaration.get("Default", "")) for name, declaration in declared.items()}
    filled |= {**dict.fromkeys(asked - declared.keys(), "here"), **sample(template, "a", optional=True)}
    words = ("", "none", *(str(value) for name in asked for value in declared.get(name, {}).get("AllowedValues", ())))
    names = sorted(asked)
    for bits in range(2 ** len(names)):
        for word in words:
            for other in words:
                chosen = {name: word if bits >> number & 1 else other for number, name in enumerate(names)}
                yield {**filled, **{name: value or filled[name] * (value is None) for name, value in chosen.items()}}
            yield {**filled, **{name: word for number, name in enumerate(names) if bits >> number & 1}}
    yield {**filled, **dict.fromkeys(names, "the same")}


def _is_no_arn(value: Any, path: str) -> bool:
    """Whether a policy has something else than an ARN as a resource, which means that a part of it was empty."""
    return "/Resource" in path and "/Statement/" in path and not str(value).startswith(("*", "arn:"))


def _empty(value: Any, path: str = "") -> Iterator[str]:
    if isinstance(value, dict):
        for key, item in value.items():
            yield from _empty(item, f"{path}/{key}")
    elif isinstance(value, list):
        for number, item in enumerate(value):
            yield from _empty(item, f"{path}/{number}")
    elif value == "" or (isinstance(value, str) and NAMELESS.fullmatch(value)) or _is_no_arn(value, path):
        yield path
