"""The execution history of a state machine. Step Functions keeps it for 90 days, encrypted with the platform's key."""

from __future__ import annotations

from awacs import kms
from awacs.aws import Condition, StringEquals
from troposphere.stepfunctions import EncryptionConfiguration

from generator.components.encryption import Key
from generator.model.grants import Grant


def history_encryption(key: Key) -> EncryptionConfiguration:
    """The encryption setting of a state machine."""
    return EncryptionConfiguration(Type="CUSTOMER_MANAGED_KMS_KEY", KmsKeyId=key.arn)


def encrypt_history(key: Key, machine_arn: object) -> Grant:
    """Encrypt and decrypt the executions of the state machine with this ARN.

    https://docs.aws.amazon.com/step-functions/latest/dg/encryption-at-rest.html
    """
    context = {"kms:EncryptionContext:aws:states:stateMachineArn": machine_arn}
    return Grant(
        sid="EncryptHistory",
        actions=(kms.Decrypt, kms.GenerateDataKey),
        resources=(key.arn,),
        condition=Condition(StringEquals(context)),
        why="The history of executions is encrypted with this key.",
    )
