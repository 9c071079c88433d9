"""Promises about Inspect and its gate: its inputs and outputs, and that no pipeline can loosen its ceilings."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

import yaml

from generator.authorization.decisions import Policies, Request, decide
from generator.authorization.policies import PolicySet
from generator.cloudformation.conditional_parts import chosen
from generator.cloudformation.offline_stack import Location
from tests.playing import Stacks, alone, runs, standing
from tests.playing_images import ANYTHING
from tests.rendered import Rendered, actions, has_own_vpc_and_pipeline, variables_of
from tests.samples import sample
from tests.stacked import deployed, is_on_a_platform
from tests.uploads import encrypted
from tests.variants import needed, with_conditions

# The parameters that decide what passes, each with two values. A variable could be overridden by an action: CodeBuild
# takes the value of the call before that of the project, and that before `env` of the buildspec.
# https://docs.aws.amazon.com/codebuild/latest/userguide/build-spec-ref.html
CEILINGS = {
    "MaxCriticalFindings": ("17", "23"),
    "MaxHighFindings": ("17", "23"),
    "MissingScan": ("fail", "allow"),
    "UnsupportedScan": ("fail", "allow"),
}
CEILINGS_OF_PLATFORMS = {"SigningProfiles": ("releases", "others"), "UnfixedFindings": ("count", "ignore")}
LISTS = "AcceptedFindings"
# The actions that add, hide, remove or re-encrypt a version of an object.
WRITES = (
    "s3:PutObject",
    "s3:DeleteObject",
    "s3:DeleteObjectVersion",
    "s3:ReplicateObject",
    "s3:ReplicateDelete",
    "s3:UpdateObjectEncryption",
)
Asking = dict[str, str | tuple[str, ...]]  # the condition keys of a request
NAMES = "codebuild:environment.environmentVariables.name"
BUILDSPEC = "codebuild:source.buildspec"
# Variables that would change what the script runs, or where its tools send their calls.
HARMFUL = ("ACCEPTED_BUCKET", "AWS_ENDPOINT_URL", "BASH_ENV", "CLUSTER", "PATH", "REGISTRY", "SCAN_TIMEOUT_SECONDS")
# Other settings of Inspect's build that a direct call of StartBuild could replace, by their condition keys.
SETTINGS = (
    "codebuild:cache",
    "codebuild:environment.certificate",
    "codebuild:environment.fleet.fleetArn",
    "codebuild:environment.image",
    "codebuild:environment.registryCredential",
    "codebuild:serviceRole",
)
WRITES_TO_A_REPOSITORY = (
    "BatchDeleteImage",
    "CompleteLayerUpload",
    "InitiateLayerUpload",
    "PutImage",
    "UploadLayerPart",
)
READS_A_REPOSITORY = ("BatchGetImage", "DescribeImageScanFindings", "DescribeImages", "GetDownloadUrlForLayer")


@with_conditions
def ceilings_are_in_the_text_of_the_script(template: Rendered) -> Iterator[str]:
    """Each ceiling of the gate changes the commands of Inspect, and not only its variables.

    Variables of an action override those of the project and of the buildspec, so that a ceiling in a variable would be
    a default that every pipeline can change.
    """
    if "InspectProject" not in template["Resources"]:
        return
    ceilings = CEILINGS | ({} if has_own_vpc_and_pipeline(template) else CEILINGS_OF_PLATFORMS)
    missing = ceilings.keys() - template["Parameters"].keys()
    yield from (f"{name} is not a parameter: the gate needs it as a ceiling" for name in sorted(missing))
    for name, (one, other) in ceilings.items() if not missing else ():
        first, second = (_commands(template, {**needed(template), name: value}) for value in (one, other))
        if first == second:
            yield f"{name} is not in the commands of Inspect: write @{{{name}}} into buildspec.yml"


@with_conditions
def pipelines_cannot_replace_what_inspect_runs(template: Rendered) -> Iterator[str]:
    """A pipeline starts Inspect with the variables that it passes, and is refused others, and another buildspec.

    The same holds for the projects of EKS deployers. Other variables and another buildspec are refused even to a role
    that may do everything: a second policy cannot allow them.

    The conditions hold unless InspectConditions is off: whether CodePipeline's call satisfies them must be tried in an
    account, docs/security.md says how. In `standalone`, pipeline and Inspect are of one stack and have the same owner.
    """
    for variant, stacks in runs(template):
        policies, is_bound = standing(stacks), _is_bound(stacks)
        for role, project, names in _starts_of_others_builds(stacks):
            refused: list[Asking] = [{NAMES: (*names, harmful)} for harmful in HARMFUL]
            refused.append({NAMES: names, BUILDSPEC: "true"})
            settings: list[Asking]
            settings = [{NAMES: names, setting: "x"} for setting in SETTINGS if project.endswith("-Inspect")]
            anything = replace(policies, identity={role: (*policies.identity.get(role, ()), ANYTHING)})
            cases: list[tuple[PolicySet, Asking, bool]]
            cases = [(policies, {NAMES: names}, True), (policies, {}, True)]
            cases += [(policies, context, not is_bound) for context in (*refused, *settings)]
            cases += [(anything, context, not is_bound) for context in refused]
            for given, context, allowed in cases:
                request = Request(principal=role, action="codebuild:StartBuild", resources=(project,), context=context)
                if given.decide(request).allowed is not allowed:
                    word = "refused" if allowed else "allowed"
                    more = " by a second policy" if given is anything else ""
                    yield f"{variant}: {role} is {word}{more} to start {project} with {context}"


@with_conditions
def limits_of_a_pipeline_reach_inspect(template: Rendered) -> Iterator[str]:
    """A limit that is given to a pipeline is passed to Inspect; without one, the variable is left out."""
    if not is_on_a_platform(template):
        return
    every = {**needed(template), **sample(template, "a", optional=True)}
    given, left_out = (_variables_of_inspect(template, values) for values in (every, needed(template)))
    for _, stage, action in actions(chosen(template)):
        for name, value in variables_of(action) if stage == "Inspect" else ():
            parameter = value.removeprefix("${").removesuffix("}")
            if template["Parameters"].get(parameter, {}).get("Default") == "":
                if given.get(name) != every[parameter]:
                    yield f"{name} is {given.get(name)} with {parameter}={every[parameter]}"
                if name in left_out:
                    yield f"{name} is {left_out[name]!r} without {parameter}: leave the variable out"


@with_conditions
def inspect_reaches_images_and_its_own_results(template: Rendered) -> Iterator[str]:
    """Inspect reads the source artifacts, writes its own, and reads repositories that the platform names, no others."""
    if "InspectProject" not in template["Resources"]:
        return
    for repository, others in _repositories(template):
        values = {**needed(template), **repository}
        stack = deployed(template, "a-stack", values)
        role, bucket = stack.attribute("InspectRole", "Arn"), stack.attribute("ArtifactBucket", "Arn")
        asked = {
            ("s3:GetObject", f"{bucket}/orders/Image/a1B2c3D"): True,
            ("s3:PutObject", f"{bucket}/orders/Inspection/a1B2c3D"): True,
            **{
                ("s3:GetObject", f"{bucket}/orders/{each}/a1B2c3D"): False
                for each in ("Inspection", "Staging", "Production")
            },
            **{
                ("s3:PutObject", f"{bucket}/orders/{each}/a1B2c3D"): False
                for each in ("Image", "Staging", "Production")
            },
            ("s3:DeleteObject", f"{bucket}/orders/Image/a1B2c3D"): False,
            ("s3:ListBucket", bucket): False,
        }
        for name, is_named in others:
            arn = f"arn:aws:ecr:{stack.place.region}:{stack.place.account}:repository/{name}"
            asked |= {(f"ecr:{read}", arn): is_named for read in READS_A_REPOSITORY}
            asked |= {(f"ecr:{write}", arn): False for write in WRITES_TO_A_REPOSITORY}
        policies, upload = standing(alone(stack)), encrypted([stack])
        for (action, resource), allowed in asked.items():
            request = Request(principal=role, action=action, resources=(resource,), context=upload)
            if policies.decide(request).allowed is not allowed:
                yield f"with {repository}, Inspect {'may not' if allowed else 'may'} {action} on {resource}"


@with_conditions
def one_role_accepts_findings(template: Rendered) -> Iterator[str]:
    """Even an administrator of S3 is refused to write or delete lists of accepted findings. Inspect only reads them."""
    if LISTS not in template["Resources"]:
        return
    accepting = f"arn:aws:iam::{Location().account}:role/security"
    stack = deployed(template, "a-stack", {**needed(template), "AcceptingRoleArn": accepting})
    policies, bucket = standing(alone(stack)), stack.attribute(LISTS, "Arn")
    administrator, upload = accepting.replace("security", "administrator"), encrypted([stack], LISTS)
    for principal, allowed in ((accepting, True), (administrator, False)):
        for action in WRITES:
            request = Request(principal=principal, action=action, resources=(f"{bucket}/x",), context=upload)
            given = Policies(identity=[ANYTHING], resource=policies.own.get(bucket))
            if decide(request, given).allowed is not allowed:
                yield f"{principal} {'may not' if allowed else 'may'} {action} in {LISTS}"
    inspect = stack.attribute("InspectRole", "Arn")
    for action, allowed in (("s3:GetObject", True), ("s3:PutObject", False), ("s3:DeleteObject", False)):
        request = Request(principal=inspect, action=action, resources=(f"{bucket}/x",), context=upload)
        if policies.decide(request).allowed is not allowed:
            yield f"Inspect {'may not' if allowed else 'may'} {action} in {LISTS}"


def _commands(template: Rendered, values: dict[str, str]) -> str:
    """The commands of Inspect in a stack with these values."""
    stack = deployed(template, "a-stack", values)
    (project,) = (each for title, each in stack.resources("AWS::CodeBuild::Project") if title == "InspectProject")
    return str(yaml.safe_load(project["Source"]["BuildSpec"])["phases"])


def _variables_of_inspect(template: Rendered, values: dict[str, str]) -> dict[str, str]:
    """The variables that a pipeline with these values hands to Inspect."""
    stack = deployed(template, "a-stack", values)
    return {
        name: value
        for _, pipeline in stack.resources("AWS::CodePipeline::Pipeline")
        for stage in pipeline["Stages"]
        for action in stage["Actions"]
        if stage["Name"] == "Inspect"
        for name, value in variables_of(action)
    }


def _repositories(template: Rendered) -> Iterator[tuple[dict[str, str], list[tuple[str, bool]]]]:
    """Values of the parameter that names repositories, and for each some repositories and whether it names them."""
    if "RepositoryPattern" in template["Parameters"]:
        yield {"RepositoryPattern": "team/*"}, [("team/orders", True), ("teams/orders", False), ("other/team/x", False)]
        yield {"RepositoryPattern": "*"}, [("team/orders", True), ("orders", True)]
        yield {"RepositoryPattern": "orders"}, [("orders", True), ("orders-api", False), ("orders/x", False)]
    else:
        yield {"RepositoryName": "orders"}, [("orders", True), ("orders-api", False), ("orders/x", False)]


def _starts_of_others_builds(stacks: Stacks) -> Iterator[tuple[str, str, tuple[str, ...]]]:
    """The role of each pipeline, each Inspect or deployer that it runs (ARN), and the names of the variables."""
    for stack in stacks.values():
        for _, pipeline in stack.resources("AWS::CodePipeline::Pipeline"):
            for stage in pipeline["Stages"]:
                for action in stage["Actions"]:
                    place, name = stack.place, action["Configuration"].get("ProjectName", "")
                    project = f"arn:{place.partition}:codebuild:{place.region}:{place.account}:project/{name}"
                    if name.endswith(("-Inspect", "-Deploy")):
                        yield pipeline["RoleArn"], project, tuple(name for name, _ in variables_of(action))


def _is_bound(stacks: Stacks) -> bool:
    """Whether pipelines must be bound by conditions: not if that is switched off, nor if one stack has everything."""
    chosen = [
        each.ref("InspectConditions") for each in stacks.values() if "InspectConditions" in each.template["Parameters"]
    ]
    has_everything = any(has_own_vpc_and_pipeline(dict(each.template)) for each in stacks.values())
    return "off" not in chosen and not has_everything
