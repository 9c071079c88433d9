"""The key."""

from __future__ import annotations

from troposphere import encode_to_dict

from generator import render
from generator.components.encryption import add_key, for_alarms, for_dead_letters, for_logs
from generator.template import new_template
from tests.ground import Ground

FOR_EACH = {"Logs": for_logs, "Alarms": for_alarms, "DeadLetters": for_dead_letters}


def test_the_policy_names_the_account_and_the_services_asked_for() -> None:
    """A service that was not asked for is not in the policy of the key."""
    for sid, service in FOR_EACH.items():
        template = new_template("Test")
        add_key(template, services=[service()])
        policy = render.to_dict(template)["Resources"]["Key"]["Properties"]["KeyPolicy"]
        assert ["Account", sid] == [statement["Sid"] for statement in policy["Statement"]]


def test_the_key_says_what_it_encrypts() -> None:
    """Whoever finds the key in the account, or its ARN among the outputs, reads what it is for."""
    template = new_template("Test")
    add_key(template, services=(), encrypts="images and messages")
    rendered = render.to_dict(template)
    assert {"Fn::Sub": "Images and messages of ${AWS::StackName}"} == rendered["Resources"]["Key"]["Properties"][
        "Description"
    ]
    assert "The key that encrypts images and messages" == rendered["Outputs"]["KeyArn"]["Description"]


def test_logs_use_the_key_for_the_builds_of_this_stack_only() -> None:
    """CloudWatch Logs has to name a log group of this stack, of a build or a function."""
    condition = encode_to_dict(for_logs())["Condition"]["ArnLike"]["kms:EncryptionContext:aws:logs:arn"]
    assert condition["Fn::Sub"].endswith("log-group:/aws/*/${AWS::StackName}-*")


def test_a_key_brought_along_takes_the_place_of_the_own_one(ground: Ground) -> None:
    """With KmsKeyArn neither key nor alias is made, and everything is encrypted with the given key."""
    rendered = render.to_dict(ground.template)
    assert {"Fn::Equals": [{"Ref": "KmsKeyArn"}, ""]} == rendered["Conditions"]["CreateKey"]
    assert {"CreateKey"} == {rendered["Resources"][name]["Condition"] for name in ("Key", "KeyAlias")}
    assert {"Ref": "KmsKeyArn"} == encode_to_dict(ground.key.use().statement())["Resource"]["Fn::If"][2]
