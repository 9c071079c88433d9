"""Promises about permissions in use: the stacks are tested with all requests of a run, and with others."""

from __future__ import annotations

import re
from collections.abc import Container, Iterator
from dataclasses import replace

from generator.authorization.decisions import Request
from generator.authorization.permissions import Granted, granted
from generator.authorization.policy_patterns import is_action
from generator.cloudformation.offline_stack import OfflineStack
from tests.playing import commands_unheard_of, played, runs, standing
from tests.rendered import Rendered, alternatives, listed, resources
from tests.service_reference import has_no_narrower_resource
from tests.stacked import SUBJECT, identity_statements, label_of
from tests.variants import variants, with_conditions

# Grants that no run needs: who uses them, and the reason.
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
# Permissions of a role on resources of other stacks, and why nothing narrower is possible.
REACHES_OTHERS = {
    "WatchAlarms": "no page says that CodeDeploy asks for its alarms by name",
    "PullBases": "the ARNs are made of a list: each one names a repository of this account, in any region",
    "TagTask": "the family of the task definition is chosen by the service; the condition names the operation",
}


@with_conditions
def runs_have_the_permissions_that_they_need(template: Rendered) -> Iterator[str]:
    """AWS's services, the commands of builds and the code of functions are allowed all their requests.

    The run goes through all stacks: a pipeline runs the Inspect of its platform, in the network of that.
    """
    for variant, stacks in runs(template):
        for request, decision in played(stacks):
            if not decision.allowed:
                yield f"{variant}: {request.action} is refused: {decision.reason}"
    yield from commands_unheard_of(template)


@with_conditions
def nothing_is_granted_that_no_run_needs(template: Rendered) -> Iterator[str]:
    """Each action of each role, key, topic and queue is used by some run, or is in NEVER_SEEN with a reason.

    Of a policy that several roles have, one role must use each action. Every grant of a platform is used by some
    pipeline.
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
    for _, stacks in runs(template):
        granted_ |= dict.fromkeys(granted(standing(stacks)))
        used |= {
            (statement, request.action)
            for request, decision in played(stacks)
            if decision.allowed
            for statement in decision.by
        }
    for statement, action in granted_:
        owner, _, sid = statement.partition("/")
        if label_of(owner) and sid not in shared:
            continue  # of another template, which makes this promise itself
        kind = kinds.get(owner, "endpoint" if owner in template["Resources"] else "")
        is_used = any(_is_same(statement, name, shared) and is_action(action, each) for name, each in used)
        if kind != "endpoint" and not is_used and action != "kms:*" and (kind, action) not in NEVER_SEEN:
            yield f"{statement} allows {action}, which no run asks for"


@with_conditions
def roles_reach_nothing_of_others(template: Rendered) -> Iterator[str]:
    """The roles of this stack are refused every request of another stack's run in this account and region.

    Both stacks import from the same ones: two pipelines share a platform, and may use what they import in the same
    ways. Requests of this stack are refused in another region. Actions without resource-level permissions are granted
    on every resource. Of a request for several resources, each is refused separately: the statement must be narrow in
    all of them.
    """
    for (_, ones), (_, others) in zip(runs(template, "a"), runs(template, "b"), strict=True):
        one, other = ones[SUBJECT], others[SUBJECT]
        ours = {other.arn(title): one.arn(title) for title, _ in one.resources("AWS::IAM::Role")}
        own = [each for request, _ in played(ones) if request.principal in ours.values() for each in _single(request)]
        theirs = [
            replace(each, principal=ours[request.principal])
            for request, _ in played(others)
            if request.principal in ours
            for each in _single(request)
        ]
        policies = standing(ones)
        shared = {(request.action, *request.resources) for request in own if _is_imported(one, request)}
        for request in (*theirs, *map(_elsewhere, own)):
            is_open = has_no_narrower_resource(request.action) or request.resources == ("*",)
            decision = policies.decide(request)
            by = {name.partition("/")[2] for name in decision.by}
            is_own = request in own or (request.action, *request.resources) in shared
            if decision.allowed and not is_open and not is_own and not by & REACHES_OTHERS.keys():
                yield f"{request.principal} may {request.action} on {', '.join(request.resources)}"


@with_conditions
def resources_have_an_account(template: Rendered) -> Iterator[str]:
    """No role is allowed anything on resources whose ARN leaves the account open, unless a condition names it."""
    for _, stack in variants(template):
        for place, statement in identity_statements(stack):
            condition = statement.get("Condition", {}).get("StringEquals", {})
            is_ours = condition.get("aws:ResourceAccount") == stack.place.account
            for arn in listed(statement["Resource"]):
                if "*" in (arn.split(":") + [""] * 5)[4] and not is_ours:
                    yield f"{place} reaches {arn}"


def _single(request: Request) -> list[Request]:
    """The request, for each of its resources."""
    return [replace(request, resources=(resource,)) for resource in request.resources]


def _is_imported(stack: OfflineStack, request: Request) -> bool:
    """Whether the request is on resources that the stack imports: the key of its platform, the project of Inspect."""
    known = {*(stack.imports or {}).values()}
    return all({resource, resource.rpartition("/")[2]} & known for resource in request.resources)


def _is_same(statement: str, other: str, shared: Container[str]) -> bool:
    """Whether two statements, each called by its role, are the same one."""
    sid = statement.partition("/")[2]
    return statement == other or (sid in shared and sid == other.partition("/")[2])


def _elsewhere(request: Request) -> Request:
    """The request, on the same resources in another region."""
    arns = (re.sub(r"^(arn:[^:]*:[^:]*:)[^:]+:", r"\1xx-other-9:", arn) for arn in request.resources)
    return replace(request, resources=tuple(arns))


def _kinds(template: Rendered) -> dict[str, str]:
    """The resources with policies: roles by the service that assumes them, all others by their type."""
    kinds = {}
    for name, properties in resources(template):
        kind = template["Resources"][name]["Type"]
        if kind == "AWS::IAM::Role":
            principal = properties["AssumeRolePolicyDocument"]["Statement"][0]["Principal"]
            kinds[name] = str(principal.get("Service", "")).partition(".")[0]
        elif kind != "AWS::EC2::VPCEndpoint":
            kinds[name] = kind.rpartition("::")[2].lower()
    return kinds
