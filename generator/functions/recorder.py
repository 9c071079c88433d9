"""Records which image a stage of the pipeline runs, and shows the approver what the next stage runs now.

CodePipeline calls this function as an action, with the facts in UserParameters; `do` is what the action does:
https://docs.aws.amazon.com/codepipeline/latest/userguide/actions-invoke-lambda-function.html
"""

import json
import os
from collections.abc import Callable
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
# The approval shows this in a text of at most 1,000 characters, with everything that Inspect has found: the digest is
# the last, because it may be cut.
RELEASE = "{tags:.40} {digest}"


def handler(event: dict[str, Any], _context: object) -> None:
    """Does the job of the action, and reports its result to CodePipeline."""
    job = event["CodePipeline.job"]
    try:
        facts = json.loads(job["data"]["actionConfiguration"]["configuration"]["UserParameters"])
        result = ACTIONS[facts.pop("do")](facts, job["data"])
        codepipeline.put_job_success_result(jobId=job["id"], **result)
    # Any error: an action that gets no result waits until its timeout.
    except Exception as error:
        # A message of the pipeline may have 5,000 characters; the first of them say what happened.
        details = {"type": "JobFailed", "message": repr(error)[:900]}
        codepipeline.put_job_failure_result(jobId=job["id"], failureDetails=details)


def read(facts: Any, _data: Any) -> dict[str, Any]:
    """The release that the stage runs, and where, as the variables of the action."""
    # The last part of an ARN is a name.
    where = ",".join(each.rpartition(":")[2] for each in facts.get("where", facts["stage"]).split(","))
    where = where if len(where) < 49 else where[:45] + "..."
    try:
        value = ssm.get_parameter(Name=path(facts["stage"], "release"))["Parameter"]["Value"]
        release = RELEASE.format(**json.loads(value))
    except ssm.exceptions.ParameterNotFound:
        release = "nothing recorded yet"
    return {"outputVariables": {"RELEASE": f"{where}: {release}"[:111]}}


def record(facts: Any, _data: Any) -> dict[str, Any]:
    """Records that the stage runs the image of the digest."""
    stage, digest = facts["stage"], facts["digest"]
    image = f"{os.environ['REPOSITORY_URI']}@{digest}"
    add_tag(digest, f"_{stage}")
    # `release` is for people, `image` for other stacks, which take it as it is.
    write(stage, "release", json.dumps({**facts, "image": image}))
    write(stage, "image", image)
    return {"outputVariables": {"IMAGE": image}}


def write(stage: str, name: str, value: str) -> None:
    """Writes a record of the stage over the one that was there."""
    ssm.put_parameter(Name=path(stage, name), Value=value, Type="String", Overwrite=True)


def path(stage: str, name: str) -> str:
    """The SSM parameter of that name in the records of the stage."""
    return f"{os.environ['RECORDS']}/{stage}/{name}"


def add_tag(digest: str, tag: str) -> None:
    """Gives the image a tag that keeps the lifecycle rules of its repository from expiring it.

    ECR has no operation for that: the manifest is put once more, under the new tag.
    https://docs.aws.amazon.com/AmazonECR/latest/userguide/image-retag.html
    """
    repository = os.environ["REPOSITORY_URI"].partition("/")[2]
    which = {"imageIds": [{"imageDigest": digest}], "acceptedMediaTypes": MANIFEST_TYPES}
    found = ecr.batch_get_image(repositoryName=repository, **which)
    if not found["images"]:
        raise ValueError(f"no image {digest}: {found['failures']}")
    manifest = {key: found["images"][0][key] for key in ("imageManifest", "imageManifestMediaType")}
    try:
        ecr.put_image(repositoryName=repository, imageDigest=digest, imageTag=tag, **manifest)
    # The image has the tag already. Or tags of the repository are immutable: then no tag can move from release to
    # release, and its lifecycle rules do not rely on one.
    except (ecr.exceptions.ImageAlreadyExistsException, ecr.exceptions.ImageTagAlreadyExistsException) as error:
        print(error)


ACTIONS: dict[str, Callable[[Any, Any], dict[str, Any]]] = {"read": read, "record": record}
