"""Tells an approver what runs, and records what was deployed: an action of the pipeline, run by AWS Lambda."""

# https://docs.aws.amazon.com/codepipeline/latest/userguide/actions-invoke-lambda-function.html

import json
import os

import boto3

codepipeline, ecr, ssm = map(boto3.client, ("codepipeline", "ecr", "ssm"))
TYPES = ["oci.image.manifest.v1", "oci.image.index.v1"]
TYPES += ["docker.distribution.manifest.v2", "docker.distribution.manifest.list.v2"]


def handler(event, _):
    job = event["CodePipeline.job"]
    try:
        facts = json.loads(job["data"]["actionConfiguration"]["configuration"]["UserParameters"])
        found = record(**facts) if "digest" in facts else released(**facts)
        codepipeline.put_job_success_result(jobId=job["id"], outputVariables=found)
    # Whatever it is: without an answer the action would hang until its time is up.
    except Exception as error:
        details = {"type": "JobFailed", "message": repr(error)[:900]}
        codepipeline.put_job_failure_result(jobId=job["id"], failureDetails=details)


def released(stage):
    try:
        value = ssm.get_parameter(Name=f"{os.environ['RECORDS']}/{stage}/release")["Parameter"]["Value"]
    except ssm.exceptions.ParameterNotFound:
        return {"RELEASE": "nothing recorded yet"}
    return {"RELEASE": "{tags:.99} {digest}".format(**json.loads(value))}


def record(stage, digest, **facts):
    image = f"{os.environ['REPOSITORY_URI']}@{digest}"
    tag(digest, f"_{stage}")
    release = json.dumps({"stage": stage, "image": image, "digest": digest, **facts})
    for name, value in (("release", release), ("image", image)):
        ssm.put_parameter(Name=f"{os.environ['RECORDS']}/{stage}/{name}", Value=value, Type="String", Overwrite=True)
    return {"IMAGE": image}


def tag(digest, name):
    where = {"repositoryName": os.environ["REPOSITORY_URI"].partition("/")[2]}
    types = [f"application/vnd.{each}+json" for each in TYPES]
    found = ecr.batch_get_image(**where, imageIds=[{"imageDigest": digest}], acceptedMediaTypes=types)
    if not found["images"]:
        raise ValueError(f"no image {digest}: {found['failures']}")
    manifest = {key: found["images"][0][key] for key in ("imageManifest", "imageManifestMediaType")}
    try:
        ecr.put_image(**where, **manifest, imageDigest=digest, imageTag=name)
    # The image has the tag already; or no tag of the repository can be moved, and its lifecycle rules do without.
    except (ecr.exceptions.ImageAlreadyExistsException, ecr.exceptions.ImageTagAlreadyExistsException) as error:
        print(error)
