"""Makes what CodeDeployToECS deploys from what runs now: the task definition with the image's place left open."""

# https://docs.aws.amazon.com/codepipeline/latest/userguide/action-reference-ECSbluegreen.html

import io
import json
import os
import zipfile

import boto3

codepipeline, ecs = map(boto3.client, ("codepipeline", "ecs"))


def handler(event, _):
    job = event["CodePipeline.job"]
    try:
        image = json.loads(job["data"]["actionConfiguration"]["configuration"]["UserParameters"])["image"]
        tasks, revision = running(*os.environ["SERVICE"].split("/"))
        files = {
            "taskdef.json": opened(revision, os.environ["CONTAINERS"].split(",")),
            "appspec.yaml": appspec(tasks, os.environ["HOOKS"]),
            "imageDetail.json": {"ImageURI": image},
        }
        put(files, job["data"])
        codepipeline.put_job_success_result(jobId=job["id"])
    # Whatever it is: without an answer the action would hang until its time is up.
    except Exception as error:
        details = {"type": "JobFailed", "message": repr(error)[:900]}
        codepipeline.put_job_failure_result(jobId=job["id"], failureDetails=details)


def running(cluster, name):
    services = ecs.describe_services(cluster=cluster, services=[name])["services"]
    if not services or services[0]["status"] != "ACTIVE":
        raise ValueError(f"there is no service {cluster}/{name}")
    tasks = next((each for each in services[0].get("taskSets", []) if each["status"] == "PRIMARY"), None)
    if not tasks:
        raise ValueError(f"{cluster}/{name} runs no task set: its deployment controller has to be CODE_DEPLOY")
    if len(tasks.get("loadBalancers", [])) != 1:
        raise ValueError(f"{cluster}/{name} has to stand behind one target group of a load balancer")
    return tasks, ecs.describe_task_definition(taskDefinition=tasks["taskDefinition"], include=["TAGS"])


def opened(found, names):
    # Tags of AWS's own come back by themselves, and cannot be given.
    tags = [each for each in found.get("tags", []) if not each["key"].lower().startswith("aws:")]
    revision = {**found["taskDefinition"], **({"tags": tags} if tags else {})}
    there = {each["name"]: each for each in revision["containerDefinitions"]}
    if missing := [name for name in names if name not in there]:
        raise ValueError(f"no container {', '.join(missing)} in {revision['taskDefinitionArn']}: {', '.join(there)}")
    for name in names:
        there[name]["image"] = "<IMAGE>"
    taken = ecs.meta.service_model.operation_model("RegisterTaskDefinition").input_shape.members
    return {key: value for key, value in revision.items() if key in taken}


def appspec(tasks, hooks):
    balancer = tasks["loadBalancers"][0]
    found = {
        "TaskDefinition": "<TASK_DEFINITION>",
        "LoadBalancerInfo": {"ContainerName": balancer["containerName"], "ContainerPort": balancer["containerPort"]},
    }
    # CodeDeploy keeps neither of its own accord.
    if tasks.get("platformVersion"):
        found["PlatformVersion"] = tasks["platformVersion"]
    if providers := tasks.get("capacityProviderStrategy"):
        found["CapacityProviderStrategy"] = [{k[:1].upper() + k[1:]: v for k, v in each.items()} for each in providers]
    asked = [dict([each.split("=")]) for each in hooks.split(",") if each]
    service = {"TargetService": {"Type": "AWS::ECS::Service", "Properties": found}}
    return {"version": 0.0, "Resources": [service], **({"Hooks": asked} if asked else {})}


def put(files, data):
    body = io.BytesIO()
    with zipfile.ZipFile(body, "w") as archive:
        for name, content in files.items():
            archive.writestr(name, json.dumps(content))
    # The pipeline lends what it takes to write there.
    lent = data["artifactCredentials"]
    names = {"accessKeyId": "aws_access_key_id", "secretAccessKey": "aws_secret_access_key"}
    names["sessionToken"] = "aws_session_token"
    s3 = boto3.client("s3", **{name: lent[key] for key, name in names.items()})
    where = data["outputArtifacts"][0]["location"]["s3Location"]
    key = {"ServerSideEncryption": "aws:kms", "SSEKMSKeyId": data["encryptionKey"]["id"]}
    s3.put_object(Bucket=where["bucketName"], Key=where["objectKey"], Body=body.getvalue(), **key)
