"""The key."""

from __future__ import annotations

import re
from typing import Any

import pytest
from awacs.aws import Statement
from troposphere import encode_to_dict

from generator.components.encryption import Key, add_chosen_key, add_key, for_alarms, for_dead_letters, for_logs
from generator.model.owner import Owner
from generator.model.template import new_template
from generator.publishing import render

OWNER = Owner("platform", "${Platform}")
LOGS = for_logs("/ecr-pipeline/*")
FOR_EACH = {"Logs": LOGS, "Alarms": for_alarms(), "DeadLetters": for_dead_letters()}


def _rendered(*services: Statement) -> dict[str, Any]:
    template = new_template("Test")
    add_key(template, OWNER, services=services)
    return render.to_dict(template)


def test_the_policy_names_the_account_and_the_requested_services() -> None:
    """A service that was not requested is not in the policy of the key."""
    for sid, service in FOR_EACH.items():
        policy = _rendered(service)["Resources"]["Key"]["Properties"]["KeyPolicy"]
        assert ["Account", sid, "Grants"] == [statement["Sid"] for statement in policy["Statement"]]


def test_the_account_decides_who_uses_the_key() -> None:
    """Its first statement delegates to the policies of roles; without it the policy could never be changed again."""
    account = _rendered()["Resources"]["Key"]["Properties"]["KeyPolicy"]["Statement"][0]
    assert {"AWS": {"Fn::Sub": "arn:${AWS::Partition}:iam::${AWS::AccountId}:root"}} == account["Principal"]
    assert (["kms:*"], ["*"]) == (account["Action"], account["Resource"])


def test_grants_are_made_by_services_only() -> None:
    """The last statement refuses direct calls, which have no such key in their context or "false"."""
    grants = _rendered()["Resources"]["Key"]["Properties"]["KeyPolicy"]["Statement"][-1]
    assert ("Deny", "*", ["kms:CreateGrant"]) == (grants["Effect"], grants["Principal"], grants["Action"])
    assert {"BoolIfExists": {"kms:GrantIsForAWSResource": "false"}} == grants["Condition"]


OURS = "arn:${AWS::Partition}:%s:${AWS::Region}:${AWS::AccountId}:%s"


@pytest.mark.parametrize(
    ("statement", "service", "condition"),
    [
        (
            LOGS,
            {"Fn::Sub": "logs.${AWS::Region}.${AWS::URLSuffix}"},
            {
                "ArnLike": {
                    "kms:EncryptionContext:aws:logs:arn": {"Fn::Sub": OURS % ("logs", "log-group:/ecr-pipeline/*")}
                }
            },
        ),
        (
            for_alarms(),
            "cloudwatch.amazonaws.com",
            {
                "StringEquals": {"aws:SourceAccount": {"Ref": "AWS::AccountId"}},
                "ArnLike": {"aws:SourceArn": {"Fn::Sub": OURS % ("cloudwatch", "alarm:*")}},
            },
        ),
        (
            for_dead_letters(),
            "events.amazonaws.com",
            {"ArnLike": {"aws:SourceArn": {"Fn::Sub": OURS % ("events", "rule/*")}}},
        ),
    ],
    ids=FOR_EACH,
)
def test_every_service_is_bound_to_this_account(statement: Statement, service: Any, condition: dict[str, Any]) -> None:
    """A service uses the key for log groups, alarms or rules of this account only."""
    rendered = encode_to_dict(statement)
    assert ({"Service": service}, condition) == (rendered["Principal"], rendered["Condition"])
    assert ("Allow", ["*"]) == (rendered["Effect"], rendered["Resource"])


def test_the_key_shows_what_it_encrypts() -> None:
    """Description and alias name the owner; the key rotates and outlives the stack."""
    template = new_template("Test")
    add_key(template, OWNER, services=(), encrypts="images and messages")
    resources = render.to_dict(template)["Resources"]
    key = resources["Key"]
    assert {"Fn::Sub": "Images and messages of ${Platform}"} == key["Properties"]["Description"]
    assert {"Fn::Sub": "alias/ecr-pipeline/platform/${Platform}"} == resources["KeyAlias"]["Properties"]["AliasName"]
    assert key["Properties"]["EnableKeyRotation"] is True
    assert ("RetainExceptOnCreate", "Retain") == (key["DeletionPolicy"], key["UpdateReplacePolicy"])


def test_a_writer_of_logs_uses_the_key_through_the_service_only() -> None:
    """The condition names CloudWatch Logs of this region, with the suffix that KMS uses in every partition."""
    statement = encode_to_dict(Key("arn:key").write_logs().statement())
    assert {"StringEquals": {"kms:ViaService": {"Fn::Sub": "logs.${AWS::Region}.amazonaws.com"}}} == (
        statement["Condition"]
    )
    assert "kms:GenerateDataKey" in statement["Action"]


def test_reading_does_not_encrypt() -> None:
    """Of the grants on the key, only `use`, `publish` and `write_logs` allow encryption."""
    key = Key("arn:key")
    encrypting = {"Encrypt", "GenerateDataKey"}
    grants = (key.use(), key.decrypt(), key.publish(), key.write_logs())
    assert [True, False, True, True] == [
        bool(encrypting & {action.action for action in grant.actions}) for grant in grants
    ]


def test_an_existing_key_replaces_the_own_one() -> None:
    """With KmsKeyArn neither key nor alias is created, and everything is encrypted with the existing key."""
    template = new_template("Test")
    key = add_chosen_key(template, OWNER, services=())
    rendered = render.to_dict(template)
    assert {"Fn::Equals": [{"Ref": "KmsKeyArn"}, ""]} == rendered["Conditions"]["CreateKey"]
    assert {"CreateKey"} == {rendered["Resources"][name]["Condition"] for name in ("Key", "KeyAlias")}
    assert {"Fn::If": ["CreateKey", {"Fn::GetAtt": ["Key", "Arn"]}, {"Ref": "KmsKeyArn"}]} == (
        encode_to_dict(key.decrypt().statement())["Resource"]
    )


@pytest.mark.parametrize(
    ("value", "is_allowed"),
    [
        ("", True),
        ("arn:aws:kms:eu-west-1:111122223333:key/1234abcd-12ab-34cd-56ef-1234567890ab", True),
        ("arn:aws-cn:kms:cn-north-1:111122223333:key/mrk-1234abcd12ab34cd56ef1234567890ab", True),
        ("arn:aws:kms:eu-west-1:111122223333:alias/main", False),
        ("1234abcd-12ab-34cd-56ef-1234567890ab", False),
        ("arn:aws:kms:eu-west-1:111122223333:key/*", False),
    ],
)
def test_an_existing_key_is_given_by_its_arn(value: str, is_allowed: bool) -> None:  # noqa: FBT001  (parametrized)
    """An alias or an id would not do in policies; nothing is the default."""
    template = new_template("Test")
    add_chosen_key(template, OWNER, services=())
    parameter = template.parameters["KmsKeyArn"].to_dict()
    assert "" == parameter["Default"]
    assert is_allowed == (re.fullmatch(parameter["AllowedPattern"], value) is not None)


def test_without_the_choice_there_is_no_parameter() -> None:
    """A key that is always created has neither parameter nor condition."""
    rendered = _rendered()
    assert {"Parameters", "Conditions"} & rendered.keys() == set()
    assert "Condition" not in rendered["Resources"]["Key"]
