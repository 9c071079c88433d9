"""`docker` of a machine with buildx in the emulated AWS: builder.py, but what it pushes goes to ECR.

Run as `engine.py docker ARGUMENT...`. STANDIN_STATE and STANDIN_LOG as for builder.py; the state says besides, what
every image is that is built here:

    made        manifest (text), media_type, and blobs: digest -> the bytes in base64
"""

from __future__ import annotations

import base64
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[2]))

import boto3
from botocore.config import Config
from botocore.exceptions import ClientError

from tests.standins import builder
from tests.standins.registry import STATE, earlier, stop


def push(words: list[str]) -> None:
    """Push what was built with the credentials of the build, call by call.

    https://docs.aws.amazon.com/AmazonECR/latest/userguide/image-push-iam.html
    """
    [image] = words
    config = builder.known_locally(image)
    where, _, tag = image.rpartition(":")
    host, _, repository = where.partition("/")
    if host != STATE["host"] or not earlier("docker", "login"):
        stop(1, f"Error response from daemon: {image}: no basic auth credentials")
    ecr = boto3.client("ecr", config=Config(retries={"total_max_attempts": 1}, user_agent_extra="docker/28"))
    made, named = STATE["made"], {"repositoryName": repository}
    try:
        for digest, encoded in made["blobs"].items():
            ecr.batch_check_layer_availability(**named, layerDigests=[digest])
            content, upload = base64.b64decode(encoded), ecr.initiate_layer_upload(**named)["uploadId"]
            span = {"partFirstByte": 0, "partLastByte": len(content) - 1}
            ecr.upload_layer_part(**named, uploadId=upload, **span, layerPartBlob=content)
            ecr.complete_layer_upload(**named, uploadId=upload, layerDigests=[digest])
        manifest = {"imageManifest": made["manifest"], "imageManifestMediaType": made["media_type"]}
        put = ecr.put_image(**named, **manifest, imageTag=tag, imageDigest=builder.sha256(made["manifest"]))
    except ClientError as error:
        stop(1, f"Error response from daemon: push access denied for {where}: denied: {error}")
    config["RepoDigests"] = [f"{where}@{put['image']['imageId']['imageDigest']}"]
    STATE["local"][image] = config


if __name__ == "__main__":
    builder.DOCKER[("push",)] = push
    builder.main()
