"""Lambda invoke: the function gets a job, and says itself how it went.

https://docs.aws.amazon.com/codepipeline/latest/userguide/action-reference-Lambda.html
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from uuid import uuid4

from generator.emulator.runs.actions import ActionError, Done, Step
from generator.emulator.runs.artifact_store import Location
from generator.emulator.runs.inbox import Question


def run(step: Step) -> Done:
    """Invoke the function and take its PutJobSuccessResult or PutJobFailureResult.

    https://docs.aws.amazon.com/codepipeline/latest/userguide/actions-invoke-lambda-function.html
    """
    question = Question(str(uuid4()))
    step.world.inbox.ask(question)
    outputs = {name: step.store.place(step.pipeline, name) for name in step.outputs}
    event = json.dumps({"CodePipeline.job": _job(step, question.token, outputs)}).encode()
    function = step.setting("FunctionName")
    step.client("lambda").list_functions()
    step.client("lambda").invoke(FunctionName=function, InvocationType="Event", Payload=event)
    given = step.world.inbox.answer(question, seconds=0)  # the emulator answers when the function has ended
    if given is None:
        raise ActionError(
            f"{function} ended without PutJobSuccessResult or PutJobFailureResult: CodePipeline would wait"
        )
    if failure := given.get("failureDetails"):
        raise ActionError(f"{failure['type']}: {failure['message']}")
    variables = given.get("outputVariables") or {}
    told = ", ".join(f"{name} = {value}" for name, value in variables.items())
    return Done(summary=told, variables=variables, outputs=outputs)


def _job(step: Step, job: str, outputs: Mapping[str, Location]) -> Mapping[str, object]:
    """The job, as AWS documents it. What is lent for artifacts are the role's credentials: at AWS, narrower ones."""
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
        },
    }


def _artifact(name: str, location: Location) -> Mapping[str, object]:
    where = {"bucketName": location.bucket, "objectKey": location.key}
    return {"name": name, "revision": None, "location": {"type": "S3", "s3Location": where}}
