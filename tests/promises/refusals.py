"""Promises about what policies of resources refuse: each is tested with requests that must not be allowed."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import replace

from generator.authorization.decisions import Policies, Request, decide
from generator.authorization.service_principals import requests_of_services
from generator.cloudformation.offline_stack import OfflineStack
from tests.playing import alone, played, runs, standing
from tests.playing_images import ANYTHING, assumed_by_github, pulls, pushers
from tests.promises.gate import LISTS
from tests.rendered import Rendered
from tests.samples import sample
from tests.stacked import exported_kinds
from tests.uploads import KEY_ID, encrypted
from tests.variants import variants, with_conditions

ADMINISTRATOR = "arn:aws:iam::111122223333:role/administrator"
FOREIGN = "999988887777"
CIRCUMSTANCES = {
    "codeconnections:FullRepositoryId",
    "codestar-connections:FullRepositoryId",
    "ec2:AuthorizedService",
    "ecs:CreateAction",
    "iam:PassedToService",
    "sts:AWSServiceName",
}
# Services that act for any resource of this account: the resource gets its name after the policy that would name it.
# No other account gains a permission.
ACTS_FOR_THE_ACCOUNT = {
    "cloudwatch": "the alarm's topic, and the topic's key, exist before the alarm",
    "events": "a rule's role, and its queue's key, exist before the rule",
    "vpc-flow-logs": "a flow log's role exists before the flow log",
}
# The same for what other stacks import.
SERVES_THE_ACCOUNT = {"logs": "the key of a platform encrypts the log groups of pipelines that are made later"}


@with_conditions
def buckets_refuse_unsafe_requests(template: Rendered) -> Iterator[str]:
    """Even an administrator is refused plain HTTP and uploads that do not name the bucket's key, and nothing else.

    Without the id of a key, S3 encrypts with AWS's own key aws/s3.
    """
    for _, stack in variants(template):
        policies = standing(alone(stack))
        for title, _ in stack.resources("AWS::S3::Bucket"):
            bucket = stack.arn(title)
            # Lists of accepted findings have one writer: tests/promises/gate.py.
            asking = stack.parameters.get("AcceptingRoleArn", "") if title == LISTS else ADMINISTRATOR
            right, encryption = encrypted([stack], title), "s3:x-amz-server-side-encryption"
            https = {"aws:SecureTransport": "true"}
            for action, arn, context, allowed in (
                ("s3:GetObject", f"{bucket}/x", https, True),
                ("s3:GetObject", f"{bucket}/x", {"aws:SecureTransport": "false"}, False),
                ("s3:ListBucket", bucket, https, True),
                ("s3:ListBucket", bucket, {"aws:SecureTransport": "false"}, False),
                ("s3:PutObject", f"{bucket}/x", right, True),
                ("s3:PutObject", f"{bucket}/x", {**right, KEY_ID: f"{right[KEY_ID]}x"}, False),
                ("s3:PutObject", f"{bucket}/x", {**https, encryption: "aws:kms"}, False),
                ("s3:PutObject", f"{bucket}/x", {**https, encryption: "AES256"}, False),
                ("s3:PutObject", f"{bucket}/x", https, False),
            ):
                asked = Request(principal=asking, action=action, resources=(arn,), context=context)
                given = Policies(identity=[ANYTHING], resource=policies.own.get(bucket))
                if decide(asked, given).allowed != allowed:
                    yield f"{title} {'refuses' if allowed else 'allows'} {action} with {context}"


@with_conditions
def services_act_for_this_stack_only(template: Rendered) -> Iterator[str]:
    """A service that may act for this stack may not act for another one, least of all for another account."""
    acts_for_the_account = {*ACTS_FOR_THE_ACCOUNT, *(SERVES_THE_ACCOUNT if exported_kinds(template) else ())}
    for (_, one), (_, other) in zip(variants(template, "a"), variants(template, "b"), strict=True):
        policies = standing(alone(one))
        for ours, theirs in zip(requests_of_services(one), requests_of_services(other), strict=True):
            elsewhere = {key: str(value).replace(one.place.account, FOREIGN) for key, value in ours.context.items()}
            if policies.decide(replace(ours, context={"aws:SourceAccount": FOREIGN} | elsewhere)).allowed:
                yield f"{ours.principal} may {ours.action} for another account"
            for other_context in _further_away(ours.context):
                if policies.decide(replace(ours, context=other_context)).allowed:
                    yield f"{ours.principal} may {ours.action} for {other_context}"
            neighbour = replace(ours, context=theirs.context)
            if (
                ours.context != theirs.context
                and ours.principal.partition(".")[0] not in acts_for_the_account
                and policies.decide(neighbour).allowed
            ):
                yield f"{ours.principal} may {ours.action} for another stack"


@with_conditions
def the_account_keeps_its_keys(template: Rendered) -> Iterator[str]:
    """Administrators of the account can manage the keys of a stack: otherwise a key could never be changed or deleted.

    https://docs.aws.amazon.com/kms/latest/developerguide/key-policy-default.html
    """
    for _, stack in variants(template):
        policies = standing(alone(stack))
        for title, _ in stack.resources("AWS::KMS::Key"):
            given = Policies(identity=[ANYTHING], resource=policies.own.get(stack.arn(title)))
            for action in ("kms:PutKeyPolicy", "kms:ScheduleKeyDeletion", "kms:Decrypt"):
                asked = Request(principal=ADMINISTRATOR, action=action, resources=(stack.arn(title),))
                if not decide(asked, given).allowed:
                    yield f"an administrator may not {action} of {title}"


@with_conditions
def grants_on_keys_are_made_by_services_only(template: Rendered) -> Iterator[str]:
    """Even an administrator cannot create a grant on a key, except through a service of AWS on their behalf.

    https://docs.aws.amazon.com/kms/latest/developerguide/conditions-kms.html#conditions-kms-grant-is-for-aws-resource
    """
    for _, stack in variants(template):
        policies = standing(alone(stack))
        for title, _ in stack.resources("AWS::KMS::Key"):
            given = Policies(identity=[ANYTHING], resource=policies.own.get(stack.arn(title)))
            for by_a_service, context in ((True, "true"), (False, "false"), (False, "")):
                keys = {"kms:GrantIsForAWSResource": context} if context else {}
                arns = (stack.arn(title),)
                asked = Request(principal=ADMINISTRATOR, action="kms:CreateGrant", resources=arns, context=keys)
                if decide(asked, given).allowed is not by_a_service:
                    yield f"an administrator may {'not ' if by_a_service else ''}make a grant on {title} with {keys}"


@with_conditions
def roles_act_only_under_their_conditions(template: Rendered) -> Iterator[str]:
    """A role is passed to one service, an interface is for one service, tags are set in one operation."""
    for _, stacks in runs(template):
        policies = standing(stacks)
        for request, decision in played(stacks):
            for key in CIRCUMSTANCES & request.context.keys() if decision.allowed else ():
                other = replace(request, context={**request.context, key: "other.amazonaws.com"})
                if policies.decide(other).allowed:
                    yield f"{request.principal} may {request.action} under any {key}"


@with_conditions
def only_the_branch_that_is_named_pushes(template: Rendered) -> Iterator[str]:
    """A role for GitHub is not for another repository, another branch, or tokens for another audience."""
    for _, stack in variants(template):
        for title, provider in pushers(stack):
            for name in ("GitHubRepository", "GitHubBranch", "audience"):
                other = {**stack.parameters, name: f"other/{name}"}
                if standing(alone(stack)).decide(assumed_by_github(stack, title, provider, other)).allowed:
                    yield f"{title} is for another {name}"


@with_conditions
def only_those_that_are_named_pull(template: Rendered) -> Iterator[str]:
    """The policy of a repository allows neither an account that was not named nor, unless it is chosen, Lambda."""
    for variant, stack in variants(template):
        others = {"PullAccountIds": FOREIGN, "LambdaPulls": "yes", "account": FOREIGN}
        unwanted = {} if stack.parameters.get("LambdaPulls") == "yes" else {"LambdaPulls": "yes"}
        for request, decision in (*pulls(stack, others), *pulls(stack, unwanted)):
            if decision.allowed:
                yield f"{variant}: {request.principal} may {request.action} with {request.context}"


@with_conditions
def those_that_are_named_pull(template: Rendered) -> Iterator[str]:
    """The policy of a repository allows each account that is named, and Lambda if it is chosen: one or both."""
    declared = template.get("Parameters", {})
    accounts, functions = {"PullAccountIds": FOREIGN}, {"LambdaPulls": "yes"}
    for named in (
        (accounts, functions, {**accounts, **functions}) if {"PullAccountIds", "LambdaPulls"} <= {*declared} else ()
    ):
        stack = OfflineStack(template=template, name="a-stack", parameters={**sample(template, "a"), **named})
        for request, decision in pulls(stack, named):
            if not decision.allowed:
                yield f"{request.principal} may not {request.action} with {named}"


def _further_away(context: Mapping[str, str | tuple[str, ...]]) -> Iterator[dict[str, str]]:
    """The same conditions in another region, and for another kind of resource."""
    for pattern, other in ((r"^(arn:[^:]*:[^:]*:)[^:]+:", r"\1xx-other-9:"), (r"^((?:[^:]*:){5})[a-z-]+", r"\1other")):
        changed = {key: re.sub(pattern, other, str(value)) for key, value in context.items()}
        if changed != context:
            yield changed
