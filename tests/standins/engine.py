"""`docker` of a machine with buildx in the emulated AWS: builder.py, but what it pushes goes to ECR.

Run as `engine.py docker ARGUMENT...`. STANDIN_STATE and STANDIN_LOG as for builder.py; the state also has the content
of every image that is built here:

    made        manifest (text), media_type, and blobs: digest -> the bytes in base64
    packages    address of the server of packages: the host at AWS is the first part of the path

RUN lines that install packages from CodeArtifact are done, one package each; others are taken as done.
"""

from __future__ import annotations

import base64
import os
import re
import sys
import urllib.error
import urllib.request
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[2]))

import boto3
from botocore.config import Config
from botocore.exceptions import ClientError

from tests.standins import builder
from tests.standins.registry import STATE, earlier, stop


def push(words: list[str]) -> None:
    """Push the built image with the credentials of the build, call by call.

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


# RUN --mount=type=secret,id=codeartifact,env=TOKEN pip install --index-url "https://aws:$TOKEN@HOST/pypi/..." NAME
INSTALL = re.compile(
    r"^RUN .*id=codeartifact,env=(?P<variable>\w+)"
    r".*https://aws:\$(?P<used>\w+)@(?P<address>[^\"\s]+)\"? (?P<package>\S+)$",
    re.MULTILINE,
)


def install(words: list[str]) -> None:
    """Build an image, whose packages come from CodeArtifact with the token that is mounted."""
    given, _ = builder.options(words, builder.BUILD, "buildx build")
    dockerfile = Path(given["--file"][0]).read_text(encoding="utf-8")
    tokens = [each.partition("env=")[2] for each in given.get("--secret", ()) if each.startswith("id=codeartifact,")]
    for line in INSTALL.finditer(dockerfile.replace("\\\n", " ")):
        token = os.environ[tokens[0]] if tokens and line["variable"] == line["used"] else ""
        address = f"{STATE['packages']}/{line['address'].rstrip('/')}/{line['package']}/"
        login = base64.b64encode(f"aws:{token}".encode()).decode()
        request = urllib.request.Request(address, headers={"Authorization": f"Basic {login}"})  # noqa: S310  our own
        try:
            with urllib.request.urlopen(request) as answer:  # noqa: S310  our own address
                print(answer.read().decode(), end="", file=sys.stderr)
        except urllib.error.HTTPError as error:
            stop(1, f"ERROR: {line['address']}: {error.read().decode().strip()}")
    builder.buildx_build(words)


if __name__ == "__main__":
    builder.DOCKER[("buildx", "build")] = install
    builder.DOCKER[("push",)] = push
    builder.main()
