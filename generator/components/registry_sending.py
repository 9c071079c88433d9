"""Replication from a registry: images of repositories under prefixes, to other accounts and regions."""

from __future__ import annotations

from troposphere import Equals, If, Join, Not, NoValue, Ref, Select, Split, Template
from troposphere.ecr import (
    ReplicationConfiguration,
    ReplicationConfigurationProperty,
    ReplicationDestination,
    ReplicationRule,
    RepositoryFilter,
)

from generator.components.pull_policy import ACCOUNT_ID
from generator.components.repository_prefixes import add_prefixes
from generator.model.parameters import EACH_ONCE, add_condition, add_parameter

GROUP = "Replication"
REGION = "[a-z]+(-[a-z]+)+-[0-9]+"
DESTINATION = f"{ACCOUNT_ID}/{REGION}"
MOST_DESTINATIONS = 6


def add_registry_sending(template: Template) -> None:
    """The registry's replication configuration: one rule, which copies images that are pushed from now on.

    A registry has one configuration. CloudFormation does not take over rules that exist.
    https://docs.aws.amazon.com/AmazonECR/latest/userguide/replication.html
    https://docs.aws.amazon.com/AmazonECR/latest/APIReference/API_ReplicationConfiguration.html
    """
    destinations = add_parameter(
        template,
        "Destinations",
        group=GROUP,
        label="Destinations",
        description=f"Up to {MOST_DESTINATIONS} accounts with their regions, as ACCOUNT/REGION, separated by commas. "
        "Each needs a registry policy (template registry-receiving), unless it is this account.",
        AllowedPattern=rf"^{EACH_ONCE}{DESTINATION}(,{DESTINATION}){{0,{MOST_DESTINATIONS - 1}}}$",
        ConstraintDescription="Enter accounts and regions such as 222233334444/eu-west-1, separated by commas.",
    )
    prefixes = add_prefixes(template, GROUP, "Images of repositories below these prefixes are copied")
    template.add_resource(
        ReplicationConfiguration(
            "Replication",
            ReplicationConfiguration=ReplicationConfigurationProperty(
                Rules=[
                    ReplicationRule(
                        Destinations=_destinations(template, destinations),
                        # Deletions are not replicated, which is the default: a lifecycle rule of this registry would
                        # delete the image that runs in another account.
                        RepositoryFilters=prefixes.each(
                            lambda prefix: RepositoryFilter(Filter=prefix, FilterType="PREFIX_MATCH")
                        ),
                    )
                ]
            ),
        )
    )


def _destinations(template: Template, given: Ref) -> list[ReplicationDestination | If]:
    """The first one always, every other one if it was entered."""
    # With commas behind it the list always has enough members. The last ones are a slash: no account, no region.
    padded = Split(",", Join(",", [given, *["/"] * (MOST_DESTINATIONS - 1)]))
    destinations: list[ReplicationDestination | If] = []
    for number in range(MOST_DESTINATIONS):
        account, region = (Select(half, Split("/", Select(number, padded))) for half in (0, 1))
        destination = ReplicationDestination(Region=region, RegistryId=account)
        if number:
            entered = add_condition(template, f"HasDestination{number + 1}", Not(Equals(account, "")))
            destinations.append(If(entered, destination, NoValue))
        else:
            destinations.append(destination)
    return destinations
