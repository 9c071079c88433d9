"""Functions of AWS Lambda run in the environment that Lambda gives them."""

from __future__ import annotations

import io
import json
import zipfile
from collections.abc import Iterator
from typing import Any

import pytest

from generator.emulator.aws import emulator
from generator.emulator.front.cloud import Emulator

pytestmark = pytest.mark.slow

CALLER = "arn:aws:iam::111122223333:role/pipeline"
ROLE = "arn:aws:iam::111122223333:role/function"


@pytest.fixture(scope="module")
def aws() -> Iterator[Emulator]:
    """An emulated AWS whose functions run, with a role for them."""
    with emulator() as cloud:
        trust = {"Effect": "Allow", "Principal": {"Service": "lambda.amazonaws.com"}, "Action": "sts:AssumeRole"}
        document = json.dumps({"Version": "2012-10-17", "Statement": [trust]})
        cloud.inside("iam").create_role(RoleName="function", AssumeRolePolicyDocument=document)
        cloud.inside("logs").create_log_group(logGroupName="/orders/function")
        yield cloud


def made(cloud: Emulator, name: str, code: str, **more: Any) -> str:
    """A function of this code."""
    package = io.BytesIO()
    with zipfile.ZipFile(package, "w") as archive:
        archive.writestr("index.py", code)
    settings = {
        "Runtime": "python3.13",
        "Handler": "index.handler",
        "Role": ROLE,
        "Timeout": 20,
        "LoggingConfig": {"LogGroup": "/orders/function"},
        "Environment": {"Variables": {"GREETING": "hello"}},
    }
    cloud.client("lambda").create_function(
        **{**settings, **more}, FunctionName=name, Code={"ZipFile": package.getvalue()}
    )
    return name


def invoke(cloud: Emulator, name: str, event: Any = None, kind: str = "RequestResponse") -> dict[str, Any]:
    """The answer to an invocation."""
    payload = json.dumps(event).encode()
    answer = cloud.client("lambda", CALLER).invoke(FunctionName=name, InvocationType=kind, Payload=payload)
    return {**answer, "Payload": answer["Payload"].read()}


def test_a_function_gets_its_event_its_variables_and_its_role(aws: Emulator) -> None:
    """Its return value is the answer, and it calls AWS with its role."""
    code = """
import boto3, os

def handler(event, context):
    arn = boto3.client("sts").get_caller_identity()["Arn"]
    return [event, os.environ["GREETING"], context.function_name, arn]
"""
    answer = invoke(aws, made(aws, "tells", code), {"a": 1})
    told = [{"a": 1}, "hello", "tells", "arn:aws:sts::111122223333:assumed-role/function/emulator"]
    assert told == json.loads(answer["Payload"])
    assert "FunctionError" not in answer


def test_output_of_a_function_is_in_its_log_group(aws: Emulator) -> None:
    """Written with its role, in the group that it was given."""
    invoke(aws, made(aws, "prints", "def handler(event, context): print('as it was told')"))
    logs = aws.inside("logs")
    found = logs.filter_log_events(logGroupName="/orders/function")["events"]
    assert "as it was told" in [each["message"] for each in found]
    assert {ROLE} == {call.role for call in aws.calls if call.operation == "PutLogEvents"}


def test_the_log_group_is_the_one_that_it_was_given_last(aws: Emulator) -> None:
    """By name or ARN. A function that is created again begins with the group of its creation."""
    logs, lambda_ = aws.inside("logs"), aws.client("lambda")
    groups = ("/ecr-pipeline/pipeline/orders/Recorder", "moved", "/aws/lambda/moves")
    for group in groups:
        logs.create_log_group(logGroupName=group)

    def written() -> list[int]:
        invoke(aws, "moves")
        return [len(logs.describe_log_streams(logGroupName=group)["logStreams"]) for group in groups]

    code = "def handler(event, context): print('moves')"
    made(aws, "moves", code, LoggingConfig={"LogGroup": groups[0]})
    assert [1, 0, 0] == written()
    arn = lambda_.get_function(FunctionName="moves")["Configuration"]["FunctionArn"]
    lambda_.update_function_configuration(FunctionName=arn, LoggingConfig={"LogGroup": "moved"})
    lambda_.update_function_configuration(FunctionName="moves", Timeout=10)
    assert [1, 1, 0] == written()
    lambda_.delete_function(FunctionName="moves")
    made(aws, "moves", code, LoggingConfig={})
    assert [1, 1, 1] == written()


def test_an_asynchronous_event_is_processed(aws: Emulator) -> None:
    """A caller that does not wait gets no result, but the function has run."""
    code = "import boto3\ndef handler(event, context): boto3.client('ecr').create_repository(repositoryName='made')"
    answer = invoke(aws, made(aws, "makes", code), kind="Event")
    assert (202, b"") == (answer["StatusCode"], answer["Payload"])
    assert "made" in [each["repositoryName"] for each in aws.inside("ecr").describe_repositories()["repositories"]]


@pytest.mark.parametrize(
    ("name", "code", "more", "says"),
    [
        ("fails", "def handler(event, context): raise ValueError('no such thing')", {}, "ValueError: no such thing"),
        ("sleeps", "import time\ndef handler(event, context): time.sleep(60)", {"Timeout": 1}, "timed out after 1.00"),
        ("breaks", "def handler(event, context:", {}, "SyntaxError"),
    ],
)
def test_a_function_that_fails_says_why(aws: Emulator, name: str, code: str, more: dict[str, Any], says: str) -> None:
    """An error, a time limit, invalid code."""
    answer = invoke(aws, made(aws, name, code, **more))
    assert "Unhandled" == answer["FunctionError"]
    assert says in json.loads(answer["Payload"])["errorMessage"]


def test_code_in_other_languages_is_not_run(aws: Emulator) -> None:
    """It does not pass for done."""
    made(aws, "other", "exports.handler = () => 1", Runtime="nodejs22.x")
    with pytest.raises(aws.client("lambda").exceptions.ClientError, match=r"501|Python"):
        invoke(aws, "other")
