"""Every type of resource: created, changed and deleted, and compared with its service's answers."""

from __future__ import annotations

import copy
import json
from typing import Any, NamedTuple

import pytest

from generator.emulator.front.chat_records import channels
from generator.emulator.stacks.planning import kinds
from tests.emulator.reading import differences, expected, read
from tests.emulator.small_stacks import Stacks
from tests.emulator.template import Resource, said

Properties = dict[str, Any]

pytestmark = pytest.mark.slow


def document(action: str = "x:Y") -> Properties:
    """A policy."""
    statement = {"Effect": "Allow", "Principal": "*", "Action": [action], "Resource": ["*"]}
    return {"Version": "2012-10-17", "Statement": [statement]}


def trust(*services: str) -> Properties:
    """A trust policy."""
    statements = [{"Effect": "Allow", "Principal": {"Service": one}, "Action": "sts:AssumeRole"} for one in services]
    return {"Version": "2012-10-17", "Statement": statements}


def source(provider: str = "ECR", **configuration: str) -> Properties:
    """A stage with one action."""
    kind = {"Category": "Source", "Owner": "AWS", "Provider": provider, "Version": "1"}
    artifact = {"Name": "Image"}
    action = {"Name": "Image", "ActionTypeId": kind, "Configuration": configuration, "OutputArtifacts": [artifact]}
    return {"Name": "Source", "Actions": [{**action, "RunOrder": 1}]}


APPROVAL = {
    "Name": "Approval",
    "Actions": [
        {
            "Name": "Approve",
            "ActionTypeId": {"Category": "Approval", "Owner": "AWS", "Provider": "Manual", "Version": "1"},
            "RunOrder": 1,
        }
    ],
}


CREATION: Properties = {"Prefix": "team", "AppliedFor": ["REPLICATION"], "ImageTagMutability": "IMMUTABLE"}


def replication(region: str) -> Properties:
    """Copies of every image."""
    return {
        "ReplicationConfiguration": {"Rules": [{"Destinations": [{"Region": region, "RegistryId": "222233334444"}]}]}
    }


# Resources that the cases need.
GROUND: dict[str, Properties] = {
    "Vpc": {"Type": "AWS::EC2::VPC", "Properties": {"CidrBlock": "10.0.0.0/16"}},
    "Subnet": {
        "Type": "AWS::EC2::Subnet",
        "Properties": {"VpcId": {"Ref": "Vpc"}, "CidrBlock": "10.0.1.0/24"},
    },
    "Routes": {"Type": "AWS::EC2::RouteTable", "Properties": {"VpcId": {"Ref": "Vpc"}}},
    "SecondSubnet": {
        "Type": "AWS::EC2::Subnet",
        "Properties": {"VpcId": {"Ref": "Vpc"}, "CidrBlock": "10.0.3.0/24"},
    },
    "Group": {
        "Type": "AWS::EC2::SecurityGroup",
        "Properties": {"VpcId": {"Ref": "Vpc"}, "GroupDescription": "x"},
    },
    "Key": {"Type": "AWS::KMS::Key", "Properties": {"KeyPolicy": document("kms:*")}},
    "Other": {"Type": "AWS::KMS::Key", "Properties": {"KeyPolicy": document("kms:*")}},
    "Role": {
        "Type": "AWS::IAM::Role",
        "Properties": {"AssumeRolePolicyDocument": trust("codepipeline.amazonaws.com", "lambda.amazonaws.com")},
    },
    "OtherRole": {
        "Type": "AWS::IAM::Role",
        "Properties": {"AssumeRolePolicyDocument": trust("ec2.amazonaws.com")},
    },
    "Template": {
        "Type": "AWS::EC2::LaunchTemplate",
        "Properties": {"LaunchTemplateData": {"ImageId": "ami-0a1b2c3d4e5f60718", "InstanceType": "t3.small"}},
    },
    "Policy": {"Type": "AWS::IAM::ManagedPolicy", "Properties": {"PolicyDocument": document()}},
    "SecondPolicy": {"Type": "AWS::IAM::ManagedPolicy", "Properties": {"PolicyDocument": document()}},
    "Bucket": {"Type": "AWS::S3::Bucket"},
    "Topic": {"Type": "AWS::SNS::Topic"},
    "SecondTopic": {"Type": "AWS::SNS::Topic"},
    "Queue": {"Type": "AWS::SQS::Queue"},
    "SecondQueue": {"Type": "AWS::SQS::Queue"},
    "Logs": {"Type": "AWS::Logs::LogGroup"},
    "Application": {"Type": "AWS::CodeDeploy::Application", "Properties": {"ComputePlatform": "ECS"}},
    "Tasks": {"Type": "AWS::ECS::TaskDefinition", "Properties": {"Family": "ground", "ContainerDefinitions": []}},
    "Balancer": {
        "Type": "AWS::ElasticLoadBalancingV2::LoadBalancer",
        "Properties": {"Subnets": [{"Ref": "Subnet"}, {"Ref": "SecondSubnet"}]},
    },
    "Targets": {
        "Type": "AWS::ElasticLoadBalancingV2::TargetGroup",
        "Properties": {"VpcId": {"Ref": "Vpc"}, "Protocol": "HTTP", "Port": 80, "TargetType": "ip"},
    },
    "OtherTargets": {
        "Type": "AWS::ElasticLoadBalancingV2::TargetGroup",
        "Properties": {"VpcId": {"Ref": "Vpc"}, "Protocol": "HTTP", "Port": 80, "TargetType": "ip"},
    },
    "Listener": {
        "Type": "AWS::ElasticLoadBalancingV2::Listener",
        "Properties": {
            "LoadBalancerArn": {"Ref": "Balancer"},
            "Protocol": "HTTP",
            "Port": 81,
            "DefaultActions": [{"Type": "forward", "TargetGroupArn": {"Ref": "Targets"}}],
        },
    },
    "Domain": {"Type": "AWS::CodeArtifact::Domain", "Properties": {"DomainName": "ground"}},
    "Store": {
        "Type": "AWS::CodeArtifact::Repository",
        "Properties": {"DomainName": {"Fn::GetAtt": ["Domain", "Name"]}, "RepositoryName": "store"},
    },
    "Profile": {"Type": "AWS::Signer::SigningProfile", "Properties": {"PlatformId": "Notation-OCI-SHA384-ECDSA"}},
}
ROLE, KEY, OTHER = {"Fn::GetAtt": ["Role", "Arn"]}, {"Fn::GetAtt": ["Key", "Arn"]}, {"Fn::GetAtt": ["Other", "Arn"]}
NETWORK = {"VpcId": {"Ref": "Vpc"}}
STORE = {"Fn::GetAtt": ["Store", "Name"]}
PACKAGES: Properties = {"DomainName": {"Fn::GetAtt": ["Domain", "Name"]}, "RepositoryName": "packages"}


CHANNEL: Properties = {
    "ConfigurationName": "orders",
    "IamRoleArn": ROLE,
    "GuardrailPolicies": [{"Ref": "Policy"}],
    "SnsTopicArns": [{"Ref": "Topic"}],
}
SLACK: Properties = {**CHANNEL, "SlackWorkspaceId": "T0123456", "SlackChannelId": "C0123456"}
TEAM: Properties = {
    "TeamsTenantId": "1a2b3c4d-1a2b-1a2b-1a2b-1a2b3c4d5e6f",
    "TeamId": "6f5e4d3c-2b1a-2b1a-2b1a-6f5e4d3c2b1a",
}
NOTIFICATIONS: Properties = {
    "Name": "orders",
    "Resource": {
        "Fn::Sub": ["arn:aws:codepipeline:${AWS::Region}:${AWS::AccountId}:${It}", {"It": {"Ref": "Pipeline"}}]
    },
    "DetailType": "FULL",
    "EventTypeIds": ["codepipeline-pipeline-action-execution-failed"],
    "Targets": [{"TargetType": "SNS", "TargetAddress": {"Ref": "Topic"}}],
}


class Case(NamedTuple):
    """A type with the properties that it is made with, and those that it is changed to."""

    kind: str
    first: Properties
    second: Properties
    replaced: bool = False


PROJECT: Properties = {
    "ServiceRole": ROLE,
    "Source": {"Type": "CODEPIPELINE", "BuildSpec": "version: 0.2"},
    "Artifacts": {"Type": "CODEPIPELINE"},
    "Environment": {"Type": "LINUX_CONTAINER", "Image": "aws/x", "ComputeType": "BUILD_GENERAL1_SMALL"},
}
PIPELINE: Properties = {
    "RoleArn": ROLE,
    "PipelineType": "V2",
    "ArtifactStore": {"Type": "S3", "Location": {"Ref": "Bucket"}},
    "Stages": [source(RepositoryName="a"), APPROVAL],
}
GROUND["Pipeline"] = {"Type": "AWS::CodePipeline::Pipeline", "Properties": PIPELINE}
FUNCTION: Properties = {
    "Role": ROLE,
    "Runtime": "python3.13",
    "Handler": "index.handler",
    "Code": {"ZipFile": "def handler(event, context): ..."},
}
GROUP: Properties = {
    "ApplicationName": {"Ref": "Application"},
    "ServiceRoleArn": ROLE,
    "DeploymentConfigName": "CodeDeployDefault.ECSAllAtOnce",
    "ECSServices": [{"ClusterName": "c", "ServiceName": "s"}],
}
ALARM: Properties = {
    "Namespace": "AWS/SQS",
    "MetricName": "NumberOfMessagesSent",
    "Statistic": "Sum",
    "Period": 300,
    "EvaluationPeriods": 1,
    "Threshold": 0,
    "ComparisonOperator": "GreaterThanThreshold",
}
ENDPOINT: Properties = {
    **NETWORK,
    "VpcEndpointType": "Interface",
    "ServiceName": "com.amazonaws.eu-central-1.logs",
    "PrivateDnsEnabled": True,
    "SubnetIds": [{"Ref": "Subnet"}],
    "SecurityGroupIds": [{"Ref": "Group"}],
    "PolicyDocument": document(),
}
RULE: Properties = {"EventPattern": {"source": ["aws.ecr"]}, "Targets": [{"Id": "a", "Arn": {"Ref": "Topic"}}]}
LIFECYCLE = json.dumps(
    {
        "rules": [
            {
                "rulePriority": 1,
                "selection": {
                    "tagStatus": "untagged",
                    "countType": "sinceImagePushed",
                    "countUnit": "days",
                    "countNumber": 14,
                },
                "action": {"type": "expire"},
            }
        ]
    }
)
REPOSITORY: Properties = {
    "RepositoryName": "team/orders",
    "ImageScanningConfiguration": {"ScanOnPush": True},
    "ImageTagMutability": "IMMUTABLE",
    "LifecyclePolicy": {"LifecyclePolicyText": LIFECYCLE},
}
ENTRY: Properties = {
    "ClusterName": "shop",
    "PrincipalArn": ROLE,
    "KubernetesGroups": ["deployers"],
    "AccessPolicies": [
        {
            "PolicyArn": "arn:aws:eks::aws:cluster-access-policy/AmazonEKSEditPolicy",
            "AccessScope": {"Type": "namespace", "Namespaces": ["orders"]},
        }
    ],
}
TASKS: Properties = {
    "Family": "orders",
    "Cpu": "256",
    "Memory": "512",
    "NetworkMode": "awsvpc",
    "RequiresCompatibilities": ["FARGATE"],
    "TaskRoleArn": ROLE,
    "ContainerDefinitions": [{"Name": "app", "Image": "orders:1", "PortMappings": [{"ContainerPort": 8080}]}],
}
BALANCER: Properties = {
    "Type": "application",
    "Subnets": [{"Ref": "Subnet"}, {"Ref": "SecondSubnet"}],
    "SecurityGroups": [{"Ref": "Group"}],
}
LISTENER: Properties = {
    "LoadBalancerArn": {"Ref": "Balancer"},
    "Protocol": "HTTP",
    "Port": 80,
    "DefaultActions": [{"Type": "forward", "TargetGroupArn": {"Ref": "Targets"}}],
}
LISTENER_RULE: Properties = {
    "ListenerArn": {"Ref": "Listener"},
    "Priority": 1,
    "Conditions": [{"Field": "path-pattern", "PathPatternConfig": {"Values": ["*"]}}],
    "Actions": [
        {
            "Type": "forward",
            "ForwardConfig": {
                "TargetGroups": [
                    {"TargetGroupArn": {"Ref": "Targets"}, "Weight": 1},
                    {"TargetGroupArn": {"Ref": "OtherTargets"}, "Weight": 0},
                ]
            },
        }
    ],
}
OUT = {"IpProtocol": "tcp", "FromPort": 443, "ToPort": 443, "Description": "x"}

AUTO_SCALING: Properties = {
    "VPCZoneIdentifier": [{"Ref": "Subnet"}],
    "LaunchTemplate": {"LaunchTemplateId": {"Ref": "Template"}, "Version": "1"},
    "MinSize": "0",
    "MaxSize": "3",
    "DesiredCapacity": "1",
}

CASES = [
    Case("AWS::AutoScaling::AutoScalingGroup", AUTO_SCALING, {**AUTO_SCALING, "MaxSize": "5", "DesiredCapacity": "2"}),
    Case("AWS::CloudWatch::Alarm", ALARM, {**ALARM, "Threshold": 3, "AlarmActions": [{"Ref": "Topic"}]}),
    Case("AWS::CodeBuild::Project", PROJECT, {**PROJECT, "EncryptionKey": KEY, "TimeoutInMinutes": 30}),
    Case(
        "AWS::CodeBuild::ReportGroup",
        {"Type": "TEST", "DeleteReports": True, "ExportConfig": {"ExportConfigType": "NO_EXPORT"}},
        {
            "Type": "TEST",
            "ExportConfig": {"ExportConfigType": "S3", "S3Destination": {"Bucket": {"Ref": "Bucket"}, "Path": "a"}},
        },
    ),
    Case("AWS::CodeDeploy::Application", {"ComputePlatform": "ECS"}, {"ComputePlatform": "Lambda"}, replaced=True),
    Case(
        "AWS::CodeDeploy::DeploymentConfig",
        {"ComputePlatform": "Server", "MinimumHealthyHosts": {"Type": "FLEET_PERCENT", "Value": 75}},
        {"ComputePlatform": "Server", "MinimumHealthyHosts": {"Type": "HOST_COUNT", "Value": 2}},
        replaced=True,
    ),
    Case(
        "AWS::CodeDeploy::DeploymentGroup",
        {**GROUP, "Tags": [{"Key": "a", "Value": "1"}, {"Key": "b", "Value": "2"}]},
        {**GROUP, "DeploymentConfigName": "CodeDeployDefault.ECSCanary", "Tags": [{"Key": "b", "Value": "3"}]},
    ),
    Case(
        "AWS::CodePipeline::Pipeline",
        {**PIPELINE, "Tags": [{"Key": "a", "Value": "1"}, {"Key": "b", "Value": "2"}]},
        {
            **PIPELINE,
            "Tags": [{"Key": "b", "Value": "3"}],
            "ExecutionMode": "QUEUED",
            "Stages": [source(RepositoryName="b"), APPROVAL],
        },
    ),
    Case(
        "AWS::EC2::FlowLog",
        {
            "ResourceType": "VPC",
            "ResourceId": {"Ref": "Vpc"},
            "TrafficType": "ALL",
            "LogGroupName": {"Ref": "Logs"},
            "DeliverLogsPermissionArn": ROLE,
        },
        {
            "ResourceType": "Subnet",
            "ResourceId": {"Ref": "Subnet"},
            "TrafficType": "REJECT",
            "LogGroupName": {"Ref": "Logs"},
            "DeliverLogsPermissionArn": ROLE,
        },
        replaced=True,
    ),
    Case(
        "AWS::EC2::LaunchTemplate",
        {"LaunchTemplateData": {"InstanceType": "t3.small", "MetadataOptions": {"HttpTokens": "required"}}},
        {"LaunchTemplateData": {"InstanceType": "t3.large", "MetadataOptions": {"HttpTokens": "required"}}},
    ),
    Case(
        "AWS::EC2::RouteTable",
        {**NETWORK, "Tags": [{"Key": "a", "Value": "1"}, {"Key": "b", "Value": "2"}]},
        {**NETWORK, "Tags": [{"Key": "a", "Value": "3"}]},
    ),
    Case(
        "AWS::EC2::SecurityGroup",
        {**NETWORK, "GroupDescription": "x", "SecurityGroupEgress": [{"IpProtocol": "-1", "CidrIp": "127.0.0.1/32"}]},
        {
            **NETWORK,
            "GroupDescription": "x",
            "SecurityGroupEgress": [{**OUT, "DestinationSecurityGroupId": {"Ref": "Group"}}],
            "SecurityGroupIngress": [{**OUT, "CidrIpv6": "::1/128"}],
        },
    ),
    Case(
        "AWS::EC2::SecurityGroupEgress",
        {**OUT, "GroupId": {"Ref": "Group"}, "CidrIp": "10.0.0.0/16"},
        {**OUT, "GroupId": {"Ref": "Group"}, "CidrIp": "10.1.0.0/16"},
        replaced=True,
    ),
    Case(
        "AWS::EC2::SecurityGroupIngress",
        {**OUT, "GroupId": {"Ref": "Group"}, "SourceSecurityGroupId": {"Ref": "Group"}},
        {**OUT, "GroupId": {"Ref": "Group"}, "SourceSecurityGroupId": {"Ref": "Group"}, "ToPort": 444},
        replaced=True,
    ),
    Case(
        "AWS::EC2::Subnet",
        {**NETWORK, "CidrBlock": "10.0.2.0/24", "MapPublicIpOnLaunch": False},
        {**NETWORK, "CidrBlock": "10.0.2.0/24", "MapPublicIpOnLaunch": True},
    ),
    Case(
        "AWS::EC2::SubnetRouteTableAssociation",
        {"SubnetId": {"Ref": "Subnet"}, "RouteTableId": {"Ref": "Routes"}},
        {"SubnetId": {"Ref": "SecondSubnet"}, "RouteTableId": {"Ref": "Routes"}},
        replaced=True,
    ),
    Case(
        "AWS::EC2::VPC",
        {"CidrBlock": "10.1.0.0/16", "EnableDnsHostnames": True},
        {"CidrBlock": "10.1.0.0/16", "EnableDnsHostnames": False, "EnableDnsSupport": True},
    ),
    Case("AWS::EC2::VPCEndpoint", ENDPOINT, {**ENDPOINT, "PolicyDocument": document("logs:PutLogEvents")}),
    Case("AWS::Chatbot::SlackChannelConfiguration", SLACK, {**SLACK, "SlackChannelId": "C7654321", "SnsTopicArns": []}),
    Case(
        "AWS::Chatbot::SlackChannelConfiguration",
        SLACK,
        {**SLACK, "SlackWorkspaceId": "T7654321", "ConfigurationName": "other"},
        replaced=True,
    ),
    Case(
        "AWS::Chatbot::MicrosoftTeamsChannelConfiguration",
        {**CHANNEL, **TEAM, "TeamsChannelId": "19%3a1a%40thread.tacv2", "UserRoleRequired": True},
        {**CHANNEL, **TEAM, "TeamsChannelId": "19%3a2b%40thread.tacv2", "LoggingLevel": "ERROR"},
    ),
    Case(
        "AWS::CodeStarNotifications::NotificationRule",
        NOTIFICATIONS,
        {**NOTIFICATIONS, "DetailType": "BASIC", "Status": "DISABLED", "Name": "other"},
    ),
    Case(
        "AWS::CodeArtifact::Domain",
        {"DomainName": "example", "EncryptionKey": KEY, "PermissionsPolicyDocument": document("codeartifact:List")},
        {"DomainName": "example", "EncryptionKey": KEY, "PermissionsPolicyDocument": document("codeartifact:Get")},
    ),
    Case(
        "AWS::CodeArtifact::Domain",
        {"DomainName": "example", "PermissionsPolicyDocument": document("codeartifact:List")},
        {"DomainName": "another"},
        replaced=True,
    ),
    Case(
        "AWS::CodeArtifact::Repository",
        {**PACKAGES, "Description": "first", "Upstreams": [STORE]},
        {**PACKAGES, "Upstreams": [], "PermissionsPolicyDocument": document("codeartifact:ReadFromRepository")},
    ),
    Case(
        "AWS::CodeArtifact::Repository",
        {**PACKAGES, "ExternalConnections": ["public:npmjs"]},
        {**PACKAGES, "ExternalConnections": ["public:pypi"]},
    ),
    Case(
        "AWS::ECR::RegistryPolicy",
        {"PolicyText": document("ecr:ReplicateImage")},
        {"PolicyText": document("ecr:CreateRepository")},
    ),
    Case(
        "AWS::ECR::RegistryScanningConfiguration",
        {
            "ScanType": "ENHANCED",
            "Rules": [
                {"ScanFrequency": "SCAN_ON_PUSH", "RepositoryFilters": [{"Filter": "*", "FilterType": "WILDCARD"}]}
            ],
        },
        {
            "ScanType": "ENHANCED",
            "Rules": [
                {"ScanFrequency": "CONTINUOUS_SCAN", "RepositoryFilters": [{"Filter": "*", "FilterType": "WILDCARD"}]}
            ],
        },
    ),
    Case("AWS::ECR::ReplicationConfiguration", replication("eu-west-1"), replication("eu-west-3")),
    Case(
        "AWS::ECR::Repository",
        REPOSITORY,
        {
            "RepositoryName": "team/orders",
            "RepositoryPolicyText": document("ecr:BatchGetImage"),
            "ImageTagMutability": "IMMUTABLE_WITH_EXCLUSION",
            "ImageTagMutabilityExclusionFilters": [
                {
                    "ImageTagMutabilityExclusionFilterType": "WILDCARD",
                    "ImageTagMutabilityExclusionFilterValue": "latest*",
                }
            ],
        },
    ),
    Case(
        "AWS::ECR::RepositoryCreationTemplate",
        CREATION,
        {
            **CREATION,
            "ImageTagMutability": "IMMUTABLE_WITH_EXCLUSION",
            "ImageTagMutabilityExclusionFilters": [
                {"ImageTagMutabilityExclusionFilterType": "WILDCARD", "ImageTagMutabilityExclusionFilterValue": "_*"}
            ],
        },
    ),
    Case(
        "AWS::ECR::SigningConfiguration",
        {"Rules": [{"SigningProfileArn": {"Ref": "Profile"}}]},
        {
            "Rules": [
                {
                    "SigningProfileArn": {"Fn::GetAtt": ["Profile", "Arn"]},
                    "RepositoryFilters": [{"Filter": "team/*", "FilterType": "WILDCARD_MATCH"}],
                }
            ]
        },
    ),
    Case("AWS::ECS::TaskDefinition", TASKS, {**TASKS, "Memory": "1024"}, replaced=True),
    Case(
        "AWS::ECS::Service",
        {"Cluster": "shop", "ServiceName": "orders", "TaskDefinition": {"Ref": "Tasks"}, "DesiredCount": 1},
        {"Cluster": "shop", "ServiceName": "orders", "TaskDefinition": {"Ref": "Tasks"}, "DesiredCount": 2},
    ),
    Case(
        "AWS::ElasticLoadBalancingV2::Listener",
        LISTENER,
        {**LISTENER, "DefaultActions": [{"Type": "forward", "TargetGroupArn": {"Ref": "OtherTargets"}}]},
    ),
    Case(
        "AWS::ElasticLoadBalancingV2::ListenerRule",
        LISTENER_RULE,
        {
            **LISTENER_RULE,
            "Priority": 2,
            "Conditions": [{"Field": "path-pattern", "PathPatternConfig": {"Values": ["/a"]}}],
        },
    ),
    Case("AWS::ElasticLoadBalancingV2::LoadBalancer", BALANCER, {**BALANCER, "Scheme": "internal"}, replaced=True),
    Case(
        "AWS::ElasticLoadBalancingV2::TargetGroup",
        {**NETWORK, "Protocol": "HTTP", "Port": 80, "TargetType": "ip", "HealthCheckPath": "/"},
        {**NETWORK, "Protocol": "HTTP", "Port": 80, "TargetType": "ip", "HealthCheckPath": "/health"},
    ),
    Case(
        "AWS::EKS::AccessEntry",
        ENTRY,
        {
            **ENTRY,
            "KubernetesGroups": ["readers"],
            "AccessPolicies": [
                {
                    "PolicyArn": "arn:aws:eks::aws:cluster-access-policy/AmazonEKSViewPolicy",
                    "AccessScope": {"Type": "cluster"},
                }
            ],
        },
    ),
    Case(
        "AWS::Events::Rule",
        RULE,
        {
            "EventPattern": {"source": ["aws.ecr"], "detail-type": ["ECR Image Action"]},
            "Targets": [{"Id": "b", "Arn": {"Ref": "Topic"}, "RoleArn": ROLE}],
        },
    ),
    Case("AWS::IAM::InstanceProfile", {"Roles": [{"Ref": "Role"}]}, {"Roles": [{"Ref": "OtherRole"}]}),
    Case(
        "AWS::IAM::ManagedPolicy",
        {"PolicyDocument": document(), "Roles": [{"Ref": "Role"}]},
        {"PolicyDocument": document("x:Z")},
    ),
    Case(
        "AWS::IAM::Role",
        {
            "AssumeRolePolicyDocument": trust("codebuild.amazonaws.com"),
            "Policies": [{"PolicyName": "a", "PolicyDocument": document()}],
            "ManagedPolicyArns": [{"Ref": "Policy"}],
            "PermissionsBoundary": "arn:aws:iam::111122223333:policy/boundary",
        },
        {
            "AssumeRolePolicyDocument": trust("lambda.amazonaws.com"),
            "Policies": [{"PolicyName": "b", "PolicyDocument": document("x:Z")}],
            "ManagedPolicyArns": [{"Ref": "SecondPolicy"}],
            "Description": "x",
        },
    ),
    Case(
        "AWS::KMS::Alias",
        {"AliasName": "alias/mine", "TargetKeyId": {"Ref": "Key"}},
        {"AliasName": "alias/mine", "TargetKeyId": {"Ref": "Other"}},
    ),
    Case(
        "AWS::KMS::Key",
        {"KeyPolicy": document("kms:*"), "EnableKeyRotation": True, "Description": "a", "PendingWindowInDays": 7},
        {"KeyPolicy": document("kms:Decrypt"), "EnableKeyRotation": False, "Description": "b"},
    ),
    Case(
        "AWS::Lambda::Function",
        FUNCTION,
        {**FUNCTION, "Code": {"ZipFile": "def handler(*_): return 1"}, "Timeout": 60, "MemorySize": 256},
    ),
    Case("AWS::Logs::LogGroup", {"RetentionInDays": "30", "KmsKeyId": KEY}, {"KmsKeyId": OTHER}),
    Case("AWS::Logs::LogGroup", {"KmsKeyId": KEY}, {"RetentionInDays": 7}),
    Case(
        "AWS::S3::Bucket",
        {
            "VersioningConfiguration": {"Status": "Enabled"},
            "BucketEncryption": {
                "ServerSideEncryptionConfiguration": [
                    {"ServerSideEncryptionByDefault": {"SSEAlgorithm": "aws:kms", "KMSMasterKeyID": KEY}}
                ]
            },
            "LifecycleConfiguration": {"Rules": [{"Id": "Expire", "Status": "Enabled", "ExpirationInDays": 30}]},
            "OwnershipControls": {"Rules": [{"ObjectOwnership": "BucketOwnerEnforced"}]},
            "PublicAccessBlockConfiguration": {"BlockPublicAcls": True},
            "Tags": [{"Key": "a", "Value": "1"}],
        },
        {
            "VersioningConfiguration": {"Status": "Suspended"},
            "LifecycleConfiguration": {
                "Rules": [{"Id": "Expire", "Status": "Enabled", "ExpirationInDays": 60, "Prefix": "a/"}]
            },
        },
    ),
    Case(
        "AWS::S3::BucketPolicy",
        {"Bucket": {"Ref": "Bucket"}, "PolicyDocument": document("s3:GetObject")},
        {"Bucket": {"Ref": "Bucket"}, "PolicyDocument": document("s3:PutObject")},
    ),
    Case(
        "AWS::SNS::Subscription",
        {"TopicArn": {"Ref": "Topic"}, "Protocol": "sqs", "Endpoint": {"Fn::GetAtt": ["Queue", "Arn"]}},
        {"TopicArn": {"Ref": "Topic"}, "Protocol": "sqs", "Endpoint": {"Fn::GetAtt": ["SecondQueue", "Arn"]}},
        replaced=True,
    ),
    Case("AWS::SNS::Topic", {"KmsMasterKeyId": KEY, "DisplayName": "a"}, {"KmsMasterKeyId": OTHER, "DisplayName": "b"}),
    Case(
        "AWS::SNS::TopicPolicy",
        {"Topics": [{"Ref": "Topic"}], "PolicyDocument": document("sns:Publish")},
        {"Topics": [{"Ref": "SecondTopic"}], "PolicyDocument": document("sns:Subscribe")},
    ),
    Case(
        "AWS::SQS::Queue",
        {"MessageRetentionPeriod": 1209600, "KmsMasterKeyId": KEY},
        {"MessageRetentionPeriod": 60, "KmsMasterKeyId": OTHER},
    ),
    Case(
        "AWS::SQS::QueuePolicy",
        {"Queues": [{"Ref": "Queue"}], "PolicyDocument": document("sqs:SendMessage")},
        {"Queues": [{"Ref": "SecondQueue"}], "PolicyDocument": document("sqs:ReceiveMessage")},
    ),
    Case(
        "AWS::Signer::SigningProfile",
        {"PlatformId": "Notation-OCI-SHA384-ECDSA"},
        {
            "PlatformId": "Notation-OCI-SHA384-ECDSA",
            "SignatureValidityPeriod": {"Type": "MONTHS", "Value": 12},
        },
        replaced=True,
    ),
    Case(
        "AWS::StepFunctions::StateMachine",
        {"RoleArn": ROLE, "DefinitionString": '{"StartAt": "A", "States": {"A": {"Type": "Succeed"}}}'},
        {
            "RoleArn": ROLE,
            "DefinitionString": '{"StartAt": "A", "States": {"A": {"Type": "Pass", "Result": "${What}", "End": true}}}',
            "DefinitionSubstitutions": {"What": "x"},
        },
    ),
]


def ground_of(*values: Any) -> dict[str, Properties]:
    """The resources that the values refer to, and those that these refer to."""
    text = repr(values)
    found = {name: resource for name, resource in GROUND.items() if f"'{name}'" in text}
    return found if repr(found) in text else ground_of(*values, found)


@pytest.mark.parametrize("case", CASES, ids=[f"{case.kind}-{number}" for number, case in enumerate(CASES)])
def test_a_type_is_made_changed_and_deleted_by_its_service(stacks: Stacks, case: Case) -> None:
    """The service has the template's settings after creation and after a change, and no resource after deletion."""
    stacks.aws.inside("eks").create_cluster(
        name="shop", roleArn="arn:aws:iam::111122223333:role/x", resourcesVpcConfig={}
    )
    stacks.aws.inside("ecs").create_cluster(clusterName="shop")
    teams = {f"{TEAM['TeamsTenantId']}/{TEAM['TeamId']}"}
    channels(stacks.aws).authorized |= {"T0123456", "T7654321"} | teams
    ground = ground_of(case.first, case.second)
    seen: list[Resource] = []
    for properties in (case.first, case.second):
        resources = copy.deepcopy({**ground, "It": {"Type": case.kind, "Properties": properties}})
        assert stacks.make(Resources=resources) in {"CREATE_COMPLETE", "UPDATE_COMPLETE"}, stacks.reasons()
        (it,) = [one for one in said(stacks.aws, "test").resources if one.name == "It"]
        found = read(stacks.aws, it.type, it.physical_id, it.properties)
        wanted = dict(expected(it.type, it.properties))
        if "DefinitionSubstitutions" in wanted:
            wanted["DefinitionString"] = wanted["DefinitionString"].replace("${What}", "x")
            del wanted["DefinitionSubstitutions"]
        assert [] == list(differences(wanted, found, "It"))
        seen.append(it)
    assert case.replaced == (len({one.physical_id for one in seen}) > 1)
    assert "DELETE_COMPLETE" == stacks.delete(), stacks.reasons()
    assert [] == [one for one in seen if read(stacks.aws, one.type, one.physical_id, one.properties) is not None]


def test_every_type_has_its_case() -> None:
    """A new type of resource needs a case here. Custom resources have a test of their own."""
    assert kinds().keys() == {case.kind for case in CASES} | {"AWS::CloudFormation::CustomResource"}
