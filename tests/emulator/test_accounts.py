"""One build account and two others in another region: each starts its own pipeline on what is replicated to it."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import dataclass, field

import pytest

from generator.emulator.programs.images import sample
from generator.emulator.services.ecr import ImageScan
from generator.emulator.trial.account import Account, account
from generator.emulator.trial.existing_resources import TrialPlace
from generator.emulator.trial.fleet import Fleet, FleetPush
from generator.emulator.trial.trial import deploy
from tests.conftest import RENDERED
from tests.emulator.people import Approver

pytestmark = pytest.mark.slow

BUILD = TrialPlace("111122223333", "eu-central-1")
STAGING = TrialPlace("222233334444", "eu-west-1")
PRODUCTION = TrialPlace("333344445555", "eu-west-1")
RECEIVERS = (STAGING, PRODUCTION)
REPOSITORY = "team/orders"


@dataclass
class Standing:
    """The three accounts."""

    fleet: Fleet
    approver: Approver = field(default_factory=Approver)

    def at(self, place: TrialPlace) -> Account:
        """One of the accounts."""
        [found] = [each for each in self.fleet.accounts if each.place == place]
        return found

    def push(self, content: str, tag: str, *, repository: str = REPOSITORY, platforms: int = 1) -> FleetPush:
        """Push an image in the build account."""
        image = sample(["linux/amd64", "linux/arm64"][:platforms], content)
        return self.fleet.push(self.at(BUILD), repository, image, tag, ImageScan())


def _sends(here: Account) -> None:
    rule = {
        "destinations": [{"region": each.region, "registryId": each.account} for each in RECEIVERS],
        "repositoryFilters": [{"filter": "team/", "filterType": "PREFIX_MATCH"}],
    }
    here.cloud.client("ecr").put_replication_configuration(replicationConfiguration={"rules": [rule]})


def _receives(here: Account) -> None:
    statement = {
        "Sid": "Replicate",
        "Effect": "Allow",
        "Principal": {"AWS": f"arn:aws:iam::{BUILD.account}:root"},
        "Action": ["ecr:CreateRepository", "ecr:ReplicateImage"],
        "Resource": [f"arn:aws:ecr:{here.place.region}:{here.place.account}:repository/team/*"],
    }
    ecr = here.cloud.client("ecr")
    ecr.put_registry_policy(policyText=json.dumps({"Version": "2012-10-17", "Statement": [statement]}))
    rules = [{"scanFrequency": "SCAN_ON_PUSH", "repositoryFilters": [{"filter": "*", "filterType": "WILDCARD"}]}]
    ecr.put_registry_scanning_configuration(scanType="BASIC", rules=rules)


@pytest.fixture(scope="module")
def standing() -> Iterator[Standing]:
    """A pipeline in each of the two accounts that receive."""
    approver = Approver()
    with account(BUILD, approver=approver, progress=lambda _: None) as build, ExitStack() as others:
        accounts = (build, *(others.enter_context(build.beside(place)) for place in RECEIVERS))
        _sends(build)
        for here in accounts[1:]:
            _receives(here)
            given = {
                "Name": "orders",
                "RepositoryName": REPOSITORY,
                "ReplicatingAccountIds": BUILD.account,
                "NotificationEmail": "team@example.com",
            }
            deploy(here, "pipeline-release", RENDERED["pipeline-release"], given)
        yield Standing(Fleet(accounts), approver)


def released(standing: Standing, place: TrialPlace) -> str:
    """The digest that is recorded in an account."""
    ssm = standing.at(place).cloud.inside("ssm")
    return str(
        json.loads(ssm.get_parameter(Name="/ecr-pipeline/orders/release/release")["Parameter"]["Value"])["digest"]
    )


def test_a_push_starts_the_pipelines_of_both_receivers(standing: Standing) -> None:
    """Each runs once, in its own account and region, and records the pushed digest; the build account runs nothing."""
    pushed = standing.push("both", "v1.0.0", platforms=2)
    assert [] == [*pushed.source.others]
    assert set(RECEIVERS) == set(pushed.received)
    for place in RECEIVERS:
        [execution] = pushed.received[place].others
        assert "Succeeded" == execution.status, execution.failures
        assert pushed.source.digest == released(standing, place)
