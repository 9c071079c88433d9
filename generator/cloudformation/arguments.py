"""The required shape of each function's argument before anything is resolved, with CloudFormation's messages.

https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/intrinsic-function-reference.html

The messages of Ref, Fn::Base64, Fn::Equals, Fn::GetAtt, Fn::Join and Fn::Sub are quoted from answers of CloudFormation:
caktus/aws-web-stacks#100, aws/aws-cli#913, aws-cloudformation/cfn-lint#1639, ittus/aws-lambda-vpc-nat-examples#28,
bazaarvoice/cloudformation-ruby-dsl#131, serverless-operations/serverless-step-functions#550. The others are worded like
them.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from generator.cloudformation.refusals import NotEmulatedError, RefusedError


def check(function: str, argument: Any) -> None:
    """RefusedError if the function cannot accept the argument, whatever the functions inside it return."""
    if function == "Fn::Transform":  # CloudFormation runs a macro in its place
        raise NotEmulatedError("Fn::Transform is not emulated")
    if function not in _SHAPES:
        raise RefusedError(
            f"Template Error: Encountered unsupported function: {function} Supported functions are:"
            f" [{', '.join(_SHAPES)}]"
        )
    fits, message = _SHAPES[function]
    if not fits(argument):
        raise RefusedError(f"Template error: {message}")


def is_function(node: Any) -> bool:
    """Whether a node of a template is a function, known or not."""
    if not isinstance(node, Mapping) or len(node) != 1:
        return False
    (key,) = node
    return isinstance(key, str) and (key == "Ref" or key.startswith("Fn::"))


def _text(argument: Any) -> bool:
    return isinstance(argument, str)


def _text_or_function(argument: Any) -> bool:
    return isinstance(argument, str) or is_function(argument)


def _literal_or_function(argument: Any) -> bool:
    return isinstance(argument, (str, int, float)) or is_function(argument)


def _list_or_function(argument: Any) -> bool:
    return isinstance(argument, list) or is_function(argument)


def _anything(_argument: Any) -> bool:
    return True


def _condition(argument: Any) -> bool:
    return isinstance(argument, Mapping) and len(argument) == 1


def _list_of(*shapes: Callable[[Any], bool]) -> Callable[[Any], bool]:
    def fits(argument: Any) -> bool:
        return (
            isinstance(argument, list)
            and len(argument) == len(shapes)
            and all(shape(item) for shape, item in zip(shapes, argument, strict=True))
        )

    return fits


def _conditions(least: int, most: int) -> Callable[[Any], bool]:
    def fits(argument: Any) -> bool:
        return isinstance(argument, list) and least <= len(argument) <= most and all(map(_condition, argument))

    return fits


def _get_att(argument: Any) -> bool:
    if isinstance(argument, str):
        return all(argument.partition("."))
    return _list_of(_text, _text_or_function)(argument) and all(argument)


def _sub(argument: Any) -> bool:
    return isinstance(argument, str) or _list_of(_text, lambda names: isinstance(names, Mapping))(argument)


def _cidr(argument: Any) -> bool:
    return isinstance(argument, list) and len(argument) in (2, 3) and all(map(_literal_or_function, argument))


_JOIN = (
    "every Fn::Join object requires two parameters, (1) a string delimiter and (2) a list of strings to be joined or a"
    " function that returns a list of strings (such as Fn::GetAZs) to be joined."
)
_SPLIT = (
    "every Fn::Split object requires two parameters, (1) a string delimiter and (2) a string to be split or a function"
    " that returns a string to be split."
)
_FIND_IN_MAP = (
    "every Fn::FindInMap object requires three parameters, the map name, map key and the attribute for return value"
)
_SUB = (
    "One or more Fn::Sub intrinsic functions don't specify expected arguments. Specify a string as first argument, and"
    " an optional second argument to specify a mapping of values to replace in the string"
)
_BOTH = "every {} object requires a list of at least 2 and at most 10 boolean parameters."
_TWO = "every {} object requires two parameters."
_PAIR = _list_of(_anything, _anything)

# CloudFormation lists the functions that it supports in this order. Fn::Length, Fn::ToJsonString and Fn::ForEach are
# not among them: they need a transform.
# https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/transform-aws-languageextensions.html
_SHAPES: Mapping[str, tuple[Callable[[Any], bool], str]] = {
    "Fn::Base64": (_text_or_function, "every Fn::Base64 object must have a String-typed value."),
    "Fn::GetAtt": (
        _get_att,
        "every Fn::GetAtt object requires two non-empty parameters, the resource name and the resource attribute",
    ),
    "Fn::GetAZs": (_text_or_function, "every Fn::GetAZs object must have a String-typed value."),
    "Fn::ImportValue": (
        _text_or_function,
        "the attribute in Fn::ImportValue must be a string or a function that returns a string",
    ),
    "Fn::Join": (_list_of(_text, _list_or_function), _JOIN),  # the delimiter cannot be a function
    "Fn::Split": (_list_of(_text, _literal_or_function), _SPLIT),  # nor can this one
    "Fn::FindInMap": (_list_of(_text_or_function, _literal_or_function, _literal_or_function), _FIND_IN_MAP),
    "Fn::Select": (
        _list_of(_literal_or_function, _list_or_function),
        "Fn::Select requires a list argument with two elements: an integer index and a list",
    ),
    "Ref": (_text, "every Ref object must have a single String value."),
    "Fn::Equals": (_PAIR, "every Fn::Equals object requires a list of 2 string parameters."),
    "Fn::If": (_list_of(_text, _anything, _anything), "Fn::If requires a list argument with three elements"),
    "Fn::Not": (_conditions(1, 1), "every Fn::Not object requires a list of 1 boolean parameter."),
    "Condition": (_text, "every Condition member must be a string."),
    "Fn::And": (_conditions(2, 10), _BOTH.format("Fn::And")),
    "Fn::Or": (_conditions(2, 10), _BOTH.format("Fn::Or")),
    "Fn::Contains": (_PAIR, _TWO.format("Fn::Contains")),
    "Fn::EachMemberEquals": (_PAIR, _TWO.format("Fn::EachMemberEquals")),
    "Fn::EachMemberIn": (_PAIR, _TWO.format("Fn::EachMemberIn")),
    "Fn::ValueOf": (_list_of(_text, _text), _TWO.format("Fn::ValueOf")),
    "Fn::ValueOfAll": (_list_of(_text, _text), _TWO.format("Fn::ValueOfAll")),
    "Fn::RefAll": (_text, "every Fn::RefAll object must have a single String value."),
    "Fn::Sub": (_sub, _SUB),
    "Fn::Cidr": (_cidr, "every Fn::Cidr object requires an address block, a number of blocks, and optionally bits."),
}
