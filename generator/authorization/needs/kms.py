"""AWS KMS."""

from __future__ import annotations

from collections.abc import Iterator

from generator.authorization.authorized_calls import CallEnvironment
from generator.authorization.need import Asked, Need, Needs, each_on, needed


def _use_key(call: Asked, environment: CallEnvironment) -> Iterator[Need]:
    """The encryption context of the call is in condition keys.

    https://docs.aws.amazon.com/kms/latest/developerguide/conditions-kms.html#conditions-kms-encryption-context
    """
    given = call.parameters.get("EncryptionContext") or {}
    context = {f"kms:EncryptionContext:{name}": str(value) for name, value in given.items()}
    yield needed(call, environment, call.name, "{KeyId}")._replace(context=context)


NEEDS: Needs = {
    "kms:Decrypt": _use_key,
    "kms:Encrypt": _use_key,
    "kms:GenerateDataKey": _use_key,
    **each_on("{KeyId}", "kms:DescribeKey"),
}
