"""The queue of events that could not be delivered."""

from __future__ import annotations

from typing import Any

from troposphere import encode_to_dict

from generator.components.encryption import Key
from generator.components.lost_pushes import add_dead_letters
from generator.model.template import new_template
from generator.publishing import render

DEAD_LETTERS = add_dead_letters(TEMPLATE := new_template("Test"), Key("arn:key"))
RENDERED: dict[str, Any] = render.to_dict(TEMPLATE)
KEEP, REFUSE = RENDERED["Resources"]["LostPushesPolicy"]["Properties"]["PolicyDocument"]["Statement"]


def test_an_event_is_kept_for_as_long_as_sqs_can() -> None:
    """An encrypted queue keeps messages for 14 days, and the stack shows its address."""
    queue = RENDERED["Resources"]["LostPushes"]["Properties"]
    assert {"KmsMasterKeyId": "arn:key", "MessageRetentionPeriod": 14 * 24 * 3600} == queue
    assert {"Ref": "LostPushes"} == RENDERED["Outputs"]["LostPushesQueueUrl"]["Value"]


def test_rules_of_this_account_may_send() -> None:
    """EventBridge, for any rule of this account and region, because pipelines share the queue."""
    assert ("Allow", {"Service": "events.amazonaws.com"}, "sqs:SendMessage") == (
        KEEP["Effect"],
        KEEP["Principal"],
        KEEP["Action"][0],
    )
    rules = "arn:${AWS::Partition}:events:${AWS::Region}:${AWS::AccountId}:rule/*"
    assert {"ArnLike": {"aws:SourceArn": {"Fn::Sub": rules}}} == KEEP["Condition"]


def test_tls_is_required() -> None:
    """Every principal is refused on plain HTTP."""
    assert ("Deny", "*", {"Bool": {"aws:SecureTransport": "false"}}) == (
        REFUSE["Effect"],
        REFUSE["Principal"],
        REFUSE["Condition"],
    )


def test_the_handle_is_the_arn_of_the_queue() -> None:
    """Rules name the queue by its ARN, and both statements are for this queue."""
    arn = {"Fn::GetAtt": ["LostPushes", "Arn"]}
    assert [arn] == encode_to_dict([DEAD_LETTERS.arn]) == KEEP["Resource"] == REFUSE["Resource"]
