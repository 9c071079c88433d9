"""Promises about refusals of a form: values that its own words forbid, and equal values that must differ.

The words are those of descriptions and constraints. A phrase of FORBIDS makes values that it forbids from one that is
allowed, so that a new parameter is covered by what it says.
"""

from __future__ import annotations

import itertools
import re
from collections.abc import Callable, Iterator, Mapping

from generator.cloudformation.parameter_types import problems
from generator.cloudformation.template_rules import broken
from generator.model.parameters import EACH_ONCE
from tests.rendered import Rendered
from tests.samples import sample
from tests.variants import needed, refusals, variants, with_conditions

Forbidden = Callable[[str, "re.Match[str]"], Iterator[str]]
ACCOUNT, REGION = "111122223333", "eu-west-1"
REGISTRY = f"{ACCOUNT}.dkr.ecr.{REGION}.amazonaws.com"
COUNTS = {"one": 1, "two": 2, "three": 3, "four": 4, "eight": 8}


def _with_host(value: str, _phrase: re.Match[str]) -> Iterator[str]:
    yield f"{REGISTRY}/{value.partition(',')[0]}"


def _list(value: str, _phrase: re.Match[str]) -> Iterator[str]:
    first, *rest = value.split(",")
    yield f"{value},"
    yield f",{value}"
    yield f"{first}, {first}x"
    yield f"{first};{first}x"
    yield ",".join([first, *rest, first])
    yield ",".join([first] * max(2, len(rest) + 1))


def _count(value: str, phrase: re.Match[str]) -> Iterator[str]:
    """More or fewer items than the phrase says; as many, of which two are the same."""
    first, wanted = value.partition(",")[0], COUNTS[phrase["count"]]
    yield ",".join(f"{first}{'x' * number}" for number in range(wanted + 1))
    if not phrase["up"] and wanted > 1:
        yield first
        yield ",".join([first] * wanted)


def _one(value: str, _phrase: re.Match[str]) -> Iterator[str]:
    yield f"{value},{value}x"
    yield f"{value};{value}x"


def _parts(value: str, phrase: re.Match[str]) -> Iterator[str]:
    """Of owner/name: each part alone, and an empty one."""
    separator = phrase["separator"]
    for part in value.partition(",")[0].split(separator, 1):
        yield part
        yield f"{part}{separator}"


def _name_of(value: str, _phrase: re.Match[str]) -> Iterator[str]:
    yield f"arn:aws:any:{REGION}:{ACCOUNT}:thing:{value}"
    yield f"arn:aws:any:{REGION}:{ACCOUNT}:thing/{value}"


def _arn(value: str, _phrase: re.Match[str]) -> Iterator[str]:
    first = value.partition(",")[0]
    if first.startswith("arn:"):
        _, partition, service, rest = first.split(":", 3)
        yield rest.rpartition(":")[2]
        yield rest.rpartition("/")[2] or rest
        yield f"arn:{partition}:{service}x:{rest}"
        if f":{ACCOUNT}:" in first:
            yield first.replace(f":{ACCOUNT}:", ":12345:")


def _range(_value: str, phrase: re.Match[str]) -> Iterator[str]:
    yield str(int(phrase["least"]) - 1)
    yield str(int(phrase["most"]) + 1)
    yield "many"


def _words(_value: str, phrase: re.Match[str]) -> Iterator[str]:
    for word in re.split(" or ", phrase[0]):
        yield f"{word}x"


# Values that a phrase forbids, made from a value that is allowed. Every phrase forbids something in all forms that have
# it.
FORBIDS: Mapping[str, Forbidden] = {
    r"without ((the )?(registry's host|registry host|host name of the registry)|its host|a host)": _with_host,
    r"\bs3://": lambda value, _: iter([f"s3://{value}"]),
    r"without version or alias": lambda value, _: iter([f"{value}:1", f"{value}:live", f"{value}:$LATEST"]),
    r"with its last six characters": lambda value, _: iter([value[:-7]]),
    r"not \$LATEST": lambda _value, _: iter(["$LATEST", "1"]),
    r"(separated by commas|with commas between)": _list,
    r"(?P<up>(?i:up to |one to ))?(?P<count>two|three|four|eight) (different )?(names|zones|tags|patterns)": _count,
    r"\b(?P<up>one) (name|alarm|branch|namespace|e-mail|email)": _one,
    r"\b(?i:owner|cluster|bucket|domain)(?P<separator>/)(?i:repository|service|key|name)": _parts,
    r"\bevent(?P<separator>=)function": _parts,
    r"(lower[- ]case|small letters)": lambda value, _: iter([value.upper()]),
    r"twelve digits": lambda value, _: iter([value.partition(",")[0][:-1], f"{value}1"]),
    r"a listed value": lambda value, _: iter([f"{value}x"]),
    r"64 hexadecimal digits": lambda value, _: iter([value[:-1], f"{value}0"]),
    r"without refs/heads/": lambda value, _: iter([f"refs/heads/{value}"]),
    r"without host and \.git": lambda value, _: iter([f"github.com/{value}", f"https://x/{value}", f"{value}.git"]),
    r"[Ee]nter the name of (a|an|the|one) ": _name_of,
    r"\bARNs? (of|such as)": _arn,
    r"ID of a security group": lambda _value, _: iter(["default", "vpc-0a1b2c3d4e5f60718"]),
    r"with (registry and )?tag": lambda value, _: iter(["hadolint", "hadolint/hadolint:v2", value.rpartition(":")[0]]),
    r"[Nn]ot (of|in) 172\.17\.0\.0/16": lambda _value, _: iter(["172.17.0.0/24"]),
    r"\b(?P<least>[0-9]+) to (?P<most>[0-9]+)\b": _range,
    r"^[\w-]+( or [\w-]+)+$": _words,
    r"managed image": lambda _value, _: iter([f"{REGISTRY}/build:1", "ubuntu:24.04"]),
    r"output Deployer": lambda value, _: iter([f"{value} ", f"https://{value}"]),
    r"such as (?P<example>[A-Za-z0-9*/._,:@-]*[A-Za-z0-9*])": lambda _value, phrase: iter(
        [f"{phrase['example']} ", f'{phrase["example"]}"', f"${{{phrase['example']}}}"]
    ),
    r"Enter (fail|OWNER/NAME)\b": lambda value, _: iter([f"{value} {value}", "*"]),
    r"(path|address|region|account|policy|key|profile)": lambda value, _: iter([f"{value};", f"<{value}>"]),
}
# Pairs of one pattern that may have the same value, and why.
# Lists in which an item that comes twice changes nothing, in templates without room for a longer pattern.
MAY_REPEAT = {"PullRepositories", "SourcePaths"}
MAY_BE_THE_SAME = {
    frozenset({"StagingContainers", "ProductionContainers"}): "both services run the same task definition, by name",
    **{
        frozenset(pair): "a namespace, a Deployment and a container are different kinds of things"
        for pair in itertools.combinations(("Namespace", "Deployment", "Containers"), 2)
    },
    frozenset({"ClusterSecurityGroupId", "EndpointSecurityGroupId"}): "endpoints may be in the group of the cluster",
    frozenset({"LintImage", "ScanImage"}): "one image may hold several tools",
    frozenset({"LintImage", "BuildKitImage"}): "one image may hold several tools",
    frozenset({"ScanImage", "BuildKitImage"}): "one image may hold several tools",
    frozenset({"BeforeAllowTrafficHook", "AfterAllowTrafficHook"}): "one function may answer both events",
    frozenset({"SecretArn", "RegistryCredentialsArn"}): "one secret may hold the values of both",
    **{
        frozenset(pair): "a cluster, a task definition and a container are different kinds of things"
        for pair in itertools.combinations(("Cluster", "TaskFamily", "Container"), 2)
    },
    frozenset({"InstanceTag", "OnPremisesTag"}): "instances of both kinds may run the same service",
    frozenset({"MaxCriticalFindings", "MaxHighFindings"}): "these are numbers",
}
# Names of stacks and pipelines, each in a space of its own.
NAMES = {"Name", "Network", "PipelineName", "Platform"}


def forbidden_values_are_refused(template: Rendered) -> Iterator[str]:
    """Each value that the words of a parameter forbid is refused by its constraints.

    A parameter without such words is a complaint as well, because it could not be tested.
    """
    given = {**_defaults(template), **sample(template, "a", optional=True)}
    for name, declaration in template.get("Parameters", {}).items():
        text = f"{declaration['Description']} {declaration.get('ConstraintDescription', '')}"
        forbidden = list(_forbidden(declaration, given[name]))
        if not forbidden and declaration["Type"] == "String":
            yield f"{name} says nothing that FORBIDS in tests/promises/forbidden.py knows: {text}"
        for phrase, value in forbidden:
            if value and not any(problems(declaration, value)) and not (name in MAY_REPEAT and _repeats(value)):
                yield f"{name} says {phrase!r} and takes {value!r}"


@with_conditions
def values_that_must_differ_cannot_be_equal(template: Rendered) -> Iterator[str]:
    """Two parameters of one pattern are refused if they have the same value, unless MAY_BE_THE_SAME has a reason.

    The pattern of a list is that of its items, and its value one item. The other parameters are those of a form that is
    accepted: of one that is filled in, and of one with nothing more than these two.
    """
    declared = template.get("Parameters", {})
    accepted = [dict(stack.parameters) for _, stack in variants(template)]
    given = sample(template, "a", optional=True)
    free = {name: _core(each) for name, each in declared.items() if "AllowedPattern" in each}
    for one, other in itertools.combinations(free, 2):
        if free[one] != free[other] or frozenset({one, other}) in MAY_BE_THE_SAME or {one, other} <= NAMES:
            continue
        alone = {**needed(template), **{name: given.get(name, "") for name in (one, other)}}
        for values in accepted if refusals(template, alone) else (*accepted, alone):
            if values.get(one) and values.get(other):
                item = values[one].partition(",")[0]
                same = {**_defaults(template), **values, one: item, other: item}
                if not any(broken(template.get("Rules", {}), same)):
                    yield f"{one} and {other} may have the same value {values[one]!r}: add a rule, or a reason"


def _repeats(value: str) -> bool:
    items = value.split(",")
    return len(set(items)) < len(items)


def lists_have_no_duplicates(template: Rendered) -> Iterator[str]:
    """A list with commas takes no item twice, whatever its parameter says."""
    for name, value in sample(template, "a", optional=True).items():
        if "," in value and name not in MAY_REPEAT:
            first = value.partition(",")[0]
            if not any(problems(template["Parameters"][name], f"{value},{first}")):
                yield f"{name} takes {first} twice"


def _forbidden(declaration: Rendered, value: str) -> Iterator[tuple[str, str]]:
    """Each phrase of the parameter, with a value that it forbids."""
    for text in (declaration["Description"], declaration.get("ConstraintDescription", "")):
        for pattern, forbids in FORBIDS.items():
            if pattern.startswith("^") and text is declaration["Description"]:
                continue
            for phrase in re.finditer(pattern, text):
                yield from ((phrase[0], each) for each in forbids(value, phrase))


def _core(declaration: Rendered) -> str:
    """The pattern of a value that is given, or of an item of a list: without the choice to give none."""
    pattern = str(declaration["AllowedPattern"]).removeprefix("^").removesuffix("$").removeprefix(EACH_ONCE)
    core = re.sub(r"^\((none\|)?(.*?)\)\??$", r"\2", pattern)
    return re.sub(r"^(.+)\(,\1\)\{\d,\d\}$", r"\1", core)


def _defaults(template: Rendered) -> dict[str, str]:
    return {name: str(declaration.get("Default", "")) for name, declaration in template.get("Parameters", {}).items()}
