"""Finishes a VPC for CloudFormation: its default security group loses its rules, and the prefix list of S3 is found."""

# https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/cfn-lambda-function-code-cfnresponsemodule.html
# https://docs.aws.amazon.com/IAM/latest/UserGuide/troubleshoot.html#troubleshoot_general_eventual-consistency

import time

import boto3
import cfnresponse

ec2 = boto3.client("ec2")


def handler(event, context):
    properties = event["ResourceProperties"]
    group = properties["GroupId"]
    try:
        # The group goes with its VPC: there is nothing to put back.
        found = {} if event["RequestType"] == "Delete" else finish(properties)
        cfnresponse.send(event, context, cfnresponse.SUCCESS, found, group)
    # Whatever it is: without an answer CloudFormation would wait until its time is up.
    except Exception as error:
        cfnresponse.send(event, context, cfnresponse.FAILED, {}, group, reason=repr(error))


def finish(properties, waits=(2, 4, 8, 16)):
    try:
        empty(properties["GroupId"], properties["Account"])
        return {"S3PrefixListId": prefix_list(properties["S3"])}
    # The role was made a moment ago, and IAM tells everybody in its own time.
    except ec2.exceptions.ClientError as error:
        if not waits or error.response["Error"]["Code"] != "UnauthorizedOperation":
            raise
    time.sleep(waits[0])
    return finish(properties, waits[1:])


def empty(group, account):
    inside = {"IpProtocol": "-1", "UserIdGroupPairs": [{"GroupId": group, "UserId": account}]}
    anywhere = {"IpProtocol": "-1", "IpRanges": [{"CidrIp": "0.0.0.0/0"}]}
    for revoke, rule in ((ec2.revoke_security_group_ingress, inside), (ec2.revoke_security_group_egress, anywhere)):
        try:
            revoke(GroupId=group, IpPermissions=[rule])
        # The rule is gone already.
        except ec2.exceptions.ClientError as error:
            if error.response["Error"]["Code"] != "InvalidPermission.NotFound":
                raise


def prefix_list(name):
    found = ec2.describe_managed_prefix_lists(Filters=[{"Name": "prefix-list-name", "Values": [name]}])["PrefixLists"]
    if len(found) != 1:
        raise ValueError(f"{len(found)} prefix lists are called {name}")
    return found[0]["PrefixListId"]
