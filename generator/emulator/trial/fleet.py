"""Several accounts and regions of one AWS: a push in one is replicated to others, and starts what it starts there."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import NamedTuple

from generator.emulator.programs.images import Image
from generator.emulator.services.ecr import ImagePut, ImageScan
from generator.emulator.trial.account import Account
from generator.emulator.trial.existing_resources import TrialPlace
from generator.emulator.trial.replication import Replica, replicas
from generator.emulator.trial.trial import Push, Trial


class FleetPush(NamedTuple):
    """What a push came to where it was pushed, and where it was replicated to."""

    source: Push
    replicas: tuple[Replica, ...]
    received: Mapping[TrialPlace, Push]


class Fleet(NamedTuple):
    """Accounts and regions of one AWS."""

    accounts: tuple[Account, ...]

    def push(
        self, source: Account, repository: str, image: Image, tag: str, scan: ImageScan | None = None
    ) -> FleetPush:
        """Push an image in one account: everything that it starts in all of them is run to its end.

        What the runs of the source put into its registry is replicated as well.
        """
        here = _observer(source, repository)
        pushed = here.push(image, tag, scan=scan)
        copied = self._copy(source, [*((each, "") for each in image.children), (image, tag)], repository)
        received = {
            each.place: _observer(each, repository).receive(events)
            for each in self.accounts
            if (events := [replica.event for replica in copied if replica.place == each.place])
        }
        echoes = [replica for put in here.puts for replica in self._replicas(source, put)]
        return FleetPush(pushed, (*copied, *echoes), received)

    def _copy(self, source: Account, manifests: Iterable[tuple[Image, str]], repository: str) -> list[Replica]:
        copied = []
        for image, tag in manifests:
            for replica in self._replicas(source, ImagePut(repository, image.digest, tag)):
                copied.append(replica)
                for each in self.accounts:
                    if each.place == replica.place and not replica.why:
                        each.registry.push(repository, image)
        return copied

    def _replicas(self, source: Account, put: ImagePut) -> list[Replica]:
        return list(replicas(source.cloud, put, {each.place: each.policies.permit for each in self.accounts}))


def _observer(here: Account, repository: str) -> Trial:
    """An account as it is, without a pipeline of its own: whatever starts there is another one's run."""
    return Trial(account=here, stack="", names={}, pipeline="", repository=repository)
