"""Sentences about an event that starts no run, by the fields that the trigger does not accept."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from generator.eventbridge.patterns import BusEvent

REPLICATED = "ECR Replication Action"


def explanations(event: BusEvent, why: str, parameters: Mapping[str, str]) -> Iterator[str]:
    """A sentence for each field of an event of ECR that `why` names. `parameters` are those of the pipeline's stack."""
    detail = event.get("detail", {})
    is_replica = event.get("detail-type") == REPLICATED
    if detail.get("action-type") == "DELETE":
        yield "A deletion starts no run."
        return
    if "detail.result:" in why:
        yield f"A {'replication' if is_replica else 'push'} that failed starts no run."
    if "detail.repository-name:" in why:
        watched = parameters.get("RepositoryName", "")
        yield f"The repository {detail['repository-name']} is not RepositoryName ({watched})."
    if "detail.image-tag:" in why:
        tag, pattern = detail["image-tag"], parameters.get("ImageTagPattern", "")
        yield (
            f"The tag {tag} does not match ImageTagPattern ({pattern})."
            if tag
            else "An image without a tag starts no run."
        )
    if is_replica and "detail.source-account:" in why:
        listed = parameters.get("ReplicatingAccountIds", "")
        yield f"Account {detail['source-account']} is not in ReplicatingAccountIds ({listed})."
