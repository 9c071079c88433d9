"""Promises about several stacks on one platform: pipelines and deployers reach nothing of each other."""

from __future__ import annotations

import itertools
from collections.abc import Callable, Iterator
from dataclasses import replace
from functools import partial

from generator.authorization.decisions import Policies, Policy, Request, decide
from generator.cloudformation.offline_stack import OfflineStack
from tests.playing import Stacks, runs, standing
from tests.rendered import Rendered, has_pipeline
from tests.stacked import SUBJECT, deployed, imports, is_on_a_platform, together
from tests.uploads import encrypted
from tests.variants import needed, with_conditions

ARTIFACTS = ("Image", "Inspection", "Staging", "Production")
STAGES = ("staging", "production", "release")
OBJECTS = ("DeleteObject", "GetObject", "GetObjectVersion", "PutObject")
RUNS = ("PutApprovalResult", "RetryStageExecution", "StartPipelineExecution", "StopPipelineExecution", "UpdatePipeline")
RECORDS = ("DeleteParameter", "GetParameter", "GetParameters", "PutParameter")
IMAGES = ("BatchDeleteImage", "BatchGetImage", "DescribeImages", "GetDownloadUrlForLayer", "PutImage")
USES = {
    "AWS::IAM::Role": ("iam:PassRole", "sts:AssumeRole"),
    "AWS::Lambda::Function": ("lambda:InvokeFunction", "lambda:UpdateFunctionCode"),
    "AWS::Logs::LogGroup": ("logs:PutLogEvents",),
    "AWS::SNS::Topic": ("sns:Publish",),
}


@with_conditions
def pipelines_on_a_platform_reach_nothing_of_each_other(template: Rendered) -> Iterator[str]:
    """No role of a pipeline's stack reaches artifacts, runs, records, images or functions of another pipeline.

    The other one has the same platform, and a name and a repository that begin with those of this one. Both may start
    the Inspect of the platform: docs/security.md says so.
    """
    if not is_on_a_platform(template):
        return
    values = needed(template)
    begins_alike = {name: f"{values[name]}-x" for name in ("Name", "RepositoryName")}
    stacks = together(template, "a-stack", values)
    other = deployed(template, "b-stack", {**values, **begins_alike})
    policies, upload = standing({**stacks, "other": other}), encrypted(stacks.values())
    for title, _ in stacks[SUBJECT].resources("AWS::IAM::Role"):
        role = stacks[SUBJECT].arn(title)
        for action, resource in _things_of(other):
            request = Request(principal=role, action=action, resources=(resource,), context=upload)
            if policies.decide(request).allowed:
                yield f"{title} may {action} on {resource}, which is of another pipeline"


@with_conditions
def deployers_get_the_artifacts_of_their_pipeline_only(template: Rendered) -> Iterator[str]:
    """A role of a deployer reads artifacts of the pipeline that PipelineName names, no others, and writes none.

    A policy that people attach to a role of theirs reads those of one stage.
    """
    if has_pipeline(template) or not any(each.thing == "ArtifactBucket" for each in imports(template)):
        return
    for variant, stacks in runs(template):
        stack = stacks[SUBJECT]
        bucket = f"arn:{stack.place.partition}:s3:::{_bucket(stack)}"
        own = stack.parameters["PipelineName"]
        readers, upload = 0, encrypted(stacks.values())
        for title, artifact, decided in _readers(stacks):
            for name, action, allowed in (
                (f"{own}/{artifact}", "s3:GetObject", True),
                *((f"{own}{more}/{artifact}", "s3:GetObject", False) for more in ("-x", "x")),
                (f"x{own}/{artifact}", "s3:GetObject", False),
                (f"{own}/{artifact}-x", "s3:GetObject", artifact == "Inspection"),
                *((f"{each}/{artifact}", "s3:PutObject", False) for each in (own, f"{own}-x")),
            ):
                resource = f"{bucket}/{name}/a1B2c3D"
                request = Request(principal=title, action=action, resources=(resource,), context=upload)
                is_allowed = decided(request)
                readers += allowed and is_allowed
                if is_allowed and not allowed:
                    yield f"{variant}: {title} may {action} on {resource}"
        if not readers:
            yield f"{variant}: no role reads the artifacts of {own}, but the template imports the bucket"


def _readers(stacks: Stacks) -> Iterator[tuple[str, str, Callable[[Request], bool]]]:
    """The roles of the stack and its policies for other roles: the actions of each, and whether it may do something."""
    stack = stacks[SUBJECT]
    for title, _ in stack.resources("AWS::IAM::Role"):
        yield title, "Inspection", partial(_role_may, stacks, stack.arn(title))
    for title, policy in stack.resources("AWS::IAM::ManagedPolicy"):
        artifact = stack.ref("Stage") if "Stage" in stack.template["Parameters"] else "Inspection"
        yield title, artifact, partial(_policy_allows, stack, Policy(title, policy["PolicyDocument"]))


def _role_may(stacks: Stacks, role: str, asked: Request) -> bool:
    return standing(stacks).decide(replace(asked, principal=role)).allowed


def _policy_allows(stack: OfflineStack, policy: Policy, asked: Request) -> bool:
    role = f"arn:{stack.place.partition}:iam::{stack.place.account}:role/of-somebody"
    return decide(replace(asked, principal=role), Policies(identity=[policy])).allowed


def _things_of(pipeline: OfflineStack) -> Iterator[tuple[str, str]]:
    """Requests on the resources of a pipeline: actions, each with the ARN of a resource."""
    place, values = pipeline.place, pipeline.parameters
    arn = f"arn:{place.partition}:{{}}:{place.region}:{place.account}:{{}}"
    bucket = f"arn:{place.partition}:s3:::{_bucket(pipeline)}"
    artifacts = [f"{bucket}/{values['Name']}/{each}/a1B2c3D" for each in ARTIFACTS]
    yield from itertools.product((f"s3:{action}" for action in OBJECTS), artifacts)
    yield from ((f"codepipeline:{action}", arn.format("codepipeline", values["Name"])) for action in RUNS)
    records = [arn.format("ssm", f"parameter/ecr-pipeline/{values['Name']}/{stage}/image") for stage in STAGES]
    yield from itertools.product((f"ssm:{action}" for action in RECORDS), records)
    yield from ((f"ecr:{action}", arn.format("ecr", f"repository/{values['RepositoryName']}")) for action in IMAGES)
    for kind, uses in USES.items():
        for title, _ in pipeline.resources(kind):
            yield from ((use, pipeline.arn(title)) for use in uses)


def _bucket(stack: OfflineStack) -> str:
    """The bucket of artifacts of the platform that the stack imports from."""
    (found,) = (value for name, value in (stack.imports or {}).items() if name.endswith(":ArtifactBucket"))
    return found
