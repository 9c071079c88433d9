"""The emulator's answers to `ecr-pipeline prove`: as in AWS's API models, and refused where AWS refuses."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator
from datetime import datetime, timedelta, timezone
from typing import Any

import pytest
from botocore.exceptions import ClientError

from generator.emulator.aws import emulator
from generator.emulator.front.calls import Call
from generator.emulator.front.cloud import Emulator


def guard(call: Call) -> str:
    """No role may list queues."""
    return "not today" if call.role and call.operation == "ListQueues" else ""


@pytest.fixture(scope="module")
def aws() -> Iterator[Emulator]:
    """An emulated AWS with nothing in it."""
    with emulator(guard=guard) as made:
        yield made


def statement(**parts: Any) -> str:
    """A policy of one statement."""
    return json.dumps({"Version": "2012-10-17", "Statement": [{"Effect": "Allow", **parts}]})


@pytest.mark.parametrize(
    ("document", "kind", "codes"),
    [
        (statement(Action="s3:GetObject", Resource="arn:aws:s3:::b/*"), "IDENTITY_POLICY", []),
        (statement(Action="s3:GetObjekt", Resource="*"), "IDENTITY_POLICY", ["INVALID_ACTION"]),
        (statement(Action="s3:Get*", Resource="*"), "IDENTITY_POLICY", []),
        (statement(Action="s3:Gibt*", Resource="*"), "IDENTITY_POLICY", ["INVALID_ACTION"]),
        (statement(Action="iam:PassRole", Resource="*"), "IDENTITY_POLICY", ["PASS_ROLE_WITH_STAR_IN_RESOURCE"]),
        (statement(Action="s3:GetObject"), "IDENTITY_POLICY", ["MISSING_RESOURCE"]),
        (statement(Resource="*"), "IDENTITY_POLICY", ["MISSING_ACTION"]),
        (statement(Action="s3:GetObject", Resource="*", Principal="*"), "IDENTITY_POLICY", ["UNSUPPORTED_PRINCIPAL"]),
        (statement(Action="s3:GetObject", Resource="*"), "RESOURCE_POLICY", ["MISSING_PRINCIPAL"]),
        ("{", "IDENTITY_POLICY", ["JSON_SYNTAX_ERROR"]),
        ('{"Version": "2012-10-17"}', "IDENTITY_POLICY", ["MISSING_STATEMENT"]),
        ('{"Statement": [{"Effect": "Allow", "Action": "s3:GetObject", "Resource": "*"}]}', "IDENTITY_POLICY",
         ["MISSING_VERSION"]),
    ],
)  # fmt: skip
def test_findings_of_access_analyzer(aws: Emulator, document: str, kind: str, codes: list[str]) -> None:
    """Under the codes that AWS has for them."""
    found = aws.client("accessanalyzer").validate_policy(policyDocument=document, policyType=kind)["findings"]
    assert codes == [each["issueCode"] for each in found]
    assert all({"findingType", "findingDetails", "learnMoreLink", "locations"} <= each.keys() for each in found)


def test_a_trust_policy_has_no_resource(aws: Emulator) -> None:
    """The type of resource is for a resource policy only."""
    analyzer = aws.client("accessanalyzer")
    trust = statement(Action="sts:AssumeRole", Principal={"Service": "ec2.amazonaws.com"}, Resource="*")
    attached = "AWS::IAM::AssumeRolePolicyDocument"
    [found] = analyzer.validate_policy(
        policyDocument=trust, policyType="RESOURCE_POLICY", validatePolicyResourceType=attached
    )["findings"]
    assert "ERROR" == found["findingType"]
    with pytest.raises(ClientError, match="is for a RESOURCE_POLICY"):
        analyzer.validate_policy(
            policyDocument=trust, policyType="IDENTITY_POLICY", validatePolicyResourceType=attached
        )


def test_new_access(aws: Emulator) -> None:
    """A policy that allows more than another one fails, with the new access."""
    analyzer = aws.client("accessanalyzer")
    narrow, wide = (statement(Action=action, Resource="*") for action in ("s3:GetObject", "s3:*"))

    def compared(new: str, existing: str) -> dict[str, Any]:
        done = analyzer.check_no_new_access(
            newPolicyDocument=new, existingPolicyDocument=existing, policyType="IDENTITY_POLICY"
        )
        return dict(done)

    assert "PASS" == compared(narrow, wide)["result"]
    failed = compared(wide, narrow)
    assert ("FAIL", 1) == (failed["result"], len(failed["reasons"]))


def test_event_patterns(aws: Emulator) -> None:
    """Matched as rules are; the event must be whole, and the pattern one that EventBridge takes."""
    events = aws.client("events")
    event = {
        "id": "1", "account": "1", "source": "aws.ecr", "time": "2026-01-01T00:00:00Z", "region": "r", "resources": [],
        "detail-type": "x", "detail": {"a": "b"},
    }  # fmt: skip

    def tested(pattern: object, of: object = event) -> bool:
        done = events.test_event_pattern(EventPattern=json.dumps(pattern), Event=json.dumps(of))
        return bool(done["Result"])

    assert tested({"source": ["aws.ecr"]})
    assert not tested({"detail": {"a": ["c"]}})
    with pytest.raises(ClientError, match="the event lacks id, account"):
        tested({"source": ["aws.ecr"]}, {"source": "aws.ecr"})
    with pytest.raises(ClientError, match="Unrecognized match type prefx"):
        tested({"source": [{"prefx": "a"}]})


def test_quotas(aws: Emulator) -> None:
    """Those of a new account; others do not exist here."""
    quotas = aws.client("service-quotas")
    found = quotas.get_service_quota(ServiceCode="codebuild", QuotaCode="L-9D07B6EF")["Quota"]
    assert (1.0, True) == (found["Value"], found["Adjustable"])
    with pytest.raises(ClientError, match="does not exist"):
        quotas.get_service_quota(ServiceCode="codebuild", QuotaCode="L-00000000")


def test_layers_are_uploaded_in_parts(aws: Emulator) -> None:
    """In order, without gaps, and complete: the digest is that of the content; a layer exists once."""
    ecr = aws.client("ecr")
    ecr.create_repository(repositoryName="layers")
    where = {"repositoryName": "layers"}
    digest = f"sha256:{hashlib.sha256(b'onetwo').hexdigest()}"

    def uploaded() -> dict[str, str]:
        upload = {**where, "uploadId": ecr.initiate_layer_upload(**where)["uploadId"]}
        ecr.upload_layer_part(**upload, partFirstByte=0, partLastByte=2, layerPartBlob=b"one")
        with pytest.raises(ClientError, match="layer part size is not valid"):
            ecr.upload_layer_part(**upload, partFirstByte=4, partLastByte=6, layerPartBlob=b"two")
        ecr.upload_layer_part(**upload, partFirstByte=3, partLastByte=5, layerPartBlob=b"two")
        with pytest.raises(ClientError, match="do not match"):
            ecr.complete_layer_upload(**upload, layerDigests=[f"sha256:{'0' * 64}"])
        return upload

    assert digest == ecr.complete_layer_upload(**uploaded(), layerDigests=[digest])["layerDigest"]
    with pytest.raises(ecr.exceptions.LayerAlreadyExistsException):
        ecr.complete_layer_upload(**uploaded(), layerDigests=[digest])
    with pytest.raises(ecr.exceptions.UploadNotFoundException):
        ecr.complete_layer_upload(**where, uploadId="0" * 36, layerDigests=[digest])
    empty = ecr.initiate_layer_upload(**where)["uploadId"]
    with pytest.raises(ecr.exceptions.EmptyUploadException):
        ecr.complete_layer_upload(**where, uploadId=empty, layerDigests=[digest])
    with pytest.raises(ecr.exceptions.RepositoryNotFoundException):
        ecr.initiate_layer_upload(repositoryName="nothing")


def test_previews_of_lifecycle_policies(aws: Emulator) -> None:
    """The images that would expire, without deleting any; a policy that ECR refuses has no preview."""
    ecr = aws.client("ecr")
    ecr.create_repository(repositoryName="previews")
    for number in range(3):
        manifest = json.dumps({"schemaVersion": 2, "mediaType": "m", "config": {"size": number}, "layers": []})
        digest = f"sha256:{hashlib.sha256(manifest.encode()).hexdigest()}"
        ecr.put_image(repositoryName="previews", imageManifest=manifest, imageDigest=digest, imageTag=f"v{number}")
    rule = {
        "rulePriority": 1,
        "selection": {"tagStatus": "any", "countType": "imageCountMoreThan", "countNumber": 1},
        "action": {"type": "expire"},
    }
    with pytest.raises(ecr.exceptions.LifecyclePolicyPreviewNotFoundException):
        ecr.get_lifecycle_policy_preview(repositoryName="previews")
    begun = ecr.start_lifecycle_policy_preview(
        repositoryName="previews", lifecyclePolicyText=json.dumps({"rules": [rule]})
    )
    assert "IN_PROGRESS" == begun["status"]
    preview = ecr.get_lifecycle_policy_preview(repositoryName="previews")
    assert ("COMPLETE", 2) == (preview["status"], preview["summary"]["expiringImageTotalCount"])
    assert 3 == len(ecr.describe_images(repositoryName="previews")["imageDetails"])
    with pytest.raises(ecr.exceptions.InvalidParameterException):
        ecr.start_lifecycle_policy_preview(repositoryName="previews", lifecyclePolicyText='{"rules": [{}]}'.ljust(100))
    with pytest.raises(ecr.exceptions.RepositoryNotFoundException):
        ecr.start_lifecycle_policy_preview(repositoryName="nothing", lifecyclePolicyText="{}".ljust(100))


def test_denied_calls_of_roles_are_in_cloudtrail(aws: Emulator) -> None:
    """With role, call and reason, since a time."""
    trust = json.dumps({"Version": "2012-10-17", "Statement": []})
    role = aws.inside("iam").create_role(RoleName="reader", AssumeRolePolicyDocument=trust)["Role"]["Arn"]
    with pytest.raises(ClientError, match="not today"):
        aws.client("sqs", role).list_queues()
    trail, now = aws.client("cloudtrail"), datetime.now(timezone.utc)
    [event] = trail.lookup_events(StartTime=now - timedelta(minutes=1))["Events"]
    record = json.loads(event["CloudTrailEvent"])
    assert ("ListQueues", "AccessDenied", "not today", "reader") == (
        event["EventName"],
        record["errorCode"],
        record["errorMessage"],
        record["userIdentity"]["sessionContext"]["sessionIssuer"]["userName"],
    )
    assert [] == trail.lookup_events(StartTime=now + timedelta(minutes=1))["Events"]
    with pytest.raises(trail.exceptions.InvalidTimeRangeException):
        trail.lookup_events(StartTime=now, EndTime=now - timedelta(minutes=1))


def test_a_deleted_stack_shows_what_it_has_retained(aws: Emulator) -> None:
    """By its id: deleted and retained resources. One whose creation failed shows its tags."""
    client = aws.client("cloudformation")
    body = {
        "Resources": {
            "Kept": {"Type": "AWS::SQS::Queue", "DeletionPolicy": "Retain", "UpdateReplacePolicy": "Retain"},
            "Gone": {"Type": "AWS::SQS::Queue"},
        }
    }
    made = client.create_stack(StackName="left", TemplateBody=json.dumps(body))["StackId"]
    client.delete_stack(StackName="left")
    shown = client.describe_stack_resources(StackName=made)["StackResources"]
    assert {"Kept": "DELETE_SKIPPED", "Gone": "DELETE_COMPLETE"} == {
        each["LogicalResourceId"]: each["ResourceStatus"] for each in shown
    }
    broken = {"Resources": {"Queue": {"Type": "AWS::SQS::Queue", "Properties": {"Typo": 1}}}}
    tags = [{"Key": "team", "Value": "orders"}]
    client.create_stack(StackName="broken", TemplateBody=json.dumps(broken), Tags=tags)
    [stack] = client.describe_stacks(StackName="broken")["Stacks"]
    assert ("ROLLBACK_COMPLETE", tags) == (stack["StackStatus"], stack["Tags"])


def test_change_sets_are_deleted_with_their_stack(aws: Emulator) -> None:
    """A stack of the same name has its own."""
    client = aws.client("cloudformation")
    wanted = {"StackName": "again", "ChangeSetName": "same", "ChangeSetType": "CREATE"}
    body = json.dumps({"Resources": {"Queue": {"Type": "AWS::SQS::Queue"}}})
    ids = []
    for _ in range(2):
        ids.append(client.create_change_set(**wanted, TemplateBody=body)["StackId"])
        client.delete_stack(StackName="again")
        with pytest.raises(client.exceptions.ChangeSetNotFoundException):
            client.describe_change_set(StackName="again", ChangeSetName="same")
    client.create_change_set(**wanted, TemplateBody=body)
    client.execute_change_set(StackName="again", ChangeSetName="same")
    [stack] = client.describe_stacks(StackName="again")["Stacks"]
    assert "CREATE_COMPLETE" == stack["StackStatus"]
    assert stack["StackId"] not in ids
