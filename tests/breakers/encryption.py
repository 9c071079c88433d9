"""Breakers of the promises in tests/promises/encryption.py."""

from __future__ import annotations

import copy

from tests.breakers import breaks, properties_of, statement_of
from tests.promises import encryption
from tests.rendered import Rendered


@breaks(encryption.uses_of_the_key_are_those_that_aws_lists)
def logs_cannot_encrypt(template: Rendered) -> None:
    properties_of(template, "Key")["KeyPolicy"]["Statement"][1]["Action"].remove("kms:Encrypt")


@breaks(encryption.everything_is_encrypted_with_the_key_of_the_stack, of="image-build")
def reports_are_encrypted_with_a_key_of_s3(template: Rendered) -> None:
    properties_of(template, "TestReports")["ExportConfig"]["S3Destination"]["EncryptionKey"] = "alias/aws/s3"


@breaks(encryption.buckets_are_private_and_encrypted)
def objects_have_owners_of_their_own(template: Rendered) -> None:
    del properties_of(template, "ArtifactBucket")["OwnershipControls"]


@breaks(encryption.the_key_serves_exactly_the_services_that_need_it)
def the_key_serves_anybody(template: Rendered) -> None:
    statements = properties_of(template, "Key")["KeyPolicy"]["Statement"]
    next(each for each in statements if "Service" in each["Principal"])["Principal"] = "*"


@breaks(encryption.objects_of_a_bucket_share_a_key)
def each_object_asks_for_a_key(template: Rendered) -> None:
    rules = properties_of(template, "ArtifactBucket")["BucketEncryption"]["ServerSideEncryptionConfiguration"]
    rules[0]["BucketKeyEnabled"] = False


@breaks(encryption.evidence_survives_the_stack, of="registry")
def the_scanning_of_all_repositories_goes_with_the_stack(template: Rendered) -> None:
    template["Resources"]["EnhancedScanning"]["DeletionPolicy"] = "Delete"


@breaks(encryption.everything_is_encrypted_with_the_key_of_the_stack, of="pipeline-release")
def a_topic_uses_the_key_of_aws(template: Rendered) -> None:
    properties_of(template, "NotificationTopic")["KmsMasterKeyId"] = "alias/aws/sns"


@breaks(encryption.everything_is_encrypted_with_the_key_of_the_stack, of="platform")
def an_existing_key_is_ignored(template: Rendered) -> None:
    properties_of(template, "LostPushes")["KmsMasterKeyId"] = {"Fn::GetAtt": ["Key", "Arn"]}


@breaks(encryption.the_key_serves_exactly_the_services_that_need_it, of="platform")
def alarms_of_pipelines_cannot_publish(template: Rendered) -> None:
    del properties_of(template, "Key")["KeyPolicy"]["Statement"][2]


@breaks(encryption.the_key_serves_the_log_groups, of="platform")
def the_key_serves_the_logs_of_the_platform_alone(template: Rendered) -> None:
    logs = properties_of(template, "Key")["KeyPolicy"]["Statement"][1]
    (arn,) = logs["Condition"]["ArnLike"].values()
    arn["Fn::Sub"] = arn["Fn::Sub"].replace("/ecr-pipeline/*", "/ecr-pipeline/platform/*")


@breaks(encryption.the_key_serves_the_log_groups, of="pipeline-release")
def a_log_group_has_a_name_that_the_platform_does_not_know(template: Rendered) -> None:
    properties_of(template, "RecorderLogs")["LogGroupName"] = {"Fn::Sub": "/aws/lambda/${Name}"}


@breaks(encryption.uses_of_the_key_are_those_that_aws_lists, of="pipeline-release")
def the_recorder_uses_the_key_of_its_log_in_part(template: Rendered) -> None:
    statement_of(template, "RecorderRole", "UseLogKey")["Action"].remove("kms:DescribeKey")


@breaks(encryption.bucket_policies_are_about_their_bucket, of="platform")
def a_bucket_policy_is_about_every_bucket(template: Rendered) -> None:
    statement = properties_of(template, "ArtifactBucketPolicy")["PolicyDocument"]["Statement"][0]
    statement["Resource"] = [{"Fn::Sub": "arn:${AWS::Partition}:s3:::*"}]


@breaks(encryption.everything_is_encrypted_with_the_key_of_the_stack)
def the_topic_uses_the_key_of_aws(template: Rendered) -> None:
    properties_of(template, "NotificationTopic")["KmsMasterKeyId"] = "alias/aws/sns"


@breaks(encryption.everything_is_encrypted_with_the_key_of_the_stack)
def the_build_uses_the_key_of_aws(template: Rendered) -> None:
    del properties_of(template, "InspectProject")["EncryptionKey"]


@breaks(encryption.keys_rotate)
def the_key_stays(template: Rendered) -> None:
    properties_of(template, "Key")["EnableKeyRotation"] = False


@breaks(encryption.the_key_serves_exactly_the_services_that_need_it)
def the_key_serves_codepipeline(template: Rendered) -> None:
    statement = copy.deepcopy(properties_of(template, "Key")["KeyPolicy"]["Statement"][1])
    statement["Principal"] = {"Service": "codepipeline.amazonaws.com"}
    properties_of(template, "Key")["KeyPolicy"]["Statement"].append(statement)


@breaks(encryption.the_key_serves_exactly_the_services_that_need_it)
def the_key_does_not_serve_logs(template: Rendered) -> None:
    del properties_of(template, "Key")["KeyPolicy"]["Statement"][1]


@breaks(encryption.services_use_the_key_under_a_condition)
def any_account_uses_the_key(template: Rendered) -> None:
    del properties_of(template, "Key")["KeyPolicy"]["Statement"][2]["Condition"]


@breaks(encryption.buckets_are_private_and_encrypted)
def the_bucket_takes_plain_http(template: Rendered) -> None:
    del properties_of(template, "ArtifactBucketPolicy")["PolicyDocument"]["Statement"][0]


@breaks(encryption.buckets_are_private_and_encrypted)
def the_bucket_can_be_public(template: Rendered) -> None:
    properties_of(template, "ArtifactBucket")["PublicAccessBlockConfiguration"]["BlockPublicPolicy"] = False


@breaks(encryption.artifacts_outlive_the_longest_approval, of="platform")
def artifacts_last_a_month(template: Rendered) -> None:
    template["Parameters"]["ArtifactRetentionDays"]["MinValue"] = 30


@breaks(encryption.evidence_survives_the_stack)
def the_bucket_goes_with_the_stack(template: Rendered) -> None:
    template["Resources"]["ArtifactBucket"]["DeletionPolicy"] = "Delete"


@breaks(encryption.the_key_serves_the_log_groups)
def a_log_group_is_called_otherwise(template: Rendered) -> None:
    properties_of(template, "InspectLogs")["LogGroupName"] = {"Fn::Sub": "/codebuild/${AWS::StackName}-Inspect"}


@breaks(encryption.buckets_are_private_and_encrypted)
def the_bucket_blocks_in_part(template: Rendered) -> None:
    del properties_of(template, "ArtifactBucket")["PublicAccessBlockConfiguration"]["IgnorePublicAcls"]


@breaks(encryption.buckets_are_private_and_encrypted)
def the_bucket_keeps_no_versions(template: Rendered) -> None:
    del properties_of(template, "ArtifactBucket")["VersioningConfiguration"]


@breaks(encryption.everything_is_encrypted_with_the_key_of_the_stack, of="registry")
def images_are_encrypted_with_a_key_of_ecr(template: Rendered) -> None:
    properties_of(template, "Repository")["EncryptionConfiguration"] = {"EncryptionType": "AES256"}


@breaks(encryption.evidence_survives_the_stack, of="registry")
def images_go_with_the_stack(template: Rendered) -> None:
    del template["Resources"]["Repository"]["DeletionPolicy"]


@breaks(encryption.everything_is_encrypted_with_the_key_of_the_stack, of="pipeline-release")
def variables_of_a_function_are_encrypted_by_aws(template: Rendered) -> None:
    del properties_of(template, "Recorder")["KmsKeyArn"]


@breaks(encryption.artifacts_outlive_the_longest_approval, of="platform")
def lists_of_accepted_findings_expire(template: Rendered) -> None:
    rules = properties_of(template, "AcceptedFindings")["LifecycleConfiguration"]["Rules"]
    rules[0]["NoncurrentVersionExpiration"] = {"NoncurrentDays": 1}


@breaks(encryption.histories_are_encrypted_for_their_state_machine, of="task-ecs")
def the_key_encrypts_the_history_of_any_state_machine(template: Rendered) -> None:
    del statement_of(template, "RunRole", "EncryptHistory")["Condition"]


@breaks(encryption.histories_are_encrypted_for_their_state_machine, of="deployer-lambda")
def the_key_encrypts_the_history_of_another_state_machine(template: Rendered) -> None:
    condition = statement_of(template, "DeployRole", "EncryptHistory")["Condition"]["StringEquals"]
    condition.update({encryption.HISTORY: {"Fn::Sub": "arn:${AWS::Partition}:states:*:*:stateMachine:Deployer-*"}})


@breaks(encryption.keys_are_used_through_the_service_that_is_named, of="pipeline-release")
def the_key_of_the_log_is_used_through_any_service(template: Rendered) -> None:
    statement_of(template, "RecorderRole", "UseLogKey")["Condition"] = {"StringLike": {"kms:ViaService": "*"}}
