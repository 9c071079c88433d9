"""The stacks of `prove --deploy`: the smallest set in which a pipeline runs on a platform, as it would be used.

`standalone` would be one stack instead of four. It has no exports, no conditions on running Inspect and no log group of
a flow log, so that it would leave more questions open.
"""

from __future__ import annotations

import json
import time
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from generator import catalog
from generator.errors import GeneratorError
from generator.proving.change_set_checks import create_change_set, described_change_set
from generator.proving.prove_policy import BOUNDARY
from generator.proving.prove_scope import PREFIX, REPOSITORY, TEMPLATES
from generator.proving.proving_site import ProvingSite
from generator.publishing import render
from generator.rollout.applier import failure_reason
from generator.rollout.aws_program import AwsRefusalError
from generator.rollout.stack_states import DONE, REVIEW, is_busy

TAG = "v1-prove"
"""The tag of the pushed image."""
LARGEST_WAIT = 3600
_PAUSES = (0.2, 1, 2, 5, 10)
_SENT_TWICE = ("InvalidChangeSetStatus", "ChangeSetNotFound")
_ANNOUNCEMENT = """\
This makes four stacks in account {account}, {region}, and deletes them again:

  network   a VPC without internet access, 3 VPC endpoints in 2 zones
  platform  a key, a bucket, a build project, a queue
  registry  a key, a repository
  pipeline  a pipeline, a function, a topic

Then it pushes an image of a few bytes, follows its run, and approves it.

  Names    everything has ecr-pipeline-prove in its name; every stack has that tag
  Roles    all under the boundary {boundary}
  Time     about 30 minutes
  Cost     less than 0.50 USD
  Remains  3 keys, which AWS deletes after 7 days and does not charge until then

Ctrl-C deletes what was made until then.
"""


@dataclass(frozen=True, kw_only=True)
class ThrowawayStack:
    """A stack, its template and its parameters."""

    template: str
    parameters: Mapping[str, str] = field(repr=False)
    text: str = field(repr=False)

    @property
    def name(self) -> str:
        """The name in the account."""
        return f"{PREFIX}-{self.template}"

    @property
    def types(self) -> tuple[str, ...]:
        """The types of its resources."""
        return tuple(sorted({str(each["Type"]) for each in json.loads(self.text)["Resources"].values()}))


def throwaway_stacks(boundary: str) -> tuple[ThrowawayStack, ...]:
    """The stacks, each after those that it imports from. All roles have the permissions boundary."""
    bounded = {"PermissionsBoundaryArn": boundary}
    own = {
        "network": {"Network": PREFIX, "LogRetentionDays": "7"},
        "platform": {
            "Platform": PREFIX,
            "Network": PREFIX,
            "RepositoryPattern": f"{PREFIX}/*",
            # An image without an operating system cannot be scanned, and need not be for this.
            "UnsupportedScan": "allow",
            "MissingScan": "allow",
            "ScanTimeoutSeconds": "60",
            "LogRetentionDays": "7",
        },
        "registry": {"RepositoryName": REPOSITORY},
        "pipeline-release": {"Name": PREFIX, "Platform": PREFIX, "RepositoryName": REPOSITORY},
    }
    return tuple(
        ThrowawayStack(template=name, parameters={**own[name], **bounded}, text=render.to_json(catalog.build(name)))
        for name in TEMPLATES
    )


def boundary_arn(site: ProvingSite, given: str) -> str:
    """The boundary: that of `prove --policy`, unless another one is named. GeneratorError if there is none."""
    arn = given or f"arn:{site.place.partition}:iam::{site.place.account}:policy/{BOUNDARY}"
    try:
        site.aws.call("iam", "get-policy", "--policy-arn", arn)
    except AwsRefusalError as error:
        if error.code != "NoSuchEntity":
            raise
        raise GeneratorError(
            f"the permissions boundary {arn} does not exist: `ecr-pipeline prove --policy` prints the template that"
            " makes it, docs/prove.md has the command"
        ) from error
    return arn


def announcement(site: ProvingSite, boundary: str) -> str:
    """The announcement of everything that will be created, with its cost and duration."""
    return _ANNOUNCEMENT.format(account=site.place.account, region=site.place.region, boundary=boundary)


def deploy(site: ProvingSite, stack: ThrowawayStack) -> None:
    """Create a stack. GeneratorError with the first reason if it fails."""
    site.progress(f"deploying {stack.name}")
    create_change_set(site, stack.name, stack.text, stack.parameters, types=stack.types)
    described = described_change_set(site, stack.name)
    if described["Status"] == "FAILED":
        raise GeneratorError(f"{stack.name}: its change set failed: {described.get('StatusReason', '')}")
    try:
        site.aws.call(
            *("cloudformation", "execute-change-set", "--stack-name", stack.name),
            *("--change-set-name", str(described["ChangeSetName"])),
            *("--cli-read-timeout", "300"),
        )
    except AwsRefusalError as error:
        if error.code not in _SENT_TWICE:  # the AWS CLI repeats a call whose answer was lost
            raise
    final = settled(site, stack.name)
    if final["StackStatus"] not in DONE:
        raise GeneratorError(f"{stack.name}: {final['StackStatus']}: {failure_reason(site.aws, final)}")


def settled(site: ProvingSite, name: str) -> dict[str, Any]:
    """The stack, by name or id, once CloudFormation has finished."""
    for pause in pauses(LARGEST_WAIT):
        [stack] = site.aws.call("cloudformation", "describe-stacks", "--stack-name", name)["Stacks"]
        status = str(stack["StackStatus"])
        if not is_busy(status) and status != REVIEW:
            return dict(stack)
        site.pause(pause)
    raise GeneratorError(f"{name}: is still {status} after an hour")


def pauses(seconds: float) -> Iterator[float]:
    """The seconds between two calls, up to a total of `seconds`. The first pauses are short."""
    end = time.monotonic() + seconds
    number = 0
    while time.monotonic() < end:
        yield _PAUSES[min(number, len(_PAUSES) - 1)]
        number += 1
