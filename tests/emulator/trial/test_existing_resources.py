"""Resources that parameters name exist in a trial."""

from __future__ import annotations

import pytest

from generator.emulator.aws import emulator
from generator.emulator.trial.existing_resources import TrialPlace, made, place_of


@pytest.mark.parametrize(
    ("values", "place"),
    [
        ([], TrialPlace()),
        (["v*", "vpc-0a1b2c3d"], TrialPlace()),
        (["arn:aws:iam::123456789012:role/a"], TrialPlace("123456789012", TrialPlace().region)),
        (
            ["arn:aws:iam::123456789012:role/a,arn:aws:kms:eu-west-1:123456789012:key/b"],
            TrialPlace("123456789012", "eu-west-1"),
        ),
        (["arn:aws-cn:kms:cn-north-1:123456789012:key/b"], TrialPlace("123456789012", "cn-north-1")),
        (["arn:aws-cn:iam::123456789012:policy/b"], TrialPlace("123456789012", "cn-north-1")),
        (["arn:aws-us-gov:iam::123456789012:policy/b"], TrialPlace("123456789012", "us-gov-west-1")),
    ],
)
def test_the_account_is_the_one_that_the_parameters_name(values: list[str], place: TrialPlace) -> None:
    """ARNs are of the account and the region that they are tried in."""
    assert place == place_of(values)


@pytest.mark.slow
def test_ids_become_those_of_existing_resources() -> None:
    """The same id means the same resource; roles, policies and functions have the given names."""
    account = "123456789012"
    given = {
        "VpcId": "vpc-0a1b2c3d4e5f60718",
        "SubnetIds": "subnet-0a1b2c3d4e5f60718,subnet-0b1c2d3e4f5061728",
        "Again": "subnet-0b1c2d3e4f5061728",
        "EndpointSecurityGroupId": "sg-0a1b2c3d4e5f60718",
        "RouteTableIds": "rtb-0a1b2c3d",
        "S3PrefixListId": "pl-6da54004",
        "KmsKeyArn": f"arn:aws:kms:eu-west-1:{account}:key/1234abcd-12ab-34cd-56ef-1234567890ab",
        "TaskRoleArns": f"arn:aws:iam::{account}:role/task,arn:aws:iam::{account}:role/path/to/execution",
        "PermissionsBoundaryArn": f"arn:aws:iam::{account}:policy/path/boundary",
        "ValidationFunctionArn": f"arn:aws:lambda:eu-west-1:{account}:function:smoke-test",
        "RepositoryName": "team/orders",
        "NotificationEmail": "",
    }
    with emulator(account=account, region="eu-west-1") as aws:
        values = made(aws, given)
        ec2 = aws.inside("ec2")
        [first, second] = values["SubnetIds"].split(",")
        assert second == values["Again"] != first
        subnets = ec2.describe_subnets(SubnetIds=[first, second])["Subnets"]
        assert {values["VpcId"]} == {subnet["VpcId"] for subnet in subnets}
        [group] = ec2.describe_security_groups(GroupIds=[values["EndpointSecurityGroupId"]])["SecurityGroups"]
        assert values["VpcId"] == group["VpcId"]
        ec2.describe_route_tables(RouteTableIds=[values["RouteTableIds"]])
        lists = ec2.describe_managed_prefix_lists(PrefixListIds=[values["S3PrefixListId"]])["PrefixLists"]
        assert ["com.amazonaws.eu-west-1.s3"] == [each["PrefixListName"] for each in lists]
        assert values["KmsKeyArn"] == aws.inside("kms").describe_key(KeyId=values["KmsKeyArn"])["KeyMetadata"]["Arn"]
        for arn in given["TaskRoleArns"].split(","):
            assert arn == aws.inside("iam").get_role(RoleName=arn.rpartition("/")[2])["Role"]["Arn"]
        aws.inside("iam").get_policy(PolicyArn=given["PermissionsBoundaryArn"])
        aws.inside("lambda").get_function(FunctionName=given["ValidationFunctionArn"])
        assert ("team/orders", "") == (values["RepositoryName"], values["NotificationEmail"])


def test_a_network_without_its_vpc_exists_nevertheless() -> None:
    """Subnets are in some VPC."""
    with emulator() as aws:
        subnet = made(aws, {"SubnetIds": "subnet-0a1b2c3d"})["SubnetIds"]
        assert subnet.startswith("subnet-")
