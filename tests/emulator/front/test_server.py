"""The emulated AWS: callers, denied calls, and clean-up."""

from __future__ import annotations

import contextlib
import socket
import subprocess
import threading
import urllib.error
import urllib.request

import pytest
from botocore.exceptions import BotoCoreError, ClientError, EndpointConnectionError

from generator.emulator.aws import emulator
from generator.emulator.front.answers import Answer, refusal
from generator.emulator.front.calls import Call
from generator.emulator.front.cloud import Emulator
from generator.emulator.front.operation import OperationContext
from generator.emulator.front.server import serve
from generator.emulator.programs.aws_cli import aws_cli
from tests.emulator.held_request import HeldRequest, report_errors_again

ROLE = "arn:aws:iam::111122223333:role/builder"


def test_every_call_is_recorded_with_its_caller() -> None:
    """A call has its service as IAM calls it, its operation, parameters, role, region and the host that AWS has."""
    with emulator() as aws:
        aws.client("ecr").create_repository(repositoryName="team/orders")
        aws.client("cloudwatch", ROLE).describe_alarms(AlarmNames=["x"])
        told = [(call.role, call.service, call.operation, dict(call.parameters), call.endpoint) for call in aws.calls]
    assert [
        ("", "ecr", "CreateRepository", {"repositoryName": "team/orders"}, "api.ecr.eu-central-1.amazonaws.com"),
        (ROLE, "cloudwatch", "DescribeAlarms", {"AlarmNames": ["x"]}, "monitoring.eu-central-1.amazonaws.com"),
    ] == told


@pytest.mark.slow
def test_the_aws_cli_reaches_it_with_nothing_but_its_environment() -> None:
    """The real AWS CLI works with the given variables alone, as the role."""
    with emulator(account="222233334444", region="eu-west-1") as aws:
        role = "arn:aws:iam::222233334444:role/path/builder"
        command = [aws_cli(), "sts", "get-caller-identity", "--query", "Arn", "--output", "text"]
        done = subprocess.run(command, env=aws.environment(role), capture_output=True, text=True, check=True)
        assert "arn:aws:sts::222233334444:assumed-role/builder/emulator\n" == done.stdout
        assert [(role, "sts", "GetCallerIdentity", "222233334444", "eu-west-1")] == [
            (call.role, call.service, call.operation, call.account, call.region) for call in aws.calls
        ]


def test_credentials_from_assume_role_act_as_that_role() -> None:
    """A caller that assumes a role in another account is that role in that account from then on."""
    other = "arn:aws:iam::999999999999:role/deployer"
    with emulator() as aws:
        given = aws.client("sts", ROLE).assume_role(RoleArn=other, RoleSessionName="test")["Credentials"]
        aws._clients.get("s3", access_key=given["AccessKeyId"], region=aws.region).list_buckets()
        assert [(ROLE, "111122223333"), (other, "999999999999")] == [(call.role, call.account) for call in aws.calls]


def test_another_account_and_region_have_things_of_their_own() -> None:
    """Resources of one do not exist in the other, and calls are recorded with account and region."""
    with emulator() as aws:
        other = aws.elsewhere(account="222233334444", region="eu-west-1")
        other.client("ecr").create_repository(repositoryName="team/orders")
        assert [] == aws.client("ecr").describe_repositories()["repositories"]
        [made] = other.inside("ecr").describe_repositories()["repositories"]
        assert "arn:aws:ecr:eu-west-1:222233334444:repository/team/orders" == made["repositoryArn"]
        assert [("222233334444", "eu-west-1"), ("111122223333", "eu-central-1")] == [
            (call.account, call.region) for call in aws.calls
        ]


@pytest.mark.parametrize(
    ("service", "operation", "parameters", "code"),
    [
        ("ecr", "describe_repositories", {}, "AccessDeniedException"),
        ("lambda", "list_functions", {}, "AccessDeniedException"),
        ("sns", "list_topics", {}, "AccessDenied"),
        ("ec2", "describe_vpcs", {}, "UnauthorizedOperation"),
        ("s3", "get_object", {"Bucket": "b", "Key": "k"}, "AccessDenied"),
    ],
)
def test_a_guard_denies_in_the_protocol_of_the_service(
    service: str, operation: str, parameters: dict[str, str], code: str
) -> None:
    """A call that the guard has a reason against is refused with it, as the service would; it is written down."""

    def guard(call: Call) -> str:
        return f"{call.service}:{call.operation} <is> not for {call.role}"

    with emulator(guard=guard) as aws:
        with pytest.raises(ClientError) as caught:
            getattr(aws.client(service, ROLE), operation)(**parameters)
        (call,) = aws.calls
    error = caught.value.response["Error"]
    assert (code, f"{service}:{call.operation} <is> not for {ROLE}") == (error["Code"], error["Message"])


def test_a_head_request_is_denied_without_a_body() -> None:
    """The denial of a HEAD request leaves the connection fit for the next call."""
    with emulator(guard=lambda call: "no" if call.operation == "HeadBucket" else "") as aws:
        with pytest.raises(ClientError, match="403"):
            aws.client("s3").head_bucket(Bucket="b")
        assert [] == aws.client("s3").list_buckets()["Buckets"]


@pytest.mark.parametrize("region", ["eu-west-1", "eu-central-1"])
def test_an_address_is_signed_in_every_region(region: str) -> None:
    """A client with the signed address of an object, such as a function that answers CloudFormation, may upload it."""
    with emulator(region=region) as aws:
        s3 = aws.inside("s3")
        s3.create_bucket(Bucket="bucket", CreateBucketConfiguration={"LocationConstraint": region})
        address = s3.generate_presigned_url("put_object", Params={"Bucket": "bucket", "Key": "k"})
        kind = {"Content-Type": ""}
        request = urllib.request.Request(address, data=b"there", headers=kind, method="PUT")  # noqa: S310  our own
        urllib.request.build_opener(urllib.request.ProxyHandler({})).open(request).close()
        assert b"there" == s3.get_object(Bucket="bucket", Key="k")["Body"].read()


def test_an_interception_answers_instead_of_the_service() -> None:
    """Faults: a call is throttled, and the next one answered with rubbish."""
    answers = iter([("ThrottlingException", b""), ("", b"<rubbish")])

    def intercept(call: Call) -> Answer:
        code, body = next(answers)
        return refusal(call, code, "Rate exceeded") if code else Answer(200, body)

    with emulator(intercept=intercept) as aws:
        with pytest.raises(ClientError, match="ThrottlingException"):
            aws.client("ecr").describe_repositories()
        assert "repositories" not in aws.client("ecr").describe_repositories()


def test_internal_calls_are_neither_guarded_nor_recorded() -> None:
    """Internal calls of AWS pass every guard and are not recorded."""
    with emulator(guard=lambda _: "no") as aws:
        assert [] == aws.inside("s3").list_buckets()["Buckets"]
        assert [] == aws.calls


def test_it_is_empty_at_its_start_and_gone_at_its_end() -> None:
    """Nothing of one emulator is in the next, and no server is left after an error."""
    ports = []

    def fail() -> None:
        with emulator() as first:
            first.client("ecr").create_repository(repositoryName="left/behind")
            ports.append(int(first.url.rsplit(":", 1)[1]))
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        fail()
    with socket.socket() as probe:
        assert 0 != probe.connect_ex(("127.0.0.1", ports[0]))
    with emulator() as second:
        assert [] == second.client("ecr").describe_repositories()["repositories"]


def test_a_process_runs_one() -> None:
    """Moto's state belongs to the process, so that a second emulator is refused instead of emptying the first."""
    with emulator(), pytest.raises(RuntimeError, match="running in this process already"), emulator():
        pass


def test_an_unsigned_request_is_refused() -> None:
    """An unsigned request is no AWS call."""
    with emulator() as aws, pytest.raises(urllib.error.HTTPError, match="403"):
        urllib.request.urlopen(f"{aws.url}/bucket/key")  # noqa: S310  our own address


@pytest.mark.parametrize("ending", ["the server", "the command", ""])
def test_the_end_cuts_requests_off_silently(
    ending: str, caplog: pytest.LogCaptureFixture, capfd: pytest.CaptureFixture[str]
) -> None:
    """No traceback after "Interrupted.", whatever ends first. At any other time an error is a bug and has one."""
    held = HeldRequest()

    def slow(_context: OperationContext) -> dict[str, str]:
        held.hold()
        raise EndpointConnectionError(endpoint_url="the server that is gone")

    def call(aws: Emulator) -> None:
        with contextlib.suppress(ClientError, BotoCoreError):
            aws.client("ecr").get_authorization_token()

    with serve({"ecr:GetAuthorizationToken": slow}) as aws:
        caller = threading.Thread(target=call, args=[aws])
        caller.start()
        request = held.end(ending)
    held.cut_off(request)
    caller.join(60)
    report_errors_again()
    assert bool(ending) is ("Traceback" not in caplog.text + capfd.readouterr().err)
