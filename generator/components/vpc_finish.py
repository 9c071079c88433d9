"""Settings that CloudFormation has no resource for, made by a short function when the stack is created or updated.

The default security group of a VPC has rules, and CloudFormation can add to them but not remove any; the id of AWS's
prefix list of S3 differs by region, and is no attribute of any resource. An SSM association could run a runbook for the
first, but would return nothing.
"""

from __future__ import annotations

from typing import Any

from awacs import ec2
from troposphere import GetAtt, Ref, Sub, Template
from troposphere.validators.cloudformation import AWSCustomObject

from generator.components.encryption import Key
from generator.components.function import add_function
from generator.components.vpc import Vpc
from generator.model.arn import arn
from generator.model.export_names import add_export
from generator.model.grants import ACCOUNT, Grant
from generator.model.owner import Owner

PREFIX_LISTS_PAGE = "https://docs.aws.amazon.com/service-authorization/latest/reference/list_amazonec2.html"


class VpcFinish(AWSCustomObject):
    """The custom resource with the input of the function.

    https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/aws-resource-cloudformation-customresource.html
    """

    resource_type = "Custom::VpcFinish"
    props: dict[str, Any] = {  # noqa: RUF012  troposphere's own form
        "ServiceToken": (object, True),
        "ServiceTimeout": (int, True),
        "GroupId": (object, True),
        "Account": (object, True),
        "S3": (object, True),
    }


def add_vpc_finish(template: Template, owner: Owner, vpc: Vpc, key: Key, retention: Ref) -> None:
    """Empty the default security group of the VPC, and return the prefix list of S3."""
    finisher = add_function(
        template,
        "Finisher",
        description="Removes the rules of the default security group and finds the S3 prefix list",
        grants=_grants(),
        owner=owner,
        key=key,
        log_retention_days=retention,
    )
    # CloudFormation calls the function again only if a property changes.
    # https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/crpg-ref.html
    finish = VpcFinish(
        "Finish",
        ServiceToken=finisher.arn,
        ServiceTimeout=120,  # not the hour that CloudFormation waits otherwise
        GroupId=vpc.default_security_group_id,
        Account=ACCOUNT,
        S3=Sub("com.amazonaws.${AWS::Region}.s3"),
    )
    template.add_resource(finish)
    add_export(template, "network", "S3PrefixListId", GetAtt(finish, "S3PrefixListId"), "Prefix list of S3")


def _grants() -> tuple[Grant, ...]:
    return (
        Grant(
            sid="EmptyDefaultGroup",
            actions=(ec2.RevokeSecurityGroupEgress, ec2.RevokeSecurityGroupIngress),
            resources=(arn("ec2", "security-group/${Vpc.DefaultSecurityGroup}"),),
            why="A resource without a security group gets the default group of the VPC, which must admit nothing.",
        ),
        Grant(
            sid="FindPrefixList",
            actions=(ec2.DescribeManagedPrefixLists,),
            why="The security group of the builds leads to the prefix list of S3.",
            everywhere=PREFIX_LISTS_PAGE,
        ),
    )
