"""Events as AWS services emit them.

https://docs.aws.amazon.com/AmazonECR/latest/userguide/ecr-eventbridge.html
https://docs.aws.amazon.com/codepipeline/latest/userguide/detect-state-changes-cloudwatch-events.html
https://docs.aws.amazon.com/codecommit/latest/userguide/monitoring-events.html
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timezone
from typing import Any
from uuid import uuid4

from moto.utilities.utils import get_partition

from generator.eventbridge.patterns import BusEvent


def image_action(
    action: str, *, repository: str, digest: str, tag: str, result: str = "SUCCESS", account: str, region: str
) -> BusEvent:
    """ECR's event on an action such as PUSH or DELETE. For a manifest without a tag, the tag is an empty text.

    Its `resources` are empty: only the detail names the repository.
    """
    detail = {
        "result": result,
        "repository-name": repository,
        "image-digest": digest,
        "action-type": action,
        "image-tag": tag,
    }
    return _event("aws.ecr", "ECR Image Action", detail, account=account, region=region)


def image_replicated(
    *,
    repository: str,
    digest: str,
    tag: str,
    result: str = "SUCCESS",
    source_account: str,
    source_region: str,
    account: str,
    region: str,
) -> BusEvent:
    """ECR's event on a replica, in the account and region that receive it: its `resources` name the repository there.

    ECR sends it to the destination only. A replication that fails has the result FAILED, unlike a push: FAILURE.
    """
    detail = {
        "result": result,
        "repository-name": repository,
        "image-digest": digest,
        "source-account": source_account,
        "action-type": "REPLICATE",
        "source-region": source_region,
        "image-tag": tag,
    }
    event = _event("aws.ecr", "ECR Replication Action", detail, account=account, region=region)
    place = f"arn:{get_partition(region)}:ecr:{region}:{account}"
    return {**event, "resources": [f"{place}:repository/{repository}"]}


def execution_state(state: str, *, pipeline: str, execution: str, account: str, region: str) -> BusEvent:
    """CodePipeline's event on a run that is STARTED, SUCCEEDED, FAILED, ..."""
    detail = {
        "pipeline": pipeline,
        "execution-id": execution,
        "start-time": datetime.now(timezone.utc).strftime("%Y-%m-%dT%H:%M:%S.000Z"),
        "state": state,
        "version": 1.0,
        "pipeline-execution-attempt": 1.0,
    }
    event = _event(
        "aws.codepipeline", "CodePipeline Pipeline Execution State Change", detail, account=account, region=region
    )
    return {**event, "resources": [f"arn:aws:codepipeline:{region}:{account}:{pipeline}"]}


def part_state(kind: str, detail: Mapping[str, Any], *, account: str, region: str) -> BusEvent:
    """CodePipeline's event on a stage or action of a run: `kind` is Stage or Action, `detail` has its own fields."""
    whole = {**detail, "version": 1.0, "pipeline-execution-attempt": 1.0}
    event = _event(
        "aws.codepipeline", f"CodePipeline {kind} Execution State Change", whole, account=account, region=region
    )
    return {**event, "resources": [f"arn:aws:codepipeline:{region}:{account}:{detail['pipeline']}"]}


def branch_updated(*, repository: str, branch: str, commit: str, account: str, region: str) -> BusEvent:
    """CodeCommit's event on a push to an existing branch."""
    detail = {
        "event": "referenceUpdated",
        "repositoryName": repository,
        "repositoryId": str(uuid4()),
        "referenceType": "branch",
        "referenceName": branch,
        "referenceFullName": f"refs/heads/{branch}",
        "commitId": commit,
    }
    event = _event("aws.codecommit", "CodeCommit Repository State Change", detail, account=account, region=region)
    return {**event, "resources": [f"arn:aws:codecommit:{region}:{account}:{repository}"]}


def _event(source: str, kind: str, detail: Mapping[str, Any], *, account: str, region: str) -> BusEvent:
    return {
        "version": "0",
        "id": str(uuid4()),
        "detail-type": kind,
        "source": source,
        "account": account,
        "time": datetime.now(timezone.utc).strftime("%Y-%m-%dT%H:%M:%SZ"),
        "region": region,
        "resources": [],
        "detail": detail,
    }
