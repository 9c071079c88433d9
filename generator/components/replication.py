"""Copies of the images in another region or account."""

from __future__ import annotations

from troposphere import And, Equals, If, Not, Or, Ref, Template
from troposphere.ecr import (
    ReplicationConfiguration,
    ReplicationConfigurationProperty,
    ReplicationDestination,
    ReplicationRule,
    RepositoryFilter,
)

from generator.components.repository import Repository
from generator.model.grants import ACCOUNT
from generator.model.parameters import add_condition, add_parameter, add_rule, is_given

GROUP = "Replication"


def add_replication(template: Template, repository: Repository) -> None:
    """The registry's replication configuration: this repository, to one destination.

    It is not created without a destination.

    There is one configuration for an account and region. Copies start with the next push; policies, lifecycle and
    settings are not copied.
    https://docs.aws.amazon.com/AmazonECR/latest/userguide/replication.html
    """
    region = add_parameter(
        template,
        "ReplicationRegion",
        group=GROUP,
        label="Replication region",
        description="Region that images are copied to. The stack fails if this account already has replication rules "
        "in its own region. Empty: no copies.",
        Default="",
        AllowedPattern="^([a-z]+(-[a-z]+)+-[0-9])?$",
        ConstraintDescription="Enter a region such as eu-central-1, or leave it empty.",
    )
    account = add_parameter(
        template,
        "ReplicationAccountId",
        group=GROUP,
        label="Replication account",
        description="Account that images are copied to. Its registry policy must allow that. Empty: this account.",
        Default="",
        AllowedPattern="^([0-9]{12})?$",
        ConstraintDescription="Enter an account ID of twelve digits, or leave it empty.",
    )
    add_rule(
        template,
        "CopiesNeedARegion",
        (is_given(region), "ReplicationAccountId is set: enter ReplicationRegion as well."),
        when=is_given(account),
    )
    # AWS's page on rules does not mention pseudo parameters, but CloudFormation resolves them there:
    # https://github.com/mozilla/security/pull/35
    here = Equals(region, Ref("AWS::Region"))
    add_rule(
        template,
        "CopiesGoElsewhere",
        (
            Or(Not(here), And(is_given(account), Not(Equals(account, ACCOUNT)))),
            "ReplicationRegion is the region of the stack: enter another one, or ReplicationAccountId as well.",
        ),
        when=is_given(region),
    )
    destination = ReplicationDestination(
        Region=region,
        # The account is required, also for a copy in the same account.
        # https://docs.aws.amazon.com/AmazonECR/latest/APIReference/API_ReplicationDestination.html
        RegistryId=If(add_condition(template, "ReplicateHere", Equals(account, "")), ACCOUNT, account),
    )
    template.add_resource(
        ReplicationConfiguration(
            "Replication",
            Condition=add_condition(template, "Replicate", is_given(region)),
            ReplicationConfiguration=ReplicationConfigurationProperty(
                Rules=[
                    ReplicationRule(
                        Destinations=[destination],
                        # A prefix is the only kind of filter: team/orders also copies team/orders-api.
                        RepositoryFilters=[RepositoryFilter(Filter=repository.name, FilterType="PREFIX_MATCH")],
                    )
                ]
            ),
        )
    )
