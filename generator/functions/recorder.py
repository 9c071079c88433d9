"""Records which image a stage of the pipeline runs, and shows the approver what the next stage runs now.

CodePipeline calls this function as an action, with the facts in UserParameters:
https://docs.aws.amazon.com/codepipeline/latest/userguide/actions-invoke-lambda-function.html
"""

import json
import os
from typing import Any

import boto3

codepipeline = boto3.client("codepipeline")
ecr = boto3.client("ecr")
ssm = boto3.client("ssm")

# Every kind that ECR stores: the manifest must come back as it was pushed, or its digest is another one.
# https://docs.aws.amazon.com/AmazonECR/latest/APIReference/API_BatchGetImage.html
MANIFEST_TYPES = [
    "application/vnd.oci.image.manifest.v1+json",
    "application/vnd.oci.image.index.v1+json",
    "application/vnd.docker.distribution.manifest.v2+json",
    "application/vnd.docker.distribution.manifest.list.v2+json",
]
# The approval shows the release in a text of at most 1,000 characters, with everything that Inspect has found.
RELEASE = "{tags:.40} {digest}"


def handler(event: dict[str, Any], _context: object) -> None:
    """Does the job of the action, and reports its result to CodePipeline."""
    job = event["CodePipeline.job"]
    try:
        facts = json.loads(job["data"]["actionConfiguration"]["configuration"]["UserParameters"])
        variables = record(**facts) if "digest" in facts else released(**facts)
        codepipeline.put_job_success_result(jobId=job["id"], outputVariables=variables)
    # Any error: an action that gets no result waits until its timeout.
    except Exception as error:
        # A message of the pipeline may have 5,000 characters; the first of them say what happened.
        details = {"type": "JobFailed", "message": repr(error)[:900]}
        codepipeline.put_job_failure_result(jobId=job["id"], failureDetails=details)


def released(stage: str) -> dict[str, str]:
    """What the stage runs, as the variables of the action."""
    try:
        parameter = ssm.get_parameter(Name=parameter_name(stage, "release"))["Parameter"]
    except ssm.exceptions.ParameterNotFound:
        return {"RELEASE": "nothing recorded yet"}
    return {"RELEASE": RELEASE.format(**json.loads(parameter["Value"]))}


def record(stage: str, digest: str, **facts: str) -> dict[str, str]:
    """Records that the stage runs the image of the digest."""
    image = f"{os.environ['REPOSITORY_URI']}@{digest}"
    add_tag(digest, f"_{stage}")
    release = {"stage": stage, "image": image, "digest": digest, **facts}
    # `release` is for people, `image` for other stacks, which take it as it is.
    for name, value in {"release": json.dumps(release), "image": image}.items():
        ssm.put_parameter(Name=parameter_name(stage, name), Value=value, Type="String", Overwrite=True)
    return {"IMAGE": image}


def parameter_name(stage: str, name: str) -> str:
    """The SSM parameter of that name in the records of the stage."""
    return f"{os.environ['RECORDS']}/{stage}/{name}"


def add_tag(digest: str, tag: str) -> None:
    """Gives the image a tag that keeps the lifecycle rules of its repository from expiring it.

    ECR has no operation for that: the manifest is put once more, under the new tag.
    https://docs.aws.amazon.com/AmazonECR/latest/userguide/image-retag.html
    """
    repository = os.environ["REPOSITORY_URI"].partition("/")[2]
    found = ecr.batch_get_image(
        repositoryName=repository,
        imageIds=[{"imageDigest": digest}],
        acceptedMediaTypes=MANIFEST_TYPES,
    )
    if not found["images"]:
        raise ValueError(f"no image {digest}: {found['failures']}")
    image = found["images"][0]
    try:
        ecr.put_image(
            repositoryName=repository,
            imageManifest=image["imageManifest"],
            imageManifestMediaType=image["imageManifestMediaType"],
            imageDigest=digest,
            imageTag=tag,
        )
    # The image has the tag already. Or tags of the repository are immutable: then no tag can move from release to
    # release, and its lifecycle rules do not rely on one.
    except (ecr.exceptions.ImageAlreadyExistsException, ecr.exceptions.ImageTagAlreadyExistsException) as error:
        print(error)
