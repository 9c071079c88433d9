"""ARNs of a template."""

from __future__ import annotations

import pytest
from troposphere import Ref, encode_to_dict

from generator.cloudformation.resolver import resolve
from generator.cloudformation.scope import Scope
from generator.model.arn import each_arn

HERE = {"AWS::Partition": "aws-cn", "AWS::Region": "cn-north-1", "AWS::AccountId": "111122223333"}


@pytest.mark.parametrize("names", ["a/b", "a/b,c/d", "a/b,c/d,e/f"])
def test_each_name_of_a_list_has_its_arn(names: str) -> None:
    """One, two or three names: each has an ARN, and nothing else has."""
    split = encode_to_dict(each_arn("ecs", "service/", Ref("Services")))
    found = resolve(split, Scope(values={**HERE, "Services": names}))
    assert {f"arn:aws-cn:ecs:cn-north-1:111122223333:service/{name}" for name in names.split(",")} == set(found)


def test_each_name_may_have_several_ends() -> None:
    """Such as a function and its versions."""
    split = encode_to_dict(each_arn("lambda", "function:", Ref("Functions"), "", ":*"))
    found = resolve(split, Scope(values={**HERE, "Functions": "a,b"}))
    start = "arn:aws-cn:lambda:cn-north-1:111122223333:function"
    assert {f"{start}:{name}{end}" for name in "ab" for end in ("", ":*")} == set(found)
