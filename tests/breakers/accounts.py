"""Breakers of the promises about images that go from one account to another."""

from __future__ import annotations

from tests.breakers import breaks, properties_of
from tests.promises import accounts
from tests.rendered import Rendered


def _statement(template: Rendered) -> Rendered:
    return properties_of(template, "Policy")["PolicyText"]["Statement"][0]  # type: ignore[no-any-return]  # JSON


def _rule(template: Rendered) -> Rendered:
    rules = properties_of(template, "Replication")["ReplicationConfiguration"]["Rules"]
    return rules[0]  # type: ignore[no-any-return]  # JSON


@breaks(accounts.those_that_are_named_replicate, of="registry-receiving")
def anybody_replicates(template: Rendered) -> None:
    _statement(template)["Principal"] = "*"


@breaks(accounts.those_that_are_named_replicate, of="registry-receiving")
def every_repository_is_received(template: Rendered) -> None:
    _statement(template)["Resource"] = ["*"]


@breaks(accounts.those_that_are_named_replicate, of="registry-receiving")
def the_first_prefix_is_received_alone(template: Rendered) -> None:
    del _statement(template)["Resource"][1:]


@breaks(accounts.those_that_are_named_replicate, of="registry-receiving")
def repositories_must_exist(template: Rendered) -> None:
    _statement(template)["Action"] = "ecr:ReplicateImage"


@breaks(accounts.replicas_go_to_exactly_the_named_destinations, of="registry-sending")
def everything_is_replicated(template: Rendered) -> None:
    del _rule(template)["RepositoryFilters"]


@breaks(accounts.replicas_go_to_exactly_the_named_destinations, of="registry-sending")
def the_last_destination_is_left_out(template: Rendered) -> None:
    _rule(template)["Destinations"].pop()


@breaks(accounts.replicas_go_to_exactly_the_named_destinations, of="registry-sending")
def deletions_are_replicated(template: Rendered) -> None:
    _rule(template)["DeleteReplication"] = {"Enabled": True}


@breaks(accounts.repositories_are_made_below_the_prefixes, of="registry-receiving")
def repositories_below_the_last_prefix_are_not_made(template: Rendered) -> None:
    statements = properties_of(template, "CreationRole")["Policies"][0]["PolicyDocument"]["Statement"]
    del statements[2]


@breaks(accounts.creation_templates_are_for_replicas, of="registry-receiving")
def caches_get_the_same_repositories(template: Rendered) -> None:
    properties_of(template, "CreationTemplate")["AppliedFor"].append("PULL_THROUGH_CACHE")


@breaks(accounts.creation_templates_are_for_replicas, of="registry-receiving")
def a_key_is_used_without_a_role(template: Rendered) -> None:
    del properties_of(template, "CreationTemplate")["CustomRoleArn"]
