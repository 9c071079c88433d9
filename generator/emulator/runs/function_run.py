"""Lambda functions: their code runs in a separate process, with the credentials of their role.

https://docs.aws.amazon.com/lambda/latest/dg/lambda-python.html
"""

from __future__ import annotations

import io
import json
import os
import subprocess
import tempfile
import time
import zipfile
from pathlib import Path
from typing import Any
from uuid import uuid4

from botocore.exceptions import ClientError
from moto.awslambda.models import LambdaFunction

from generator.emulator.front.cloud import Emulator
from generator.emulator.programs import children, prepared


def run(cloud: Emulator, function: LambdaFunction, event: bytes) -> tuple[bool, bytes]:
    """Run the function to its end. Returns whether it failed, and its result as JSON."""
    request = str(uuid4())
    with tempfile.TemporaryDirectory(prefix="ecr-pipeline-function-") as folder:
        with zipfile.ZipFile(io.BytesIO(function.code_bytes)) as code:
            code.extractall(folder)
        result = Path(folder, "result.json")
        command = [prepared.command("function"), function.handler, function.function_name, request, str(result)]
        environment = {
            "PATH": os.environ.get("PATH", os.defpath),
            "AWS_LAMBDA_FUNCTION_NAME": function.function_name,
            **function.environment_vars,
            **cloud.environment(function.role),
        }
        try:
            done = children.run(command, cwd=folder, env=environment, input=event, timeout=function.timeout)
        except subprocess.TimeoutExpired:
            printed = f"Task timed out after {function.timeout}.00 seconds"
            failed, given = True, json.dumps({"errorMessage": printed}).encode()
        else:
            printed = (done.stdout + done.stderr).decode(errors="replace")
            failed = done.returncode != 0
            told = {"errorMessage": printed.strip().rpartition("\n")[2]}
            given = json.dumps(told).encode() if failed else result.read_bytes()
    _log(cloud, function, request, printed)
    return failed, given


def _log(cloud: Emulator, function: LambdaFunction, request: str, printed: str) -> None:
    """Write the log with the function's role, as Lambda does. Without the permission there is no log, and no error.

    https://docs.aws.amazon.com/lambda/latest/dg/monitoring-cloudwatchlogs.html
    """
    logs = cloud.client("logs", function.role)
    where: dict[str, Any] = {
        "logGroupName": _log_group(cloud, function.function_name),
        "logStreamName": f"[$LATEST]{request}",
    }
    now = int(time.time() * 1000)
    lines = [f"START RequestId: {request}", *filter(None, printed.splitlines()), f"END RequestId: {request}"]
    try:
        logs.create_log_stream(**where)
        logs.put_log_events(**where, logEvents=[{"timestamp": now, "message": line} for line in lines])
    except ClientError:
        return


def _log_group(cloud: Emulator, name: str) -> str:
    """The log group that the function was created with or given later, from the calls: moto forgets it."""
    for call in reversed(cloud.calls):
        if call.service != "lambda" or call.parameters.get("FunctionName", "").rpartition(":function:")[2] != name:
            continue
        given = (call.parameters.get("LoggingConfig") or {}).get("LogGroup")
        if given:
            return str(given)
        if call.operation == "CreateFunction":
            break
    return f"/aws/lambda/{name}"
