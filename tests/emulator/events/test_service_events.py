"""Events look as AWS documents them."""

from __future__ import annotations

import re

from generator.emulator.events.service_events import branch_updated, image_action, image_replicated


def test_a_push_has_the_documented_shape() -> None:
    """The sample of AWS's page, key by key; its resources are empty."""
    sample = {
        "version": "0",
        "id": "13cde686-328b-6117-af20-0e5566167482",
        "detail-type": "ECR Image Action",
        "source": "aws.ecr",
        "account": "123456789012",
        "time": "2019-11-16T01:54:34Z",
        "region": "us-west-2",
        "resources": [],
        "detail": {
            "result": "SUCCESS",
            "repository-name": "my-repository-name",
            "image-digest": "sha256:7f5b2640fe6fb4f46592dfd3410c4a79dac4f89e4782432e0378abcd1234",
            "action-type": "PUSH",
            "image-tag": "latest",
        },
    }
    told = image_action(
        "PUSH",
        repository="my-repository-name",
        digest="sha256:7f5b2640fe6fb4f46592dfd3410c4a79dac4f89e4782432e0378abcd1234",
        tag="latest",
        account="123456789012",
        region="us-west-2",
    )
    assert sample == {**told, "id": sample["id"], "time": sample["time"]}
    assert re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ", told["time"])


def test_a_replica_has_the_documented_shape() -> None:
    """The sample of AWS's page: account, region and resources are those of the destination."""
    digest = "sha256:7f5b2640fe6fb4f46592dfd3410c4a79dac4f89e4782432e0378abcd1234"
    sample = {
        "version": "0",
        "id": "c8b133b1-6029-ee73-e2a1-4f466b8ba999",
        "detail-type": "ECR Replication Action",
        "source": "aws.ecr",
        "account": "123456789012",
        "time": "2024-05-08T20:44:54Z",
        "region": "us-east-1",
        "resources": ["arn:aws:ecr:us-east-1:123456789012:repository/docker-hub/alpine"],
        "detail": {
            "result": "SUCCESS",
            "repository-name": "docker-hub/alpine",
            "image-digest": digest,
            "source-account": "123456789012",
            "action-type": "REPLICATE",
            "source-region": "us-west-2",
            "image-tag": "3.17.2",
        },
    }
    told = image_replicated(
        repository="docker-hub/alpine",
        digest=digest,
        tag="3.17.2",
        source_account="123456789012",
        source_region="us-west-2",
        account="123456789012",
        region="us-east-1",
    )
    assert sample == {**told, "id": sample["id"], "time": sample["time"]}


def test_a_push_to_a_branch_has_the_documented_shape() -> None:
    """The sample of AWS's page, without the fields that only a merge has."""
    sample = {
        "version": "0",
        "id": "01234567-EXAMPLE",
        "detail-type": "CodeCommit Repository State Change",
        "source": "aws.codecommit",
        "account": "123456789012",
        "time": "2019-06-12T10:23:43Z",
        "region": "us-east-2",
        "resources": ["arn:aws:codecommit:us-east-2:123456789012:MyDemoRepo"],
        "detail": {
            "event": "referenceUpdated",
            "repositoryName": "MyDemoRepo",
            "repositoryId": "12345678-1234-5678-abcd-12345678abcd",
            "referenceType": "branch",
            "referenceName": "myBranch",
            "referenceFullName": "refs/heads/myBranch",
            "commitId": "7f0103fMERGE",
        },
    }
    told = branch_updated(
        repository="MyDemoRepo", branch="myBranch", commit="7f0103fMERGE", account="123456789012", region="us-east-2"
    )
    detail = {**told["detail"], "repositoryId": sample["detail"]["repositoryId"]}  # type: ignore[index]
    assert sample == {**told, "id": sample["id"], "time": sample["time"], "detail": detail}
