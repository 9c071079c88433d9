"""Operations that the emulator answers itself, as far as stacks do not use them."""

from __future__ import annotations

import base64
import json
from collections.abc import Iterator
from typing import Any

import pytest
from botocore.exceptions import ClientError

from generator.emulator.aws import emulator, operations
from generator.emulator.front.cloud import Emulator

ROLE = "arn:aws:iam::111122223333:role/x"
PROJECT: dict[str, Any] = {
    "name": "inspect",
    "source": {"type": "CODEPIPELINE"},
    "artifacts": {"type": "CODEPIPELINE"},
    "environment": {"type": "LINUX_CONTAINER", "image": "x", "computeType": "BUILD_GENERAL1_SMALL"},
    "serviceRole": ROLE,
}
PRINCIPAL = {"clusterName": "shop", "principalArn": ROLE}


@pytest.fixture
def aws() -> Iterator[Emulator]:
    """An emulated AWS with a cluster in it."""
    with emulator() as made:
        made.inside("eks").create_cluster(name="shop", roleArn=ROLE, resourcesVpcConfig={})
        yield made


def code(call: Any, **parameters: Any) -> str:
    """The code of the error that a call ends with."""
    with pytest.raises(ClientError) as caught:
        call(**parameters)
    return str(caught.value.response["Error"]["Code"])


@pytest.mark.parametrize(
    ("region", "suffix"), [("eu-west-1", "com"), ("cn-north-1", "com.cn"), ("us-gov-west-1", "com")]
)
def test_a_registry_is_called_as_in_its_partition(region: str, suffix: str) -> None:
    """In the URI of a repository, in the address to log in to, and in that of a layer."""
    host = f"111122223333.dkr.ecr.{region}.amazonaws.{suffix}"
    with emulator(region=region) as aws:
        ecr = aws.inside("ecr")
        made = ecr.create_repository(repositoryName="team/orders")["repository"]
        [found] = ecr.describe_repositories()["repositories"]
        assert [f"{host}/team/orders"] * 2 == [made["repositoryUri"], found["repositoryUri"]]
        [token] = ecr.get_authorization_token()["authorizationData"]
        assert f"https://{host}" == token["proxyEndpoint"]
        assert "AWS:111122223333-auth-token" == base64.b64decode(token["authorizationToken"]).decode()
        layer = ecr.get_download_url_for_layer(repositoryName="team/orders", layerDigest=f"sha256:{'0' * 64}")
        assert f".s3.{region}.amazonaws.{suffix}/sha256:" in layer["downloadUrl"]


def test_projects(aws: Emulator) -> None:
    """A project exists once, is listed, and can be changed as long as it exists."""
    client = aws.client("codebuild")
    client.create_project(**PROJECT)
    assert "ResourceAlreadyExistsException" == code(client.create_project, **PROJECT)
    assert ["inspect"] == client.list_projects()["projects"]
    client.update_project(name="inspect", timeoutInMinutes=7)
    found = client.batch_get_projects(names=["inspect", "other"])
    assert ([7], ["other"]) == ([one["timeoutInMinutes"] for one in found["projects"]], found["projectsNotFound"])
    client.delete_project(name="inspect")
    assert "ResourceNotFoundException" == code(client.update_project, name="inspect")


def test_report_groups(aws: Emulator) -> None:
    """A report group exists once, and can be changed as long as it exists."""
    client, group = aws.client("codebuild"), {"name": "tests", "type": "TEST"}
    settings = {"exportConfig": {"exportConfigType": "NO_EXPORT"}}
    arn = client.create_report_group(**group, **settings)["reportGroup"]["arn"]
    assert "ResourceAlreadyExistsException" == code(client.create_report_group, **group, **settings)
    client.delete_report_group(arn=arn)
    assert "ResourceNotFoundException" == code(client.update_report_group, arn=arn)
    assert [arn] == client.batch_get_report_groups(reportGroupArns=[arn])["reportGroupsNotFound"]


def test_access_entries(aws: Emulator) -> None:
    """An entry needs its cluster and exists once; one that does not exist is not found."""
    client, policy = aws.client("eks"), {"policyArn": "arn:aws:eks::aws:cluster-access-policy/AmazonEKSViewPolicy"}
    assert "ResourceNotFoundException" == code(client.describe_access_entry, **PRINCIPAL)
    assert "ResourceNotFoundException" == code(client.create_access_entry, **{**PRINCIPAL, "clusterName": "other"})
    entry = client.create_access_entry(**PRINCIPAL)["accessEntry"]
    assert ("STANDARD", PRINCIPAL["principalArn"]) == (entry["type"], entry["username"])
    assert "ResourceInUseException" == code(client.create_access_entry, **PRINCIPAL)
    assert [PRINCIPAL["principalArn"]] == client.list_access_entries(clusterName="shop")["accessEntries"]
    assert "ResourceNotFoundException" == code(client.disassociate_access_policy, **PRINCIPAL, **policy)
    client.associate_access_policy(**PRINCIPAL, **policy, accessScope={"type": "cluster"})
    (found,) = client.list_associated_access_policies(**PRINCIPAL)["associatedAccessPolicies"]
    assert {"type": "cluster", "namespaces": []} | found["accessScope"] == {"namespaces": [], **found["accessScope"]}
    client.delete_access_entry(**PRINCIPAL)
    assert [] == client.list_access_entries(clusterName="shop")["accessEntries"]


def test_signing_of_images(aws: Emulator) -> None:
    """A registry has one signing configuration, or none."""
    client = aws.client("ecr")
    assert "SigningConfigurationNotFoundException" == code(client.get_signing_configuration)
    rules = [{"signingProfileArn": "arn:aws:signer:eu-central-1:111122223333:/signing-profiles/x"}]
    client.put_signing_configuration(signingConfiguration={"rules": rules})
    assert rules == client.get_signing_configuration()["signingConfiguration"]["rules"]
    client.delete_signing_configuration()
    assert "SigningConfigurationNotFoundException" == code(client.delete_signing_configuration)


def test_a_missing_resource_is_reported_in_the_words_of_the_service(aws: Emulator) -> None:
    """A deployment group, a queue and a log group that do not exist."""
    names = {"applicationName": "a", "currentDeploymentGroupName": "b"}
    assert "ApplicationDoesNotExistException" == code(aws.client("codedeploy").update_deployment_group, **names)
    queue = {"QueueUrl": f"{aws.url}/111122223333/x", "Attributes": {"DelaySeconds": "1"}}
    assert "NonExistentQueue" in code(aws.client("sqs").set_queue_attributes, **queue)
    assert "ResourceNotFoundException" == code(aws.client("logs").disassociate_kms_key, logGroupName="x")


def test_a_queue_keeps_its_policy(aws: Emulator) -> None:
    """Another attribute of a queue leaves its policy alone."""
    client = aws.client("sqs")
    url = client.create_queue(QueueName="lost")["QueueUrl"]
    client.set_queue_attributes(QueueUrl=url, Attributes={"Policy": '{"Statement": [{"Sid": "a"}]}'})
    client.set_queue_attributes(QueueUrl=url, Attributes={"VisibilityTimeout": "7"})
    found = client.get_queue_attributes(QueueUrl=url, AttributeNames=["All"])["Attributes"]
    assert ("7", True) == (found["VisibilityTimeout"], '"Sid": "a"' in found["Policy"])


def test_a_log_group_has_a_key_that_logs_may_use(aws: Emulator) -> None:
    """The policy of the key must let CloudWatch Logs in, for this group: otherwise there is no such group."""
    kms, logs = aws.inside("kms"), aws.client("logs")
    root = {"Effect": "Allow", "Principal": {"AWS": "arn:aws:iam::111122223333:root"}, "Action": "kms:*"}
    uses = ("Encrypt", "Decrypt", "ReEncryptFrom", "ReEncryptTo", "GenerateDataKey", "GenerateDataKeyWithoutPlaintext")
    groups = "arn:aws:logs:eu-central-1:111122223333:log-group:/ecr-pipeline/*"
    service: dict[str, Any] = {
        "Effect": "Allow",
        "Principal": {"Service": "logs.eu-central-1.amazonaws.com"},
        "Action": [f"kms:{use}" for use in uses],
        "Condition": {"ArnLike": {"kms:EncryptionContext:aws:logs:arn": groups}},
    }

    def key(*statements: dict[str, Any]) -> str:
        document = {"Version": "2012-10-17", "Statement": [{**each, "Resource": "*"} for each in statements]}
        return str(kms.create_key(Policy=json.dumps(document))["KeyMetadata"]["Arn"])

    closed, opened, narrower = key(root), key(root, service), key(root, {**service, "Action": service["Action"][1:]})
    name = {"logGroupName": "/ecr-pipeline/pipeline/orders/Recorder"}
    for refused in (closed, narrower, opened[:-4] + "0000"):
        assert "AccessDeniedException" == code(logs.create_log_group, **name, kmsKeyId=refused)
    assert "AccessDeniedException" == code(logs.create_log_group, logGroupName="/other", kmsKeyId=opened)
    assert [] == logs.describe_log_groups()["logGroups"]
    logs.create_log_group(**name, kmsKeyId=opened, tags={"team": "orders"})
    [group] = logs.describe_log_groups()["logGroups"]
    assert (opened, {"team": "orders"}) == (group["kmsKeyId"], logs.list_tags_log_group(**name)["tags"])
    assert "ResourceAlreadyExistsException" == code(logs.create_log_group, **name, kmsKeyId=closed)
    assert "AccessDeniedException" == code(logs.associate_kms_key, **name, kmsKeyId=closed)
    logs.create_log_group(logGroupName="/other")
    assert "AccessDeniedException" == code(logs.associate_kms_key, logGroupName="/other", kmsKeyId=opened)


def test_every_operation_is_one_of_its_service() -> None:
    """A misspelt operation would never be asked for."""
    from generator.emulator.front.calls import _SERVICES
    from generator.emulator.front.clients import session

    clients = {service.prefix: service.client for service in _SERVICES.values()}
    known: dict[str, set[str]] = {}
    for name in operations():
        prefix, _, operation = name.partition(":")
        if prefix not in known:
            client = session().client(clients.get(prefix, prefix), region_name="eu-central-1")
            known[prefix] = set(client.meta.service_model.operation_names)
        assert operation in known[prefix], name
