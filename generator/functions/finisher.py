"""Finishes a VPC: removes the rules of its default security group, and finds the prefix list of S3.

CloudFormation calls this function as a custom resource, and provides the module `cfnresponse`:
https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/cfn-lambda-function-code-cfnresponsemodule.html
"""

import time
from typing import Any

import boto3
import cfnresponse

ec2 = boto3.client("ec2")

# Seconds between attempts. The stack has just created the role of this function, and IAM is eventually consistent.
# https://docs.aws.amazon.com/IAM/latest/UserGuide/troubleshoot.html#troubleshoot_general_eventual-consistency
WAITS = (2, 4, 8, 16)


def handler(event: dict[str, Any], context: object) -> None:
    """Does what CloudFormation requests, and reports the result to it."""
    properties = event["ResourceProperties"]
    group = properties["GroupId"]
    try:
        # Nothing is restored at a deletion: the group is deleted with its VPC.
        attributes = {} if event["RequestType"] == "Delete" else finish_with_new_role(properties)
        cfnresponse.send(event, context, cfnresponse.SUCCESS, attributes, group)
    # Any error: without an answer, CloudFormation waits until the timeout of the resource.
    except Exception as error:
        cfnresponse.send(event, context, cfnresponse.FAILED, {}, group, reason=repr(error))


def finish_with_new_role(properties: dict[str, str]) -> dict[str, str]:
    """Finishes the VPC, as soon as IAM knows the role of this function everywhere."""
    for seconds in WAITS:
        try:
            return finish(properties)
        except ec2.exceptions.ClientError as error:
            if error.response["Error"]["Code"] != "UnauthorizedOperation":
                raise
        time.sleep(seconds)
    return finish(properties)


def finish(properties: dict[str, str]) -> dict[str, str]:
    """Finishes the VPC. Gives the attributes of the custom resource."""
    remove_default_rules(properties["GroupId"], properties["Account"])
    return {"S3PrefixListId": prefix_list_id(properties["S3"])}


def remove_default_rules(group: str, account: str) -> None:
    """Removes the two rules that EC2 gives the default security group of a new VPC.

    https://docs.aws.amazon.com/vpc/latest/userguide/default-security-group.html
    """
    from_itself = {"IpProtocol": "-1", "UserIdGroupPairs": [{"GroupId": group, "UserId": account}]}
    to_anywhere = {"IpProtocol": "-1", "IpRanges": [{"CidrIp": "0.0.0.0/0"}]}
    remove_rule(ec2.revoke_security_group_ingress, group, from_itself)
    remove_rule(ec2.revoke_security_group_egress, group, to_anywhere)


def remove_rule(revoke: Any, group: str, rule: dict[str, Any]) -> None:
    """Removes a rule of the group, unless an earlier attempt has removed it."""
    try:
        revoke(GroupId=group, IpPermissions=[rule])
    except ec2.exceptions.ClientError as error:
        if error.response["Error"]["Code"] != "InvalidPermission.NotFound":
            raise


def prefix_list_id(name: str) -> str:
    """The id of the prefix list of that name, which differs between regions."""
    filters = [{"Name": "prefix-list-name", "Values": [name]}]
    found = ec2.describe_managed_prefix_lists(Filters=filters)["PrefixLists"]
    if len(found) != 1:
        raise ValueError(f"{len(found)} prefix lists are called {name}")
    identifier: str = found[0]["PrefixListId"]
    return identifier
