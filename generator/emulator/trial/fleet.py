"""Several accounts and regions of one AWS: a push in one of them is replicated, and starts pipelines in all."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import NamedTuple

from moto.utilities.utils import get_partition

from generator.emulator.programs.images import Image
from generator.emulator.services.ecr import ImagePut, ImageScan
from generator.emulator.trial.account import Account
from generator.emulator.trial.existing_resources import TrialPlace
from generator.emulator.trial.replicas import Replica, replicas
from generator.emulator.trial.trial import Push, Trial


class FleetPush(NamedTuple):
    """The results of a push, in its own account and in those that it was replicated to."""

    source: Push
    replicas: tuple[Replica, ...]
    received: Mapping[TrialPlace, Push]


class Fleet(NamedTuple):
    """Accounts and regions of one AWS."""

    accounts: tuple[Account, ...]

    def push(
        self, source: Account, repository: str, image: Image, tag: str, scan: ImageScan | None = None
    ) -> FleetPush:
        """Push an image in one account, and run everything that it starts in all of them to its end.

        Images that the runs of the source put into its registry are replicated as well.
        """
        here = observer(source, repository)
        pushed = here.push(image, tag, scan=scan)
        copied = self.copy(source, repository, image, tag)
        received = {
            each.place: observer(each, repository).receive(events)
            for each in self.accounts
            if (events := [replica.event for replica in copied if replica.place == each.place])
        }
        echoes = [replica for put in here.puts for replica in self._replicas(source, put)]
        return FleetPush(pushed, (*copied, *echoes), received)

    def copy(self, source: Account, repository: str, image: Image, tag: str) -> list[Replica]:
        """Replicate an image that was pushed in one account, its children first."""
        copied = []
        for each, its_tag in (*((child, "") for child in image.children), (image, tag)):
            for replica in self._replicas(source, ImagePut(repository, each.digest, its_tag)):
                copied.append(replica)
                for account in self.accounts:
                    if account.place == replica.place and not replica.why:
                        account.registry.push(repository, each)
        return copied

    def _replicas(self, source: Account, put: ImagePut) -> list[Replica]:
        return list(replicas(source.cloud, put, {each.place: each.policies.permit for each in self.accounts}))


# A region of each partition in which images are pushed that are replicated to another one.
_SOURCES = {"aws": ("us-east-1", "us-west-2"), "aws-cn": ("cn-north-1", "cn-northwest-1")}
_SOURCES["aws-us-gov"] = ("us-gov-west-1", "us-gov-east-1")


def replicated(
    tried: Trial,
    image: Image,
    tag: str,
    source: str,
    *,
    repository: str = "",
    scan: ImageScan | None = None,
    is_taken: bool = True,
) -> Push:
    """Push an image in another account and region, which replicate it to the account of a pipeline.

    The account takes it and scans it as a push, unless `is_taken` is false: then no policy of its registry allows it.
    """
    here, where = tried.account, repository or tried.repository
    place = next(each for each in _SOURCES[get_partition(here.place.region)] if each != here.place.region)
    ecr = here.cloud.inside("ecr")
    if is_taken:
        names = f"arn:{get_partition(here.place.region)}:ecr:{here.place.region}:{here.place.account}:repository/*"
        statement = {"Effect": "Allow", "Principal": {"AWS": source}, "Action": [*_REPLICATE], "Resource": [names]}
        ecr.put_registry_policy(policyText=json.dumps({"Version": "2012-10-17", "Statement": [statement]}))
        every = [{"filter": "*", "filterType": "WILDCARD"}]
        rules = [{"scanFrequency": "SCAN_ON_PUSH", "repositoryFilters": every}]
        ecr.put_registry_scanning_configuration(scanType="BASIC", rules=rules)
    with here.beside(TrialPlace(source, place)) as there:
        to = {"region": here.place.region, "registryId": here.place.account}
        there.cloud.inside("ecr").put_replication_configuration(
            replicationConfiguration={"rules": [{"destinations": [to]}]}
        )
        here.progress(f"pushing {where}:{tag} in {source}, {place}, which replicates it")
        observer(there, where).push(image, tag, scan=scan)
        events = [each.event for each in Fleet((here,)).copy(there, where, image, tag)]
    return tried.receive(events)


_REPLICATE = ("ecr:CreateRepository", "ecr:ReplicateImage")


def observer(here: Account, repository: str) -> Trial:
    """An account without a pipeline of its own: every run that starts there belongs to another one."""
    return Trial(account=here, stack="", names={}, pipeline="", repository=repository)
