"""Names of resources."""

from __future__ import annotations

from fnmatch import fnmatchcase

from troposphere import encode_to_dict

from generator.model.owner import EVERY_LOG_GROUP, Owner

BY_STACK, BY_NAME = Owner("deployer"), Owner("pipeline", "${Name}")


def test_a_log_group_shows_what_writes_it() -> None:
    """Its name has kind, name and purpose; without a name of its own, the owner has the name of the stack."""
    assert {"Fn::Sub": "/ecr-pipeline/pipeline/${Name}/Recorder"} == encode_to_dict(BY_NAME.log_group("Recorder"))
    assert {"Fn::Sub": "/ecr-pipeline/deployer/${AWS::StackName}/Deploy"} == encode_to_dict(
        BY_STACK.log_group("Deploy")
    )


def test_patterns_match_the_log_groups() -> None:
    """The pattern of an owner matches its own groups and no other; the common pattern matches all."""
    groups = [encode_to_dict(owner.log_group("Thing"))["Fn::Sub"] for owner in (BY_STACK, BY_NAME)]
    assert [[True, False], [False, True], [True, True]] == [
        [fnmatchcase(group, pattern) for group in groups]
        for pattern in (BY_STACK.log_groups, BY_NAME.log_groups, EVERY_LOG_GROUP)
    ]


def test_resources_of_two_owners_have_different_names() -> None:
    """Two kinds with one name do not collide; a stack's name is unique by itself."""
    assert "ecr-pipeline-pipeline-${Name}-Inspect" == BY_NAME.resource("Inspect")
    assert BY_NAME.resource("Inspect") != Owner("platform", "${Name}").resource("Inspect")
    assert "${AWS::StackName}-Deploy" == BY_STACK.resource("Deploy")
