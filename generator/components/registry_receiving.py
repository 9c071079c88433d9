"""Replicas that a registry accepts from the accounts that are named, and the repositories that it creates for them."""

from __future__ import annotations

from collections.abc import Iterator

from awacs import ecr, kms
from awacs.aws import Allow, Condition, StringEquals
from troposphere import Select, Split, Sub, Template
from troposphere.ecr import EncryptionConfiguration, LifecyclePolicy, RegistryPolicy, RepositoryCreationTemplate

from generator.components.encryption import Key
from generator.components.pull_policy import ACCOUNT_ID
from generator.components.repository import moving_tags
from generator.components.repository_prefixes import Prefixes, add_prefixes
from generator.model.grants import Grant, add_service_role, trust_quiet
from generator.model.parameters import EACH_ONCE, add_parameter

GROUP = "Replicas"
# A template for every repository that no other template is for. It applies to replication alone, which the policy of
# the registry limits to the prefixes.
EVERY_REPOSITORY = "ROOT"


def add_registry_receiving(template: Template) -> Prefixes:
    """The policy of the registry; the prefixes that it names.

    ECR replicates with a role of its own in the account of the source, for which the policy names that account. A
    registry has one policy. CloudFormation does not take over one that exists.
    https://docs.aws.amazon.com/AmazonECR/latest/userguide/registry-permissions.html
    """
    accounts = add_parameter(
        template,
        "ReplicatingAccountIds",
        group=GROUP,
        label="Accounts that replicate",
        description="IDs of up to five accounts whose images may be replicated to this registry.",
        AllowedPattern=f"^{EACH_ONCE}{ACCOUNT_ID}(,{ACCOUNT_ID}){{0,4}}$",
        ConstraintDescription="Enter account IDs of twelve digits, separated by commas.",
    )
    prefixes = add_prefixes(template, GROUP, "Images of repositories below these prefixes are received")
    template.add_resource(
        RegistryPolicy(
            "Policy",
            PolicyText={
                "Version": "2012-10-17",
                "Statement": [
                    {
                        "Sid": "Replicate",
                        "Effect": Allow,
                        "Principal": {"AWS": Split(",", accounts)},
                        "Action": [ecr.CreateRepository, ecr.ReplicateImage],
                        "Resource": prefixes.each(_below),
                    }
                ],
            },
        )
    )
    return prefixes


def _create_repositories(prefixes: Prefixes) -> Iterator[Grant]:
    """Create repositories below each prefix that was entered.

    https://docs.aws.amazon.com/AmazonECR/latest/userguide/repository-creation-templates-custom.html
    """
    for number, (prefix, entered) in enumerate(zip(prefixes.values, ("", *prefixes.conditions), strict=True), 1):
        yield Grant(
            sid=f"CreateRepositories{number}",
            actions=(ecr.CreateRepository, ecr.ReplicateImage),
            resources=(_below(prefix),),
            why="ECR makes the repository of the first replica, and puts replicas into it.",
            only_if=entered,
        )


def _below(prefix: Select) -> Sub:
    """The repositories below a prefix."""
    return Sub("arn:${AWS::Partition}:ecr:${AWS::Region}:${AWS::AccountId}:repository/${Prefix}*", Prefix=prefix)


def add_creation_template(template: Template, prefixes: Prefixes, key: Key, lifecycle: LifecyclePolicy) -> None:
    """The settings of repositories for replicas: encrypted, immutable, with lifecycle rules. ECR copies no settings.

    It applies when a repository is created, and changes no existing one.
    https://docs.aws.amazon.com/AmazonECR/latest/userguide/repository-creation-templates.html
    """
    role = add_service_role(
        template,
        "CreationRole",
        trusted=trust_quiet("ecr.amazonaws.com"),
        grants=(
            *_create_repositories(prefixes),
            Grant(
                sid="EncryptRepositories",
                actions=(kms.CreateGrant, kms.DescribeKey, kms.RetireGrant),
                resources=(key.arn,),
                condition=Condition(StringEquals({"kms:ViaService": Sub("ecr.${AWS::Region}.amazonaws.com")})),
                why="A repository is encrypted with this key by a grant, which is retired with the repository.",
            ),
        ),
    )
    template.add_resource(
        RepositoryCreationTemplate(
            "CreationTemplate",
            Prefix=EVERY_REPOSITORY,
            Description="Repositories for replicas",
            AppliedFor=["REPLICATION"],
            # A key needs a role.
            # https://docs.aws.amazon.com/AmazonECR/latest/userguide/repository-creation-templates-create.html
            CustomRoleArn=role.arn,
            EncryptionConfiguration=EncryptionConfiguration(EncryptionType="KMS", KmsKey=key.arn),
            ImageTagMutability="IMMUTABLE_WITH_EXCLUSION",
            ImageTagMutabilityExclusionFilters=moving_tags(template),
            LifecyclePolicy=lifecycle.LifecyclePolicyText,
        )
    )
