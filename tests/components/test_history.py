"""The history of state machines."""

from __future__ import annotations

from troposphere import encode_to_dict

from generator.components.history import encrypt_history, history_encryption
from tests.ground import Ground


def test_a_history_has_the_key_of_the_platform(ground: Ground) -> None:
    """The state machine names it, and its role may use it for state machines alone."""
    assert "CUSTOMER_MANAGED_KMS_KEY" == encode_to_dict(history_encryption(ground.key))["Type"]
    grant = encrypt_history(ground.key, "arn:machine")
    assert (ground.key.arn,) == grant.resources
    statement = encode_to_dict(grant.statement())
    context = {"kms:EncryptionContext:aws:states:stateMachineArn": "arn:machine"}
    assert context == statement["Condition"]["StringEquals"]
