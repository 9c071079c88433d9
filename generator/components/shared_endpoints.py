"""The endpoints of a VPC that many pipelines share: they allow the calls of builds, on resources of this account.

The required endpoints follow from the published templates: tests/promises/shared_network.py compares the two, and says
what is missing when a new target calls one more service.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, NamedTuple

from awacs import codeartifact, codebuild, ecr, eks, logs, s3, secretsmanager, ssm
from awacs.aws import Condition, StringEquals
from troposphere import Equals, GetAtt, Sub, Template
from troposphere.ec2 import SecurityGroup, SecurityGroupRule, VPCEndpoint

from generator.components.network import (
    endpoint_policy,
    endpoint_title,
    https,
    image_layers,
    nowhere,
    service_name,
)
from generator.components.package_bucket import add_package_bucket
from generator.components.source import AUTHORIZATION_PAGE
from generator.components.vpc import SUBNETS, Vpc, in_three_zones
from generator.model.arn import arn
from generator.model.export_names import add_export
from generator.model.grants import ACCOUNT, Grant
from generator.model.owner import EVERY_LOG_GROUP, Owner
from generator.model.parameters import add_choice, add_condition

GROUP = "Endpoints"
NO, YES = "no", "yes"
# Credentials of another account are refused.
# https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_condition-keys.html#condition-keys-principalaccount
OURS = Condition(StringEquals({"aws:PrincipalAccount": ACCOUNT}))


class Shared(NamedTuple):
    """A service with an endpoint, and the calls through it.

    `wanted_for` are the builds that call it; empty: all builds.
    """

    service: str
    grants: tuple[Grant, ...]
    wanted_for: str = ""


LOGIN = Grant(
    sid="LogInToRegistry",
    actions=(ecr.GetAuthorizationToken,),
    condition=OURS,
    why="Builds log in to the registry. A token is for the whole registry.",
    everywhere=AUTHORIZATION_PAGE,
)
PULL = Grant(
    sid="PullImages",
    actions=(ecr.BatchCheckLayerAvailability, ecr.BatchGetImage, ecr.GetDownloadUrlForLayer),
    resources=(arn("ecr", "repository/*"),),
    condition=OURS,
    why="Builds pull images.",
)
PUSH = Grant(
    sid="PushImages",
    actions=(ecr.CompleteLayerUpload, ecr.InitiateLayerUpload, ecr.PutImage, ecr.UploadLayerPart),
    resources=(arn("ecr", "repository/*"),),
    condition=OURS,
    why="Image builds push images.",
)
READ = Grant(
    sid="ReadFindings",
    actions=(ecr.DescribeImages, ecr.DescribeImageScanFindings, ecr.DescribeImageSigningStatus),
    resources=(arn("ecr", "repository/*"),),
    condition=OURS,
    why="Builds read the findings of scans.",
)
LOG = Grant(
    sid="WriteLogs",
    actions=(logs.CreateLogStream, logs.PutLogEvents),
    resources=(arn("logs", f"log-group:{EVERY_LOG_GROUP}"),),
    condition=OURS,
    why="Every build writes its log.",
)
ARTIFACTS = Grant(
    sid="MoveArtifacts",
    actions=(s3.GetBucketAcl, s3.GetBucketLocation, s3.GetObject, s3.GetObjectVersion, s3.PutObject),
    resources=(Sub("arn:${AWS::Partition}:s3:::*"),),
    # The ARN of a bucket names no account, so the key does.
    # https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_condition-keys.html#condition-keys-resourceaccount
    condition=Condition(StringEquals({"aws:PrincipalAccount": ACCOUNT, "aws:ResourceAccount": ACCOUNT})),
    why="Artifacts pass from action to action through the buckets of the pipelines.",
)
FIND_CLUSTER = Grant(
    sid="FindCluster",
    actions=(eks.DescribeCluster,),
    resources=(arn("eks", "cluster/*"),),
    condition=OURS,
    why="aws eks update-kubeconfig reads the address and the certificate of the cluster.",
)
# A package manager calls `codeartifact.repositories`, with a token that `codeartifact.api` gives.
# https://docs.aws.amazon.com/codeartifact/latest/ug/create-vpc-endpoints.html
PACKAGES = (
    Grant(
        sid="GetPackageToken",
        actions=(codeartifact.GetAuthorizationToken,),
        resources=(arn("codeartifact", "domain/*"),),
        condition=OURS,
        why="Builds get a token for a domain of packages.",
    ),
    Grant(
        sid="ReadPackages",
        actions=(codeartifact.ReadFromRepository,),
        resources=(arn("codeartifact", "repository/*"),),
        condition=OURS,
        why="Image builds install packages.",
    ),
)
# CodeBuild's agent fetches variables and hands in reports with the role of the build, and from inside the network.
# AWS's pages do not say so; its errors do: where it does not reach Secrets Manager or Parameter Store, the build fails
# with "RequestError: send request failed" and the name of their endpoint, and where it may not make a report, the
# session of the build is refused (aws/aws-cdk, issue 7367). That reports go the same way is an inference.
# https://docs.aws.amazon.com/codebuild/latest/userguide/test-permissions.html
REPORT = Grant(
    sid="HandInReports",
    actions=(codebuild.BatchPutTestCases, codebuild.CreateReport, codebuild.UpdateReport),
    resources=(arn("codebuild", "report-group/*"),),
    condition=OURS,
    why="CodeBuild's agent reports the results of tests.",
)
SECRET = Grant(
    sid="ReadSecrets",
    actions=(secretsmanager.GetSecretValue,),
    resources=(arn("secretsmanager", "secret:*"),),
    condition=OURS,
    why="CodeBuild's agent reads the secret of an image build.",
)
SECRET_PARAMETER = Grant(
    sid="ReadSecretParameters",
    actions=(ssm.GetParameters,),
    resources=(arn("ssm", "parameter/*"),),
    condition=OURS,
    why="CodeBuild's agent reads the secret of an image build.",
)

SERVICES = (
    Shared("ecr.api", (LOGIN, PULL, PUSH, READ)),
    Shared("ecr.dkr", (LOGIN, PULL, PUSH)),
    Shared("logs", (LOG,)),
    Shared("eks", (FIND_CLUSTER,), wanted_for="builds that deploy to EKS"),
    Shared("codebuild", (REPORT,), wanted_for="image builds, which report test results"),
    Shared("codeartifact.api", PACKAGES, wanted_for="image builds that install packages from CodeArtifact"),
    Shared("codeartifact.repositories", PACKAGES, wanted_for="image builds that install packages from CodeArtifact"),
    Shared("secretsmanager", (SECRET,), wanted_for="image builds with a secret"),
    Shared("ssm", (SECRET_PARAMETER,), wanted_for="image builds with a secret parameter"),
)


def add_shared_endpoints(template: Template, owner: Owner, vpc: Vpc, services: Iterable[Shared] = SERVICES) -> None:
    """The endpoints, and their security group, which admits the subnets. Those for some builds only are optional.

    https://docs.aws.amazon.com/vpc/latest/privatelink/vpc-endpoints-access.html
    """
    group = SecurityGroup(
        "EndpointSecurityGroup",
        GroupDescription=Sub(f"Endpoints of {owner.name}: in from its subnets"),
        VpcId=vpc.id,
        SecurityGroupIngress=_from_the_subnets(vpc),
        SecurityGroupEgress=[nowhere()],
    )
    template.add_resource(group)
    for shared in services:
        template.add_resource(
            VPCEndpoint(
                endpoint_title(shared.service),
                VpcEndpointType="Interface",
                ServiceName=service_name(template, shared.service),
                VpcId=vpc.id,
                SubnetIds=list(vpc.subnet_ids),
                SecurityGroupIds=[GetAtt(group, "GroupId")],
                PrivateDnsEnabled=True,
                PolicyDocument=endpoint_policy(shared.service.split(".")[0], shared.grants),
                **_when_wanted(template, shared),
            )
        )
    template.add_resource(
        VPCEndpoint(
            "S3Endpoint",
            VpcEndpointType="Gateway",
            ServiceName=service_name(template, "s3"),
            VpcId=vpc.id,
            RouteTableIds=[vpc.route_table_id],
            PolicyDocument=endpoint_policy("s3", (ARTIFACTS, image_layers(), add_package_bucket(template, GROUP))),
        )
    )
    group_id = GetAtt(group, "GroupId")
    add_export(template, "network", "EndpointSecurityGroupId", group_id, "Security group of the interface endpoints")


def _from_the_subnets(vpc: Vpc) -> list[object]:
    *first, third = (
        SecurityGroupRule(CidrIp=block, **https(f"From {name}"))
        for name, block in zip(SUBNETS, vpc.blocks, strict=True)
    )
    return [*first, in_three_zones(third)]


def _when_wanted(template: Template, shared: Shared) -> dict[str, Any]:
    """The condition of an endpoint that is created only on request, because each endpoint is billed per hour."""
    if not shared.wanted_for:
        return {}
    title = endpoint_title(shared.service)
    wanted = add_choice(
        template,
        f"Create{title}",
        group=GROUP,
        label=f"Endpoint for {shared.service}",
        description=f"yes: for {shared.wanted_for}. Billed per hour and zone.",
        choices=(NO, YES),
    )
    return {"Condition": add_condition(template, f"Has{title}", Equals(wanted, YES))}
