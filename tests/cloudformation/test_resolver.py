"""The functions of a template."""

from __future__ import annotations

import re
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from generator.cloudformation.refusals import NotEmulatedError, RefusedError
from generator.cloudformation.resolver import holds, resolve, verdict
from generator.cloudformation.scope import ABSENT, Scope, Unknown, unknowns

SCOPE = Scope(
    values={"Name": "orders", "Many": ["a", "b"], "Count": "3", "Empty": "", "AWS::Region": "eu-central-1"},
    conditions={
        "Yes": {"Fn::Equals": [{"Ref": "Name"}, "orders"]},
        "No": {"Fn::Not": [{"Condition": "Yes"}]},
        "Both": {"Fn::And": [{"Condition": "Yes"}, {"Condition": "No"}]},
        "Either": {"Fn::Or": [{"Condition": "Yes"}, {"Condition": "No"}]},
        "Number": {"Fn::Equals": [{"Ref": "Count"}, 3]},
        "Text": "a",
        "Odd": {"Fn::Contians": [["a"], "a"]},
        "Typo": {"Fn::Not": [{"Condition": "Yse"}]},
        "Circle": {"Fn::Not": [{"Condition": "Round"}]},
        "Round": {"Fn::And": [{"Condition": "Yes"}, {"Condition": "Circle"}]},
        "Value": {"Fn::Join": ["", ["true"]]},
    },
    mappings={"Map": {"eu-central-1": {"key": "value", "list": ["x", "y"]}, "90": {"days": 90}}},
    reference=lambda name: f"id-of-{name}",
    attribute=lambda name, key: f"{key}-of-{name}",
    imported=lambda name: f"import-of-{name}",
    zones=lambda region: [f"{region or 'here'}-a", f"{region or 'here'}-b"],
)
NOTHING = {"Ref": "AWS::NoValue"}


@pytest.mark.parametrize(
    ("node", "value"),
    [
        ({"Ref": "Name"}, "orders"),
        ({"Ref": "Many"}, ["a", "b"]),
        ({"Ref": "Bucket"}, "id-of-Bucket"),
        ({"Fn::GetAtt": ["Bucket", "Arn"]}, "Arn-of-Bucket"),
        ({"Fn::GetAtt": ["Bucket", {"Ref": "Name"}]}, "orders-of-Bucket"),
        ({"Fn::GetAtt": "Nested.Outputs.Key"}, "Outputs.Key-of-Nested"),
        ({"Fn::Sub": "${Name}/${Bucket}/${Bucket.Arn}/${!Literal}/${AWS::Region}"},
         "orders/id-of-Bucket/Arn-of-Bucket/${Literal}/eu-central-1"),
        ({"Fn::Sub": ["${Local}-${Name}", {"Local": {"Ref": "Count"}, "Name": True}]}, "3-true"),
        ({"Fn::Sub": "no variable, $Name and ${"}, "no variable, $Name and ${"),
        ({"Fn::Join": ["-", [{"Ref": "Name"}, 1, True, NOTHING]]}, "orders-1-true"),
        ({"Fn::Join": [",", {"Ref": "Many"}]}, "a,b"),
        ({"Fn::Join": ["+", {"Fn::FindInMap": ["Map", "eu-central-1", "list"]}]}, "x+y"),
        ({"Fn::Split": [",", "a,,b"]}, ["a", "", "b"]),
        ({"Fn::Split": [",", {"Fn::Join": [",", [{"Ref": "Empty"}, "b"]]}]}, ["", "b"]),
        ({"Fn::Select": ["1", {"Ref": "Many"}]}, "b"),
        ({"Fn::Select": [0, {"Fn::Split": [",", {"Ref": "Name"}]}]}, "orders"),
        ({"Fn::If": ["Yes", "a", {"Ref": "Elsewhere"}]}, "a"),
        ({"Fn::If": ["Both", "a", {"Fn::If": ["Either", "b", "c"]}]}, "b"),
        ([1, {"Fn::If": ["No", 2, NOTHING]}, 3], [1, 3]),
        ({"Fn::FindInMap": ["Map", {"Ref": "AWS::Region"}, "key"]}, "value"),
        ({"Fn::FindInMap": ["Map", 90, "days"]}, 90),
        ({"Fn::GetAZs": ""}, ["here-a", "here-b"]),
        ({"Fn::GetAZs": {"Ref": "AWS::Region"}}, ["eu-central-1-a", "eu-central-1-b"]),
        ({"Fn::ImportValue": {"Fn::Sub": "${Name}-Key"}}, "import-of-orders-Key"),
        ({"Fn::Base64": "text"}, "dGV4dA=="),
        ({"Fn::Cidr": ["10.0.0.0/16", 2, "8"]}, ["10.0.0.0/24", "10.0.1.0/24"]),
        ({"Fn::Cidr": ["10.0.0.0/23", 2]}, ["10.0.0.0/24", "10.0.1.0/24"]),
        ({"a": NOTHING, "b": [NOTHING, 1], "c": {"Fn::If": ["No", "x", NOTHING]}}, {"b": [1]}),
        ({"Condition": {"Bool": {"a:b": "false"}}}, {"Condition": {"Bool": {"a:b": "false"}}}),
        ({"Condition": "Yes"}, True),
        (7, 7),
    ],
)  # fmt: skip
def test_a_function_gives_what_aws_documents(node: Any, value: Any) -> None:
    """Each function, alone and nested; a part without value is removed; a policy's Condition is no function."""
    assert value == resolve(node, SCOPE)


def test_no_value_at_the_top_is_absent() -> None:
    """The caller sees that nothing is left."""
    assert ABSENT is resolve(NOTHING, SCOPE)


@pytest.mark.parametrize(
    ("name", "expected"),
    [("Yes", True), ("No", False), ("Both", False), ("Either", True), ("Number", True)],
)
def test_conditions(name: str, expected: bool) -> None:  # noqa: FBT001  a truth value is what it is about
    """With other conditions in them; numbers are compared as text."""
    assert expected is holds(name, SCOPE)


WRONG: list[tuple[Any, str]] = [
    ({"Ref": ["Name"]}, "every Ref object must have a single String value."),
    ({"Fn::GetAtt": "Bucket"}, "every Fn::GetAtt object requires two non-empty parameters"),
    ({"Fn::GetAtt": ["Bucket"]}, "every Fn::GetAtt object requires two non-empty parameters"),
    ({"Fn::GetAtt": ["Bucket", ""]}, "every Fn::GetAtt object requires two non-empty parameters"),
    ({"Fn::GetAtt": ["Bucket", {"Ref": "Many"}]}, "every Fn::GetAtt object requires two non-empty parameters"),
    ({"Fn::Sub": 5}, "One or more Fn::Sub intrinsic functions don't specify expected arguments."),
    ({"Fn::Sub": ["${Name}"]}, "One or more Fn::Sub intrinsic functions don't specify expected arguments."),
    ({"Fn::Sub": "${Many}"}, "variable Many in Fn::Sub expression does not resolve to a string"),
    ({"Fn::Sub": ["${A}", {"A": NOTHING}]}, "variable A in Fn::Sub expression does not resolve to a string"),
    ({"Fn::Sub": "${ Name }"}, "variable names in Fn::Sub syntax must contain only alphanumeric characters"),
    ({"Fn::Sub": "${}"}, "variable names in Fn::Sub syntax must contain only alphanumeric characters"),
    ({"Fn::Join": ["-"]}, "every Fn::Join object requires two parameters"),
    ({"Fn::Join": ["-", "text"]}, "every Fn::Join object requires two parameters"),
    ({"Fn::Join": ["-", {"Ref": "Name"}]}, "every Fn::Join object requires two parameters"),
    ({"Fn::Join": ["-", [["a"]]]}, "every Fn::Join object requires two parameters"),
    ({"Fn::Join": [{"Ref": "Name"}, ["a"]]}, "every Fn::Join object requires two parameters"),
    ({"Fn::Split": ["", "a"]}, "every Fn::Split object requires two parameters"),
    ({"Fn::Split": [",", {"Ref": "Many"}]}, "every Fn::Split object requires two parameters"),
    ({"Fn::Select": [2, {"Ref": "Many"}]}, "Fn::Select cannot select nonexistent value at index 2"),
    ({"Fn::Select": ["x", {"Ref": "Many"}]}, "Fn::Select requires a list argument with two elements"),
    ({"Fn::Select": [-1, {"Ref": "Many"}]}, "Fn::Select requires a list argument with two elements"),
    ({"Fn::Select": [0, {"Ref": "Name"}]}, "Fn::Select requires a list argument with two elements"),
    ({"Fn::FindInMap": ["Map", "us-east-1", "key"]}, "Unable to get mapping for Map::us-east-1::key"),
    ({"Fn::FindInMap": ["Maps", "a", "b"]}, "Mapping named 'Maps' is not present in the 'Mappings' section"),
    ({"Fn::FindInMap": ["Map", "a"]}, "every Fn::FindInMap object requires three parameters"),
    ({"Fn::FindInMap": ["Map", {"Ref": "Many"}, "a"]}, "every Fn::FindInMap object requires three parameters"),
    ({"Fn::If": ["Yes", 1]}, "Fn::If requires a list argument with three elements"),
    ({"Fn::If": ["Yse", 1, 2]}, "unresolved condition dependency Yse in Fn::If"),
    ({"Fn::If": ["Typo", 1, 2]}, "unresolved condition dependency Yse in Condition"),
    ({"Fn::If": ["Circle", 1, 2]}, "Found circular condition dependency: Circle, Round, Circle"),
    ({"Fn::ImportValue": ["a"]}, "the attribute in Fn::ImportValue must be a string"),
    ({"Fn::ImportValue": {"Ref": "Many"}}, "the attribute in Fn::ImportValue must be a string"),
    ({"Fn::ImportValue": {"Ref": "Bucket"}}, "the attribute in Fn::ImportValue must not depend on any resources"),
    ({"Fn::GetAZs": {"Ref": "Many"}}, "every Fn::GetAZs object must have a String-typed value."),
    ({"Fn::Base64": {"Ref": "Many"}}, "every Fn::Base64 object must have a String-typed value."),
    ({"Fn::Cidr": ["10.0.0.0/16"]}, "every Fn::Cidr object requires"),
    ({"Fn::Cidr": ["10.0.0/16", 2, 8]}, "Fn::Cidr cannot divide 10.0.0/16"),
    ({"Fn::Cidr": ["10.0.0.0/24", 9, 5]}, "Fn::Cidr cannot make 9 blocks of 5 bits in 10.0.0.0/24"),
    ({"Fn::Cidr": ["10.0.0.0/16", 0, 8]}, "Fn::Cidr cannot make 0 blocks"),
    ({"Fn::Equals": ["a"]}, "every Fn::Equals object requires a list of 2 string parameters."),
    ({"Fn::Equals": ["a", NOTHING]}, "every Fn::Equals object requires a list of 2 string parameters."),
    ({"Fn::And": [{"Condition": "Yes"}]}, "every Fn::And object requires a list of at least 2"),
    ({"Fn::Or": [{"Condition": "Yes"}] * 11}, "every Fn::Or object requires a list of at least 2"),
    ({"Fn::Not": [{"Condition": "Yes"}] * 2}, "every Fn::Not object requires a list of 1 boolean parameter."),
    ({"Fn::Not": ["Yes"]}, "every Fn::Not object requires a list of 1 boolean parameter."),
    ({"Fn::ToJsonString": {}}, "Encountered unsupported function: Fn::ToJsonString Supported functions are: ["),
]


@pytest.mark.parametrize(("node", "said"), WRONG)
def test_functions_with_invalid_arguments_are_refused(node: Any, said: str) -> None:
    """The message names the function and the arguments that it needs."""
    with pytest.raises(RefusedError, match=r"Template [eE]rror: ") as caught:
        resolve(node, SCOPE)
    assert said in str(caught.value)


@pytest.mark.parametrize(
    ("name", "said"),
    [
        ("Text", "Conditions can only be boolean operations on parameters and other conditions"),
        ("Odd", "Encountered unsupported function: Fn::Contians"),
        ("Value", "Fn::Join gives no truth value"),
        ("Nothing", "unresolved condition dependency Nothing in Condition"),
    ],
)
def test_a_condition_is_made_of_conditions(name: str, said: str) -> None:
    """Anything else is refused."""
    with pytest.raises(RefusedError) as caught:
        holds(name, SCOPE)
    assert said in str(caught.value)


def test_a_dynamic_reference_is_never_ignored() -> None:
    """AWS would look it up; here it is an error."""
    with pytest.raises(NotEmulatedError):
        resolve({"a": "{{resolve:ssm:/a}}"}, SCOPE)


UNKNOWING = Scope(
    values={"Name": "orders", "Secret": Unknown("Ref", "Secret")},
    conditions={
        "Open": {"Fn::Equals": [{"Ref": "Secret"}, "x"]},
        "Never": {"Fn::And": [{"Condition": "Open"}, {"Fn::Equals": ["a", "b"]}]},
        "Always": {"Fn::Or": [{"Condition": "Open"}, {"Fn::Equals": ["a", "a"]}]},
    },
)


@pytest.mark.parametrize(
    ("node", "names"),
    [
        ({"Ref": "Bucket"}, ["Bucket"]),
        ({"Fn::GetAtt": ["Bucket", "Arn"]}, ["Bucket.Arn"]),
        ({"Fn::Sub": "${Name} ${Secret} ${Bucket.Arn} ${!Literal}"}, ["Secret", "Bucket.Arn"]),
        ({"Fn::Join": ["-", ["a", {"Ref": "Bucket"}, {"Ref": "Bucket"}]]}, ["Bucket"]),
        ({"Fn::Select": [4, {"Fn::Split": [":", {"Fn::GetAtt": ["Bucket", "Arn"]}]}]}, ["Bucket.Arn"]),
        ({"Fn::If": ["Open", {"Ref": "A"}, {"Ref": "B"}]}, ["Secret"]),
        ({"Fn::Base64": {"Fn::Sub": "${Bucket}"}}, ["Bucket"]),
        ({"Fn::FindInMap": ["Map", {"Ref": "AWS::Region"}, "a"]}, ["AWS::Region"]),
        ({"Fn::ImportValue": {"Fn::Sub": "${Name}-Key"}}, ["orders-Key"]),
        ({"Fn::ImportValue": {"Fn::Sub": "${Secret}-Key"}}, ["Secret"]),
        ({"Fn::Cidr": [{"Fn::GetAtt": "Vpc.CidrBlock"}, 2]}, ["Vpc.CidrBlock"]),
        ({"Fn::GetAZs": {"Ref": "AWS::Region"}}, ["AWS::Region"]),
    ],
)
def test_a_function_of_an_unknown_value_is_unknown(node: Any, names: list[str]) -> None:
    """It names the values that it depends on."""
    found = resolve(node, UNKNOWING)
    assert isinstance(found, Unknown)
    assert names == list(found.names)


def test_known_values_next_to_an_unknown_one_are_resolved() -> None:
    """Only the part that depends on it is unknown."""
    node = {"a": {"Fn::Sub": "${Name}"}, "b": [{"Ref": "Bucket"}], "c": {"Fn::Select": [1, [{"Ref": "Bucket"}, "x"]]}}
    assert {"a": "orders", "b": [Unknown("Ref", "Bucket")], "c": "x"} == resolve(node, UNKNOWING)


def test_unknown_values_are_equal_if_the_same_function_gives_them() -> None:
    """A change set compares a plan with the one before."""

    def planned(text: str) -> Any:
        return resolve({"Fn::Sub": text}, UNKNOWING)

    assert planned("${Bucket}-x") == planned("${Bucket}-x")
    assert planned("${Bucket}-x") != planned("${Bucket}-y")
    assert planned("${Bucket}-x") != planned("${Topic}-x")


def test_a_condition_can_be_known_although_a_part_is_not() -> None:
    """False and unknown is false, true or unknown is true."""
    assert holds("Never", UNKNOWING) is False
    assert holds("Always", UNKNOWING) is True
    assert isinstance(verdict({"Condition": "Open"}, UNKNOWING), Unknown)
    with pytest.raises(LookupError, match="condition Open depends on Secret"):
        holds("Open", UNKNOWING)


@given(st.lists(st.text(alphabet="abc", max_size=3), min_size=1), st.sampled_from([",", "-", "::"]))
def test_split_undoes_join(parts: list[str], delimiter: str) -> None:
    """A joined list is the same after it is split."""
    assert parts == resolve({"Fn::Split": [delimiter, {"Fn::Join": [delimiter, parts]}]}, SCOPE)


PLAIN = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(alphabet="a$ {}", max_size=5),
    lambda inner: st.lists(inner) | st.dictionaries(st.sampled_from(["a", "b", "c"]), inner),
)
FUNCTIONS = sorted({name for node, _ in WRONG for name in node} | {"Condition", "Fn::RefAll", "Fn::ValueOf"})
NODES = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.sampled_from(["Yes", "Open", "Name", "Many", "Map", "${Many}", "0", ""]),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(st.sampled_from(["a", "b"]), inner, max_size=2)
        | st.tuples(st.sampled_from(FUNCTIONS), inner | st.lists(inner, max_size=4)).map(lambda pair: dict([pair]))
    ),
    max_leaves=12,
)


@given(PLAIN)
def test_a_value_without_functions_stays_unchanged(value: Any) -> None:
    """Plain data is left alone."""
    assert value == resolve(value, SCOPE)


@given(NODES)
def test_any_node_is_resolved_or_refused(node: Any) -> None:
    """For any content of a template: a value without functions, or a message; never a crash."""
    for scope in (SCOPE, replace(UNKNOWING, conditions={**SCOPE.conditions, **UNKNOWING.conditions})):
        try:
            found = resolve(node, scope)
        except (RefusedError, NotEmulatedError):
            continue
        asks_the_account = re.search("Fn::(RefAll|ValueOf)", repr(node))
        assert scope is not SCOPE or asks_the_account or not list(unknowns(found))
