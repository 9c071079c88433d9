"""The calls of a container engine that pulls or pushes an image, and ECR's calls on its behalf."""

from __future__ import annotations

from collections.abc import Iterator

from generator.authorization.authorized_calls import ServiceCall
from generator.authorization.routine import Routine, calls_in
from generator.cloudformation.offline_stack import Location

# ECR answers with addresses in its own bucket of image layers.
PULL = Routine(
    "https://docs.aws.amazon.com/codebuild/latest/userguide/setting-up-service-role.html",
    tuple(
        (f"ecr:{operation}", {"repositoryName": "{Repository}"})
        for operation in ("BatchGetImage", "GetDownloadUrlForLayer", "BatchCheckLayerAvailability")
    ),
)
PUSH = Routine(
    "https://docs.aws.amazon.com/AmazonECR/latest/userguide/image-push-iam.html",
    tuple(
        (f"ecr:{operation}", {"repositoryName": "{Repository}"})
        for operation in (
            "BatchCheckLayerAvailability",
            "InitiateLayerUpload",
            "UploadLayerPart",
            "CompleteLayerUpload",
            "BatchGetImage",
            "PutImage",
        )
    ),
)
# ECR's calls with the permissions of the caller that pushes, if the registry signs with a profile.
SIGN = Routine(
    "https://docs.aws.amazon.com/AmazonECR/latest/userguide/managed-signing.html",
    (
        ("signer:SignPayload", {"profileArn": "{Profile}"}),
        *((name, parameters) for name, parameters in PUSH.operations if name != "ecr:BatchGetImage"),
    ),
)


def pull_calls(place: Location, role: str, repository: str) -> Iterator[ServiceCall]:
    """The calls of a container engine that logs in and pulls an image from inside the network of the builds."""
    api, registry = _registry(place)
    yield ServiceCall("ecr", "GetAuthorizationToken", {}, role, api)
    yield from calls_in(PULL, role, {"Repository": repository}, registry)


def push_calls(place: Location, role: str, repository: str) -> Iterator[ServiceCall]:
    """The calls of a container engine that logs in and pushes an image."""
    api, registry = _registry(place)
    yield ServiceCall("ecr", "GetAuthorizationToken", {}, role, api)
    yield from calls_in(PUSH, role, {"Repository": repository}, registry)


def sign_calls(role: str, repository: str, profile: str) -> Iterator[ServiceCall]:
    """The calls of a signing registry, which uses the permissions of the caller that pushes."""
    return calls_in(SIGN, role, {"Repository": repository, "Profile": profile})


def _registry(place: Location) -> tuple[str, str]:
    """The hosts of ECR: its API, and the registry for container engines."""
    return f"api.ecr.{place.region}.{place.suffix}", f"{place.account}.dkr.ecr.{place.region}.{place.suffix}"
