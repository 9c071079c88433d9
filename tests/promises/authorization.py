"""Promises about permissions in use: a stack of the template is asked for all that a run needs, and for more."""

from __future__ import annotations

import re
from collections.abc import Container, Iterator
from dataclasses import replace

from generator.emulator.authorization import Request
from generator.emulator.patterns import is_action
from generator.emulator.permissions import Granted, granted
from generator.emulator.policies import policies_of
from tests.playing import commands_unheard_of, played, variants, with_conditions
from tests.promises.permissions import EVERYWHERE
from tests.rendered import Rendered, alternatives, listed, resources

# What is granted and seen in no run, by who uses it, and why it is granted all the same.
_ARTIFACTS = "AWS lists it for artifacts: codepipeline/latest/userguide/pipelines-create-cross-account.html"
_MINIMUM = "AWS's minimum for every pipeline: codepipeline/latest/userguide/how-to-custom-role.html"
NEVER_SEEN = {
    **{
        (service, f"kms:{use}"): _ARTIFACTS
        for service in ("codebuild", "codepipeline")
        for use in ("DescribeKey", "Encrypt", "ReEncryptFrom", "ReEncryptTo")
    },
    ("key", "kms:DescribeKey"): "AWS lists it for log groups: AmazonCloudWatch/latest/logs/encrypt-log-data-kms.html",
    **{("codepipeline", f"s3:{get}"): _MINIMUM for get in ("GetObject", "GetObjectVersion")},
}
# What a role may do to things of other stacks, and why nothing narrower is possible.
REACHES_OTHERS = {
    "WatchAlarms": "no page says that CodeDeploy asks for its alarms by name; it tells states",
    "PullBases": "the ARNs are made of a list: each one names a repository of this account, in whatever region",
    "TagTask": "the family of the task definition is the service's business; the condition names the operation",
}


@with_conditions
def a_run_may_do_what_it_does(template: Rendered) -> Iterator[str]:
    """AWS's services, the commands of builds and the code of functions are allowed all that they ask for."""
    for variant, stack in variants(template):
        for request, decision in played(stack):
            if not decision.allowed:
                yield f"{variant}: {request.action} is refused: {decision.reason}"
    for command in commands_unheard_of(template):
        yield f"nobody has written down what {command} needs"


@with_conditions
def nothing_is_granted_that_no_run_needs(template: Rendered) -> Iterator[str]:
    """Each action of each role, key, topic and queue is used by something that asks for it, or is on a short list.

    What roles share, one of them uses.
    """
    kinds = _kinds(template)
    shared = {
        statement["Sid"]
        for _, policy in resources(template, "AWS::IAM::ManagedPolicy")
        for entry in policy["PolicyDocument"]["Statement"]
        for statement in alternatives(entry)
    }
    granted_: dict[Granted, None] = {}
    used: set[tuple[str, str]] = set()
    for _, stack in variants(template):
        granted_ |= dict.fromkeys(granted(policies_of(stack)))
        used |= {
            (statement, request.action)
            for request, decision in played(stack)
            if decision.allowed
            for statement in decision.by
        }
    for statement, action in granted_:
        kind = kinds.get(statement.split("/")[0], "endpoint")
        is_used = any(_is_same(statement, name, shared) and is_action(action, each) for name, each in used)
        if kind != "endpoint" and not is_used and action != "kms:*" and (kind, action) not in NEVER_SEEN:
            yield f"{statement} allows {action}, which nothing asks for"


@with_conditions
def roles_reach_nothing_of_others(template: Rendered) -> Iterator[str]:
    """What a run of another stack needs, in this account and region, is refused to the roles of this one.

    So is what this one needs, in another region. Actions that know no resource are granted on everything.
    """
    for (_, one), (_, other) in zip(variants(template, "a"), variants(template, "b"), strict=True):
        ours = {other.arn(title): one.arn(title) for title, _ in one.resources("AWS::IAM::Role")}
        own = [request for request, _ in played(one) if request.principal in ours.values()]
        theirs = [
            replace(request, principal=ours[request.principal])
            for request, _ in played(other)
            if request.principal in ours
        ]
        policies = policies_of(one)
        for request in (*theirs, *map(_elsewhere, own)):
            is_open = request.action in EVERYWHERE or request.resources == ("*",)
            decision = policies.decide(request)
            by = {name.partition("/")[2] for name in decision.by}
            if decision.allowed and not is_open and request not in own and not by & REACHES_OTHERS.keys():
                yield f"{request.principal} may {request.action} on {', '.join(request.resources)}"


@with_conditions
def resources_have_an_account(template: Rendered) -> Iterator[str]:
    """No role is allowed anything on resources whose ARN leaves the account open, unless a condition names it."""
    for _, stack in variants(template):
        for policies in policies_of(stack).identity.values():
            for policy in policies:
                for statement in policy.document["Statement"]:
                    condition = statement.get("Condition", {}).get("StringEquals", {})
                    is_ours = condition.get("aws:ResourceAccount") == stack.place.account
                    for arn in listed(statement["Resource"]):
                        if "*" in (arn.split(":") + [""] * 5)[4] and not is_ours:
                            yield f"{policy.name}/{statement['Sid']} reaches {arn}"


def _is_same(statement: str, other: str, shared: Container[str]) -> bool:
    """Whether two statements, each called by its role, are the same one."""
    sid = statement.partition("/")[2]
    return statement == other or (sid in shared and sid == other.partition("/")[2])


def _elsewhere(request: Request) -> Request:
    """The request, on the same things in another region."""
    arns = (re.sub(r"^(arn:[^:]*:[^:]*:)[^:]+:", r"\1xx-other-9:", arn) for arn in request.resources)
    return replace(request, resources=tuple(arns))


def _kinds(template: Rendered) -> dict[str, str]:
    """What has policies: of a role the service that assumes it, of all else what it is."""
    kinds = {}
    for name, properties in resources(template):
        kind = template["Resources"][name]["Type"]
        if kind == "AWS::IAM::Role":
            principal = properties["AssumeRolePolicyDocument"]["Statement"][0]["Principal"]
            kinds[name] = str(principal.get("Service", "")).partition(".")[0]
        elif kind != "AWS::EC2::VPCEndpoint":
            kinds[name] = kind.rpartition("::")[2].lower()
    return kinds
