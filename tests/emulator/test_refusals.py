"""CloudFormation's refusals before it creates anything: every constraint and every rule of every published template."""

from __future__ import annotations

import functools
import itertools
import re
from collections.abc import Iterable, Iterator, Mapping
from typing import Any

import pytest
from botocore.exceptions import ClientError
from hypothesis import Phase, find, settings
from hypothesis.strategies import from_regex

from generator.cloudformation.parameter_types import problems, text
from generator.cloudformation.template_rules import broken
from generator.emulator.stacks.inputs import required_capabilities
from tests.conftest import RENDERED
from tests.emulator.account import Account, account
from tests.emulator.template import defaults
from tests.rendered import Rendered, strings

pytestmark = pytest.mark.slow

TEMPLATES = sorted(RENDERED)
_LOOKED_UP = {"AWS::EC2::VPC::Id": "vpc", "AWS::EC2::Subnet::Id": "subnet", "AWS::EC2::SecurityGroup::Id": "sg"}
# Texts of which at least one breaks any pattern worth having.
_STRANGE = ("", " ", "\n", "ü", "*", "a b", "--", "x" * 5000)


@pytest.fixture(scope="module")
def here(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Account]:
    """An account for a template. Its tests share it, because a refused request leaves nothing."""
    with account(tmp_path_factory.mktemp("account"), request.param) as made:
        yield made


def of_each(templates: Iterable[str]) -> pytest.MarkDecorator:
    """A test of each template, `here` in its account."""
    pairs = [(name, name) for name in templates]
    return pytest.mark.parametrize(("template", "here"), pairs, indirect=["here"], scope="module")


def values_of(here: Account) -> dict[str, str]:
    """Parameters that are as they should be."""
    return dict(next(iter(here.files.values())))


def refusal(here: Account, template: str, values: Mapping[str, str], **order: Any) -> str:
    """The error of a request, "" if it is accepted."""
    cloudformation = here.aws.inside("cloudformation")
    try:
        cloudformation.create_change_set(
            **{**here.order(template, values), **order}, ChangeSetName="a", ChangeSetType="CREATE"
        )
    except ClientError as error:
        return str(error.response["Error"]["Message"])
    cloudformation.delete_change_set(StackName="test", ChangeSetName="a")
    return ""


def wrong(name: str, declaration: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    """Values that break one constraint each, with the required message."""
    told = declaration.get("ConstraintDescription", "")
    kind = declaration["Type"].removeprefix("List<").removesuffix(">")
    if kind in _LOOKED_UP:
        value = f"{_LOOKED_UP[kind]}-0123456789abcdef0"
        yield value, f"parameter value {value} for parameter name {name} does not exist"
    if "AllowedValues" in declaration:
        yield "none-of-these", told
    if pattern := declaration.get("AllowedPattern"):
        yield next(strange for strange in _STRANGE if not re.fullmatch(pattern, strange)), told
    if "MinLength" in declaration:
        yield "a" * (int(declaration["MinLength"]) - 1), told
    if "MaxLength" in declaration:
        yield "a" * (int(declaration["MaxLength"]) + 1), told
    if kind == "Number":
        yield "many", told
    if "MinValue" in declaration:
        yield text(declaration["MinValue"] - 1), told
    if "MaxValue" in declaration:
        yield text(declaration["MaxValue"] + 1), told


@of_each(TEMPLATES)
def test_every_constraint_is_refused_in_its_own_words(template: str, here: Account) -> None:
    """A value that breaks a constraint of its parameter is refused with the description of that constraint."""
    good = values_of(here)
    assert "" == refusal(here, template, good)
    silent = [
        (name, value)
        for name, declaration in RENDERED[template].get("Parameters", {}).items()
        for value, told in wrong(name, declaration)
        if not told or told not in refusal(here, template, {**good, name: value})
    ]
    assert [] == silent


@of_each(TEMPLATES)
def test_parameters_without_a_default_are_required(template: str, here: Account) -> None:
    """A parameter without a default that is not given is named, and so is one that the template does not know."""
    good = values_of(here)
    needed = [name for name, one in RENDERED[template].get("Parameters", {}).items() if "Default" not in one]
    said = {name: refusal(here, template, {key: good[key] for key in good if key != name}) for name in needed}
    assert {name: f"Parameters: [{name}] must have values" for name in needed} == said
    assert "Parameters: [Typo] do not exist in the template" == refusal(here, template, {**good, "Typo": "x"})


def assertions(template: Rendered) -> list[tuple[str, str]]:
    """Every assertion of every rule: the rule's name, and its message."""
    return [
        (name, assertion["AssertDescription"])
        for name, rule in template.get("Rules", {}).items()
        for assertion in rule["Assertions"]
    ]


def mentioned(rule: Rendered, template: Rendered) -> list[str]:
    """The parameters that a rule looks at, by name or by type."""
    said = set(strings(rule))
    return [
        name
        for name, declaration in template.get("Parameters", {}).items()
        if said & {name, declaration["Type"], declaration["Type"].removeprefix("List<").removesuffix(">")}
    ]


def pseudo(here: Account) -> dict[str, str]:
    """The values of pseudo parameters in the account, as far as rules use them."""
    return {"AWS::AccountId": here.aws.account, "AWS::Region": here.aws.region}


@functools.cache
def sample(pattern: str) -> str:
    """A text that the pattern allows, and that is not empty."""
    first = settings(phases=[Phase.generate], derandomize=True, database=None)
    return find(from_regex(pattern, fullmatch=True), bool, settings=first)


def choices(name: str, names: list[str], rule: Rendered, template: Rendered, here: Account) -> list[str]:
    """Values to try for a parameter, among them the empty one.

    They come from its allowed values, the rule's comparisons, the parameter files, and the parameter's pattern.
    """
    declaration = template["Parameters"][name]
    found = [text(value) for value in declaration.get("AllowedValues", [])]
    found += [text(declaration["Default"])] if "Default" in declaration else []
    found += [values[one] for values in here.files.values() for one in names if one in values]
    found += [value for one, value in pseudo(here).items() if one in strings(rule)]
    fit = [value for value in dict.fromkeys([*found, *strings(rule), ""]) if not list(problems(declaration, value))]
    return fit if any(fit) or "AllowedPattern" not in declaration else [*fit, sample(declaration["AllowedPattern"])]


def breaking(rule: str, told: str, template: Rendered, here: Account) -> Iterator[dict[str, str]]:
    """Values that break an assertion, or that may: the answers of the account to a rule are not known here."""
    body = template["Rules"][rule]
    names = mentioned(body, template)
    asks = bool({"Fn::RefAll", "Fn::ValueOf", "Fn::ValueOfAll"} & set(strings(body)))
    tries = itertools.product(*(choices(name, names, body, template, here) for name in names))
    for good, one in itertools.product(here.files.values(), tries):
        values = {**defaults(template), **good, **dict(zip(names, one, strict=True))}
        if asks or (rule, told) in broken(template["Rules"], {**pseudo(here), **values}):
            yield values


@of_each(name for name in TEMPLATES if RENDERED[name].get("Rules"))
def test_every_assertion_of_every_rule_is_refused_in_its_own_words(template: str, here: Account) -> None:
    """For each assertion there are values that it refuses, with its message."""
    silent = []
    for rule, told in assertions(RENDERED[template]):
        said = (refusal(here, template, values) for values in breaking(rule, told, RENDERED[template], here))
        if not any(f"rule {rule} failed: {told}" in one for one in said):
            silent.append((rule, told))
    assert [] == silent


@of_each(name for name in TEMPLATES if required_capabilities(RENDERED[name]))
def test_iam_is_acknowledged_and_no_name_needs_more(template: str, here: Account) -> None:
    """A template with IAM resources needs CAPABILITY_IAM, and no other capability."""
    good = values_of(here)
    assert "Requires capabilities : [CAPABILITY_IAM]" == refusal(here, template, good, Capabilities=[])
    assert "" == refusal(here, template, good, Capabilities=["CAPABILITY_IAM"])


@of_each(TEMPLATES)
def test_the_aws_cli_reports_a_refusal_and_leaves_no_stack(template: str, here: Account) -> None:
    """`aws cloudformation deploy` fails with the message of the constraint, and there is no such stack after that."""
    name, value, told = next(
        (name, value, told)
        for name, declaration in RENDERED[template]["Parameters"].items()
        for value, told in wrong(name, declaration)
        if len(value) < 100
    )
    done = here.deploy(template, "refused", {**values_of(here), name: value})
    assert 0 != done.returncode
    assert told in done.stderr
    stacks = here.aws.inside("cloudformation").list_stacks()["StackSummaries"]
    assert "refused" not in {each["StackName"] for each in stacks}
