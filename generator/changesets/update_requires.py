"""The "Update requires" of each property on AWS's reference pages: written from them, not from a schema.

Each type has a page with "Update requires" below each property. R is Replacement, N is No
interruption, S is Some interruptions.

Every line was read on 2026-11-29, not on the live pages but on copies of them that were made in 2026:
https://github.com/groovy-sky/aws-docs, folder docs/services/cloudformation/latest/templatereference, commits 2ef1448,
4e9db2b and 0ffbbfd. `NO_PAGE` has the properties that no page describes. It has every property of the published
templates: a test compares them, and the table with what the schemas say.
"""

from __future__ import annotations

from collections.abc import Mapping

N, S, R = "No interruption", "Some interruptions", "Replacement"


UPDATE_REQUIRES: Mapping[str, Mapping[str, str]] = {
    "AWS::Chatbot::MicrosoftTeamsChannelConfiguration": {
        "ConfigurationName": R,
        "GuardrailPolicies": N,
        "IamRoleArn": N,
        "LoggingLevel": N,
        "SnsTopicArns": N,
        "TeamId": R,
        "TeamsChannelId": N,
        "TeamsTenantId": R,
        "UserRoleRequired": N,
    },
    "AWS::Chatbot::SlackChannelConfiguration": {
        "ConfigurationName": R,
        "GuardrailPolicies": N,
        "IamRoleArn": N,
        "LoggingLevel": N,
        "SlackChannelId": N,
        "SlackWorkspaceId": R,
        "SnsTopicArns": N,
        "UserRoleRequired": N,
    },
    "AWS::CloudWatch::Alarm": {
        "AlarmActions": N,
        "AlarmDescription": N,
        "AlarmName": R,
        "ComparisonOperator": N,
        "Dimensions": N,
        "EvaluationPeriods": N,
        "MetricName": N,
        "Namespace": N,
        "Period": N,
        "Statistic": N,
        "Threshold": N,
        "TreatMissingData": N,
    },
    "AWS::CodeArtifact::Domain": {"DomainName": R, "EncryptionKey": R, "PermissionsPolicyDocument": N},
    "AWS::CodeArtifact::Repository": {
        "Description": N,
        "DomainName": R,
        "ExternalConnections": N,
        "PermissionsPolicyDocument": N,
        "RepositoryName": R,
        "Upstreams": N,
    },
    "AWS::CodeBuild::Project": {
        "Artifacts": N,
        "EncryptionKey": N,
        "Environment": N,
        "LogsConfig": N,
        "Name": R,
        "ServiceRole": N,
        "Source": N,
        "TimeoutInMinutes": N,
        "VpcConfig": N,
    },
    "AWS::CodeBuild::ReportGroup": {"DeleteReports": N, "ExportConfig": N, "Name": R, "Type": R},
    "AWS::CodeDeploy::Application": {"ApplicationName": R, "ComputePlatform": R},
    "AWS::CodeDeploy::DeploymentConfig": {"ComputePlatform": R, "MinimumHealthyHosts": R},
    "AWS::CodeDeploy::DeploymentGroup": {
        "AlarmConfiguration": N,
        "ApplicationName": R,
        "AutoRollbackConfiguration": N,
        "AutoScalingGroups": N,
        "BlueGreenDeploymentConfiguration": N,
        "DeploymentConfigName": N,
        "DeploymentGroupName": R,
        "DeploymentStyle": N,
        "Ec2TagFilters": N,
        "Ec2TagSet": N,
        "ECSServices": N,
        "LoadBalancerInfo": N,
        "OnPremisesInstanceTagFilters": N,
        "OnPremisesTagSet": N,
        "OutdatedInstancesStrategy": N,
        "ServiceRoleArn": N,
        "Tags": N,
    },
    "AWS::CodePipeline::Pipeline": {
        "ArtifactStore": N,
        "ExecutionMode": N,
        "Name": R,
        "PipelineType": N,
        "RoleArn": N,
        "Stages": N,
        "Tags": N,
        "Triggers": N,
        "Variables": N,
    },
    "AWS::CodeStarNotifications::NotificationRule": {
        "DetailType": N,
        "EventTypeIds": N,
        "Name": N,
        "Resource": R,
        "Targets": N,
    },
    "AWS::EC2::FlowLog": {
        "DeliverLogsPermissionArn": R,
        "LogDestinationType": R,
        "LogGroupName": R,
        "MaxAggregationInterval": R,
        "ResourceId": R,
        "ResourceType": R,
        "TrafficType": R,
    },
    "AWS::EC2::RouteTable": {"Tags": N, "VpcId": R},
    "AWS::EC2::SecurityGroup": {
        "GroupDescription": R,
        "GroupName": R,
        "SecurityGroupEgress": S,
        "SecurityGroupIngress": S,
        "VpcId": R,
    },
    "AWS::EC2::SecurityGroupIngress": {
        "Description": N,
        "FromPort": R,
        "GroupId": R,
        "IpProtocol": R,
        "SourceSecurityGroupId": R,
        "ToPort": R,
    },
    "AWS::EC2::Subnet": {"AvailabilityZone": R, "CidrBlock": R, "Tags": N, "VpcId": R},
    "AWS::EC2::SubnetRouteTableAssociation": {"RouteTableId": R, "SubnetId": R},
    "AWS::EC2::VPC": {"CidrBlock": R, "EnableDnsHostnames": N, "EnableDnsSupport": N, "Tags": N},
    "AWS::EC2::VPCEndpoint": {
        "PolicyDocument": N,
        "PrivateDnsEnabled": N,
        "RouteTableIds": N,
        "SecurityGroupIds": N,
        "ServiceName": R,
        "SubnetIds": N,
        "VpcEndpointType": R,
        "VpcId": R,
    },
    "AWS::ECR::RegistryPolicy": {"PolicyText": N},
    "AWS::ECR::RegistryScanningConfiguration": {"Rules": N, "ScanType": N},
    "AWS::ECR::ReplicationConfiguration": {"ReplicationConfiguration": N},
    "AWS::ECR::Repository": {
        "EncryptionConfiguration": R,
        "ImageScanningConfiguration": N,
        "ImageTagMutability": N,
        "ImageTagMutabilityExclusionFilters": N,
        "LifecyclePolicy": N,
        "RepositoryName": R,
        "RepositoryPolicyText": N,
    },
    "AWS::ECR::RepositoryCreationTemplate": {
        "AppliedFor": N,
        "CustomRoleArn": N,
        "Description": N,
        "EncryptionConfiguration": N,
        "ImageTagMutability": N,
        "ImageTagMutabilityExclusionFilters": N,
        "LifecyclePolicy": N,
        "Prefix": R,
    },
    "AWS::ECR::SigningConfiguration": {"Rules": N},
    "AWS::EKS::AccessEntry": {"AccessPolicies": N, "ClusterName": R, "KubernetesGroups": N, "PrincipalArn": R},
    "AWS::Events::Rule": {"EventPattern": N, "Name": R, "Targets": N},
    "AWS::IAM::ManagedPolicy": {"ManagedPolicyName": R, "PolicyDocument": N},
    "AWS::IAM::Role": {
        "AssumeRolePolicyDocument": N,
        "ManagedPolicyArns": N,
        "Path": R,
        "PermissionsBoundary": N,
        "Policies": N,
        "RoleName": R,
    },
    "AWS::KMS::Alias": {"AliasName": R, "TargetKeyId": N},
    "AWS::KMS::Key": {"Description": N, "EnableKeyRotation": N, "KeyPolicy": N},
    "AWS::Lambda::Function": {
        "Code": N,
        "Description": N,
        "Environment": N,
        "FunctionName": R,
        "Handler": N,
        "KmsKeyArn": N,
        "LoggingConfig": N,
        "Role": N,
        "Runtime": N,
        "Timeout": N,
    },
    "AWS::Logs::LogGroup": {"KmsKeyId": N, "LogGroupName": R, "RetentionInDays": N},
    "AWS::S3::Bucket": {
        "BucketEncryption": N,
        "BucketName": R,
        "LifecycleConfiguration": N,
        "OwnershipControls": N,
        "PublicAccessBlockConfiguration": N,
        "VersioningConfiguration": S,
    },
    "AWS::S3::BucketPolicy": {"Bucket": R, "PolicyDocument": N},
    "AWS::SNS::Subscription": {"Endpoint": R, "Protocol": R, "TopicArn": R},
    "AWS::SNS::Topic": {"KmsMasterKeyId": N, "TopicName": R},
    "AWS::SNS::TopicPolicy": {"PolicyDocument": N, "Topics": N},
    "AWS::SQS::Queue": {"KmsMasterKeyId": N, "MessageRetentionPeriod": N, "QueueName": R},
    "AWS::SQS::QueuePolicy": {"PolicyDocument": N, "Queues": N},
    "AWS::Signer::SigningProfile": {"PlatformId": R, "ProfileName": R},
    "AWS::StepFunctions::StateMachine": {
        "DefinitionString": N,
        "DefinitionSubstitutions": N,
        "EncryptionConfiguration": N,
        "RoleArn": N,
        "StateMachineName": R,
        "StateMachineType": R,
    },
    "Custom::VpcFinish": {"ServiceTimeout": N},
}

_OWN = "the property is ours: AWS asks our function, and replaces the resource if the function gives another id"
NO_PAGE: Mapping[tuple[str, str], str] = {
    ("Custom::VpcFinish", "Account"): _OWN,
    ("Custom::VpcFinish", "GroupId"): _OWN,
    ("Custom::VpcFinish", "S3"): _OWN,
    ("Custom::VpcFinish", "ServiceToken"): (
        "the page says both that updates are not supported and that an update requires a replacement. CloudFormation"
        " refuses the update: https://github.com/aws-cloudformation/cloudformation-coverage-roadmap/issues/802"
    ),
}
"""Properties whose update no page describes, and why."""


def replaces(kind: str, name: str) -> bool:
    """Whether a change of this property replaces a resource of this type."""
    return UPDATE_REQUIRES.get(kind, {}).get(name) == R
