"""Writes what CodeDeploy deploys to instances: appspec.yml, the script that it names, and the image by digest.

After the deployment it is called again, to see whether each instance has it.
https://docs.aws.amazon.com/codedeploy/latest/userguide/reference-appspec-file.html
"""

import datetime
import io
import json
import os
import zipfile
from typing import Any

import boto3

codedeploy = boto3.client("codedeploy")
codepipeline = boto3.client("codepipeline")
SCRIPT = r"""@{Script}"""
EVENTS = ("BeforeInstall", "ApplicationStart", "ValidateService")
# Older revisions are lost: the bucket keeps artifacts for 90 days by default.
DAYS = datetime.timedelta(days=90)


def handler(event: Any, _context: object) -> None:
    """Does the job of the action, and reports its result to CodePipeline."""
    job = event["CodePipeline.job"]
    result: dict[str, Any] = {}
    try:
        facts = json.loads(job["data"]["actionConfiguration"]["configuration"]["UserParameters"])
        if "runs" in facts:
            result = {"outputVariables": verify(place(job["data"]["inputArtifacts"]))}
        else:
            put_artifact(files(facts["image"]), job["data"])
        codepipeline.put_job_success_result(jobId=job["id"], **result)
    # Any error: an action that gets no result waits until its timeout.
    except Exception as error:
        details = {"type": "JobFailed", "message": repr(error)[:900]}
        codepipeline.put_job_failure_result(jobId=job["id"], failureDetails=details)


def place(artifacts: Any) -> Any:
    """Where the revision is, or will be. The policy of the instances is about this place alone."""
    location = artifacts[0]["location"]["s3Location"]
    prefix = os.environ["PREFIX"]
    if not location["objectKey"].startswith(prefix):
        raise ValueError(f"the deployer is for {prefix}, not {location['objectKey']}: check PipelineName and Stage")
    return location


def files(image: str) -> dict[str, str]:
    """The files of the revision. YAML contains JSON, so that appspec.yml can be written as JSON."""
    repository = image.partition("@")[0].partition("/")[2]
    if repository != os.environ["REPOSITORY_NAME"]:
        raise ValueError(f"the deployer is for {os.environ['REPOSITORY_NAME']}, not {repository}: check RepositoryName")
    hooks = {event: [{"location": "deploy.sh", "runas": "root"}] for event in EVENTS}
    options = os.environ["DOCKER_OPTIONS"]
    return {
        "appspec.yml": json.dumps({"version": 0.0, "os": "linux", "hooks": hooks}, indent=1),
        "deploy.sh": SCRIPT,
        "image": image,
        "container": os.environ["CONTAINER"],
        "options": "".join(f"{option}\n" for option in options.split()),
        "url": os.environ["HEALTH_URL"],
        "seconds": os.environ["HEALTH_SECONDS"],
    }


def verify(location: Any) -> dict[str, str]:
    """Refuses a deployment of this revision that did not succeed on each instance, and starts a rollback.

    CodeDeploy calls a deployment a success when enough instances have it.
    https://docs.aws.amazon.com/codedeploy/latest/userguide/instances-health.html
    """
    known = deployments()
    ours = [each for each in known if key(each) == location["objectKey"] and each["creator"] == "user"]
    if not ours:
        raise ValueError(f"CodeDeploy has no deployment of {location['objectKey']}")
    made = ours[0]
    counts = made.get("deploymentOverview", {})
    name = made["deploymentId"]
    if made["status"] == "Succeeded" and complete(counts):
        return {"DEPLOYMENT_ID": name, "INSTANCES": str(counts["Succeeded"])}
    back = roll_back(known, made)
    raise ValueError(
        f"deployment {name} is {made['status']} with {counts}: each instance must succeed. {back}. See: aws deploy "
        f"list-deployment-targets --deployment-id {name}"
    )


def complete(counts: dict[str, int]) -> bool:
    """Whether all instances have it, and there are some."""
    return 0 < counts.get("Succeeded", 0) == sum(counts.values())


def roll_back(known: Any, made: Any) -> str:
    """Deploys the last revision that each instance had, so that the instances do not stay divided."""
    if made["status"] != "Succeeded":
        return "CodeDeploy rolls back by itself"
    good = [
        each
        for each in known
        if each["createTime"] < made["createTime"]
        and each["status"] == "Succeeded"
        and complete(each.get("deploymentOverview", {}))
        and key(each) != key(made)
    ]
    if not good:
        return "There is no earlier revision to roll back to"
    back = codedeploy.create_deployment(**group(), revision=good[0]["revision"], description=f"Instead of {key(made)}")
    return f"Deployment {back['deploymentId']} deploys the last revision that each instance had"


def group() -> dict[str, str]:
    """The deployment group, as parameters of calls."""
    return {"applicationName": os.environ["APPLICATION"], "deploymentGroupName": os.environ["GROUP"]}


def deployments() -> Any:
    """The deployments of the group, the newest first."""
    since = {"start": datetime.datetime.now(datetime.timezone.utc) - DAYS}
    found: list[Any] = []
    for page in codedeploy.get_paginator("list_deployments").paginate(**group(), createTimeRange=since):
        ids = page["deployments"]
        # 25 at a time: https://docs.aws.amazon.com/codedeploy/latest/APIReference/API_BatchGetDeployments.html
        for first in range(0, len(ids), 25):
            found += codedeploy.batch_get_deployments(deploymentIds=ids[first : first + 25])["deploymentsInfo"]
    return sorted(found, key=lambda each: each["createTime"], reverse=True)


def key(deployment: Any) -> str:
    """The place of a revision."""
    return str(deployment["revision"].get("s3Location", {}).get("key", ""))


def put_artifact(contents: dict[str, str], data: Any) -> None:
    """Writes the artifact, with the credentials that the pipeline sends for it."""
    location = place(data["outputArtifacts"])
    body = io.BytesIO()
    with zipfile.ZipFile(body, "w") as archive:
        for name, content in contents.items():
            entry = zipfile.ZipInfo(name)
            # The mode of the file, which is in the upper half: the agent runs what is executable.
            entry.external_attr = (0o755 if name.endswith(".sh") else 0o644) << 16
            archive.writestr(entry, content)
    credentials = data["artifactCredentials"]
    s3 = boto3.client(
        "s3",
        aws_access_key_id=credentials["accessKeyId"],
        aws_secret_access_key=credentials["secretAccessKey"],
        aws_session_token=credentials["sessionToken"],
    )
    s3.put_object(
        Bucket=location["bucketName"],
        Key=location["objectKey"],
        Body=body.getvalue(),
        ServerSideEncryption="aws:kms",
        SSEKMSKeyId=data["encryptionKey"]["id"],
    )
