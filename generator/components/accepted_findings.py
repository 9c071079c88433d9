"""The findings that a security team has accepted: lists in a bucket, which one role may write and Inspect reads.

Inspect reads them with its own role. If a pipeline passed them on, a person who edits it could accept findings.
"""

from __future__ import annotations

from typing import NamedTuple

from awacs import s3
from awacs.aws import ArnNotLike, Condition, Deny, Principal, Statement
from troposphere import If, Ref, Template
from troposphere.s3 import AbortIncompleteMultipartUpload, LifecycleRule

from generator.components.bucket import add_bucket, bucket_arn
from generator.components.encryption import Key
from generator.components.gate import GROUP
from generator.model.grants import Grant
from generator.model.outputs import add_output
from generator.model.parameters import add_condition, add_parameter, is_given

BUCKET = "AcceptedFindings"
HAS_ROLE = "HasAcceptingRole"


class AcceptedFindings(NamedTuple):
    """The bucket of the lists; an empty text if no role may accept findings."""

    bucket_name: If

    def read(self) -> Grant:
        """Read the lists."""
        return Grant(
            sid="ReadAcceptedFindings",
            actions=(s3.GetObject,),
            resources=(bucket_arn(BUCKET, "/*"),),
            why="The findings that the security team has accepted are not counted.",
            only_if=HAS_ROLE,
        )


def add_accepted_findings(template: Template, key: Key) -> AcceptedFindings:
    """The bucket, if there is a role that may write it. Its policy refuses all other writers of objects.

    A principal that may change that policy, or update the stack, can still accept findings.

    https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_condition-keys.html#condition-keys-principalarn
    """
    role = add_parameter(
        template,
        "AcceptingRoleArn",
        group=GROUP,
        label="Role that accepts findings",
        description="ARN of the IAM role that may write the lists of accepted findings. Roles of IAM Identity Center "
        "may have * for region and suffix. Empty: no finding is accepted.",
        Default="",
        # Anybody who may create roles could create one that matches role/security*. Only Identity Center creates the
        # roles AWSReservedSSO_*, and their suffix changes with each new assignment.
        # https://docs.aws.amazon.com/singlesignon/latest/userguide/referencingpermissionsets.html
        AllowedPattern=r"^(arn:[a-z-]+:iam::[0-9]{12}:role/([\w+=.@/-]{1,512}"
        r"|aws-reserved/sso\.amazonaws\.com/([a-z0-9*-]+/)?AWSReservedSSO_[\w+=.@-][\w+=.@*-]{0,48}))?$",
        ConstraintDescription="Enter the ARN of a role, or leave it empty. * is allowed only in a role "
        "AWSReservedSSO_NAME_* after role/aws-reserved/sso.amazonaws.com/.",
    )
    add_condition(template, HAS_ROLE, is_given(role))
    bucket = add_bucket(
        template,
        BUCKET,
        key,
        why="Keeps the lists of findings that are accepted until a date.",
        lifecycle=LifecycleRule(
            Id="AbortUploads",
            Status="Enabled",
            AbortIncompleteMultipartUpload=AbortIncompleteMultipartUpload(DaysAfterInitiation=1),
        ),
        refusals=[_other_writers(role)],
        only_if=HAS_ROLE,
    )
    add_output(template, "AcceptedFindingsBucket", bucket, "Bucket of the lists of accepted findings", HAS_ROLE)
    return AcceptedFindings(If(HAS_ROLE, bucket, ""))


def _other_writers(role: Ref) -> Statement:
    """Deny every action that adds, hides, removes or re-encrypts a list to all roles except the accepting one.

    https://docs.aws.amazon.com/service-authorization/latest/reference/list_amazons3.html
    """
    return Statement(
        Sid="RefuseOtherWriters",
        Effect=Deny,
        Principal=Principal("*"),
        Action=[
            s3.DeleteObject,
            s3.DeleteObjectVersion,
            s3.PutObject,
            s3.ReplicateDelete,
            s3.ReplicateObject,
            s3.UpdateObjectEncryption,
        ],
        Resource=[bucket_arn(BUCKET, "/*")],
        Condition=Condition(ArnNotLike({"aws:PrincipalArn": role})),
    )
