"""Lambda invoke: the function gets a job, and reports its result itself.

https://docs.aws.amazon.com/codepipeline/latest/userguide/action-reference-Lambda.html
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any
from uuid import uuid4

from generator.emulator.runs.action import ActionError, Done, Provider, Step
from generator.emulator.runs.artifact_store import ArtifactLocation
from generator.emulator.runs.inbox import Inbox, Question

# CodePipeline calls a function again that has answered with a continuation token. Here nothing changes meanwhile, so
# that a function which still asks to be called again would do so until the action times out. The deployer of ECS asks
# twice: once before it begins, once before it looks. Once more is for a call that could not look.
CALLS = 4


def run(step: Step) -> Done:
    """Invoke the function and take its PutJobSuccessResult or PutJobFailureResult.

    https://docs.aws.amazon.com/codepipeline/latest/userguide/actions-invoke-lambda-function.html
    """
    function = step.setting("FunctionName")
    outputs = {name: step.store.place(step.pipeline, name) for name in step.outputs}
    # AWS requires this permission of the pipeline for every function that it calls.
    step.client("lambda").list_functions()
    token = ""
    for _ in range(CALLS):
        given = _ask(step, function, outputs, token)
        token = given.get("continuationToken", "")
        if not token:
            variables = given.get("outputVariables") or {}
            told = ", ".join(f"{name} = {value}" for name, value in variables.items())
            return Done(summary=told, variables=variables, outputs=outputs)
    raise ActionError(f"{function} still waits for {token}: the action would time out")


def _ask(step: Step, function: str, outputs: Mapping[str, ArtifactLocation], token: str) -> Mapping[str, Any]:
    """The answer of the function. A failure fails the action."""
    question = Question(str(uuid4()))
    step.world.cloud.memory(Inbox).ask(question)
    event = json.dumps({"CodePipeline.job": _job(step, question.token, outputs, token)}).encode()
    step.client("lambda").invoke(FunctionName=function, InvocationType="Event", Payload=event)
    # The emulator answers when the function has ended.
    given = step.world.cloud.memory(Inbox).answer(question, seconds=0)
    if given is None:
        raise ActionError(
            f"{function} ended without PutJobSuccessResult or PutJobFailureResult: CodePipeline would wait"
        )
    if failure := given.get("failureDetails"):
        raise ActionError(f"{failure['type']}: {failure['message']}")
    return given


def _job(step: Step, job: str, outputs: Mapping[str, ArtifactLocation], token: str) -> Mapping[str, object]:
    """The job, as AWS documents it. The credentials for artifacts are the role's; those of AWS are narrower."""
    lent = step.world.cloud.environment(step.role)
    return {
        "id": job,
        "accountId": step.world.cloud.account,
        "data": {
            "actionConfiguration": {"configuration": dict(step.configuration)},
            "inputArtifacts": [_artifact(name, location) for name, location in step.inputs.items()],
            "outputArtifacts": [_artifact(name, location) for name, location in outputs.items()],
            "artifactCredentials": {
                "accessKeyId": lent["AWS_ACCESS_KEY_ID"],
                "secretAccessKey": lent["AWS_SECRET_ACCESS_KEY"],
                "sessionToken": lent.get("AWS_SESSION_TOKEN", ""),
            },
            "encryptionKey": {"id": step.store.key_id, "type": "KMS"},
            **({"continuationToken": token} if token else {}),
        },
    }


def _artifact(name: str, location: ArtifactLocation) -> Mapping[str, object]:
    where = {"bucketName": location.bucket, "objectKey": location.key}
    return {"name": name, "revision": None, "location": {"type": "S3", "s3Location": where}}


PROVIDERS: dict[tuple[str, str], Provider] = {("Invoke", "Lambda"): run}
