"""AWS Secrets Manager."""

from __future__ import annotations

from generator.authorization.need import Needs, arn, each_on

NEEDS: Needs = {
    **each_on(arn("secretsmanager", "secret:{SecretId}"), "secretsmanager:GetSecretValue"),
}
