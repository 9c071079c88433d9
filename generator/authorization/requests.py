"""What IAM is asked for when an API is called: actions, ARNs of resources, condition keys.

https://docs.aws.amazon.com/service-authorization/latest/reference/reference_policies_actions-resources-contextkeys.html

A table of the operations that the builds, the functions and AWS's services really use here. Another one is an error: it
has to be looked up and written down, not let through.
"""

from __future__ import annotations

import itertools
import string
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, NamedTuple, Protocol

from generator.authorization.decisions import Request
from generator.cloudformation.offline_stack import Place


class UnknownCallError(LookupError):
    """A call that the table does not have, or that lacks what its resource is named by."""


@dataclass(frozen=True, kw_only=True)
class Surroundings:
    """Where calls are made, and what they do not say themselves.

    `keys` has the ARN of the key that encrypts a bucket, topic or queue, by its ARN; `deployments` the application and
    the group that a CodeDeploy deployment is of, by its id.
    """

    place: Place = field(default_factory=Place)
    keys: Mapping[str, str] = field(default_factory=dict)
    deployments: Mapping[str, tuple[str, str]] = field(default_factory=dict)


class Call(Protocol):
    """What is known of a call: of one that reached the emulator, or of one that a service makes behind the scenes."""

    @property
    def service(self) -> str:
        """The prefix of the service in IAM policies."""

    @property
    def operation(self) -> str:
        """The operation of the API."""

    @property
    def parameters(self) -> Mapping[str, Any]:
        """As botocore names them."""

    @property
    def role(self) -> str:
        """ARN of the calling role, "" for the user who deploys."""

    @property
    def endpoint(self) -> str:
        """The host at AWS that the client speaks to; a service that asks another one inside AWS speaks to none."""


class Asked(NamedTuple):
    """An operation, as `service:Operation`, and its parameters."""

    name: str
    parameters: Mapping[str, Any]


class Need(NamedTuple):
    """An action, the resources that it is asked on, and condition keys."""

    action: str
    resources: tuple[str, ...] = ("*",)
    context: Mapping[str, str | tuple[str, ...]] = {}


Asks = Callable[[Asked, Surroundings], Iterator[Need]]


def requests_of(call: Call, surroundings: Surroundings) -> tuple[Request, ...]:
    """Everything that has to be allowed for the call to succeed.

    Raises UnknownCallError for an operation that is not in the table, or without the parameter that names a resource.
    """
    name = f"{call.service}:{call.operation}"
    asks = OPERATIONS.get(name)
    if asks is None:
        raise UnknownCallError(f"{name}: nobody has written down what it needs, see {__name__}")
    # https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_condition-keys.html
    always = {
        "aws:RequestedRegion": surroundings.place.region,
        "aws:ResourceAccount": surroundings.place.account,
        "aws:SecureTransport": "true",
    }
    try:
        needs = tuple(asks(Asked(name, call.parameters), surroundings))
    except KeyError as error:
        raise UnknownCallError(f"{name} without {error}: on what is it asked?") from error
    return tuple(
        Request(principal=call.role, action=need.action, resources=need.resources, context={**always, **need.context})
        for need in needs
    )


def _need(
    call: Asked, surroundings: Surroundings, action: str, *resources: str, context: Mapping[str, str] | None = None
) -> Need:
    """A need with the parameters of the call in the place of {Names}: each member of a list is a resource."""
    parameters, place = call.parameters, surroundings.place
    arns = tuple(arn for resource in resources for arn in _filled(resource, parameters, place))
    keys = {key: value for key, text in (context or {}).items() for value in _filled(text, parameters, place)}
    return Need(action, arns, keys)


def _filled(pattern: str, parameters: Mapping[str, Any], place: Place) -> Iterator[str]:
    names = [name for _, name, _, _ in string.Formatter().parse(pattern) if name and name not in place._fields]
    values = [value if isinstance(value := parameters[name], (list, tuple)) else [value] for name in names]
    for chosen in itertools.product(*values):
        # Where AWS takes a name it takes an ARN as well, which says it all.
        given = next((value for value in chosen if str(value).startswith("arn:")), "")
        yield given or pattern.format(**dict(zip(names, chosen, strict=True)), **place._asdict())


def _arn(service: str, resource: str) -> str:
    return f"arn:{{partition}}:{service}:{{region}}:{{account}}:{resource}"


def _on(resource: str, *operations: str) -> dict[str, Asks]:
    """Operations that ask for the action of their own name on the one resource."""
    return {operation: _as(operation, resource) for operation in operations}


def _as(action: str, *resources: str, context: Mapping[str, str] | None = None) -> Asks:
    """An operation that asks for one action."""

    def asks(call: Asked, surroundings: Surroundings) -> Iterator[Need]:
        yield _need(call, surroundings, action, *resources, context=context)

    return asks


def _find_scan(call: Asked, surroundings: Surroundings) -> Iterator[Need]:
    """Under enhanced scanning ECR asks Inspector, in the name of who asks ECR.

    https://docs.aws.amazon.com/AmazonECR/latest/userguide/image-scanning-enhanced-iam.html
    """
    yield _need(call, surroundings, call.name, _REPOSITORY)
    yield Need("inspector2:ListCoverage")
    yield Need("inspector2:ListFindings")


def _get_object(call: Asked, surroundings: Surroundings) -> Iterator[Need]:
    """A version is an action of its own. S3 decrypts in the name of who asks.

    https://docs.aws.amazon.com/AmazonS3/latest/API/API_GetObject.html
    """
    versioned = call.parameters.get("VersionId") is not None
    yield _need(call, surroundings, "s3:GetObjectVersion" if versioned else "s3:GetObject", _OBJECT)
    yield from _encrypted_object(call, surroundings, "kms:Decrypt")


def _put_object(call: Asked, surroundings: Surroundings) -> Iterator[Need]:
    """The encryption is what the request says, not what the bucket makes of a request that says nothing.

    https://docs.aws.amazon.com/AmazonS3/latest/userguide/UsingKMSEncryption.html
    """
    headers = {
        "s3:x-amz-server-side-encryption": "ServerSideEncryption",
        "s3:x-amz-server-side-encryption-aws-kms-key-id": "SSEKMSKeyId",
    }
    said = {key: f"{{{name}}}" for key, name in headers.items() if call.parameters.get(name) is not None}
    yield _need(call, surroundings, "s3:PutObject", _OBJECT, context=said)
    yield from _encrypted_object(call, surroundings, "kms:GenerateDataKey")


def _encrypted_object(call: Asked, surroundings: Surroundings, *actions: str) -> Iterator[Need]:
    bucket = f"arn:{surroundings.place.partition}:s3:::{call.parameters['Bucket']}"
    key = str(call.parameters.get("SSEKMSKeyId") or surroundings.keys.get(bucket, ""))
    # With a Bucket Key the context is the bucket: https://docs.aws.amazon.com/AmazonS3/latest/userguide/bucket-key.html
    yield from _through(surroundings, "s3", key, {"aws:s3:arn": bucket}, *actions)


def _through(
    surroundings: Surroundings, service: str, key: str, encrypted: Mapping[str, str], *actions: str
) -> Iterator[Need]:
    """What a service asks of KMS in the name of its caller, where there is a key.

    https://docs.aws.amazon.com/kms/latest/developerguide/conditions-kms.html#conditions-kms-via-service
    """
    place = surroundings.place
    context = {"kms:CallerAccount": place.account, "kms:ViaService": f"{service}.{place.region}.{place.suffix}"}
    context |= {f"kms:EncryptionContext:{name}": value for name, value in encrypted.items()}
    yield from (Need(action, (key,), context) for action in actions if key)


def _publish(call: Asked, surroundings: Surroundings) -> Iterator[Need]:
    """To an encrypted topic. https://docs.aws.amazon.com/sns/latest/dg/sns-key-management.html."""
    yield _need(call, surroundings, call.name, "{TopicArn}")
    topic = str(call.parameters["TopicArn"])
    key = surroundings.keys.get(topic, "")
    yield from _through(surroundings, "sns", key, {"aws:sns:topicArn": topic}, "kms:GenerateDataKey", "kms:Decrypt")


def _send(call: Asked, surroundings: Surroundings) -> Iterator[Need]:
    """To an encrypted queue. https://docs.aws.amazon.com/AWSSimpleQueueService/latest/SQSDeveloperGuide/sqs-key-management.html."""
    account, name = str(call.parameters["QueueUrl"]).split("/")[-2:]
    place = surroundings.place
    queue = f"arn:{place.partition}:sqs:{place.region}:{account}:{name}"
    yield Need(call.name, (queue,))
    key = surroundings.keys.get(queue, "")
    yield from _through(surroundings, "sqs", key, {"aws:sqs:arn": queue}, "kms:GenerateDataKey", "kms:Decrypt")


def _start_build(call: Asked, surroundings: Surroundings) -> Iterator[Need]:
    """What the call overrides of its project is in the context; a key that is not overridden is absent.

    https://docs.aws.amazon.com/codebuild/latest/userguide/action-context-keys.html
    """
    context: dict[str, str | tuple[str, ...]] = {}
    for parameter, value in call.parameters.items():
        if parameter == "environmentVariablesOverride":
            context |= _variables(value)
        elif parameter in _EXISTENCE:
            context[_EXISTENCE[parameter]] = "true"
        elif parameter in _OVERRIDES:
            context[_OVERRIDES[parameter]] = str(value).lower() if isinstance(value, bool) else str(value)
        elif parameter.endswith("Override") and parameter not in _KEYLESS:
            raise UnknownCallError(f"{call.name} with {parameter}: its condition keys are not written down")
    yield _need(call, surroundings, call.name, _PROJECT)._replace(context=context)


def _variables(variables: Any) -> dict[str, str | tuple[str, ...]]:
    """The condition keys of environment variables: whether there are any, all names, all values, each value."""
    key = "codebuild:environment.environmentVariables"
    if not variables:
        return {}
    return {
        key: "true",
        f"{key}.name": tuple(each["name"] for each in variables),
        f"{key}.value": tuple(each["value"] for each in variables),
        **{f"{key}/{each['name']}.value": each["value"] for each in variables},
    }


# By the parameter of StartBuild. Some keys only tell that there is such a parameter.
_EXISTENCE = {"buildspecOverride": "codebuild:source.buildspec"}
_OVERRIDES = {
    "autoRetryLimitOverride": "codebuild:autoRetryLimit",
    "certificateOverride": "codebuild:environment.certificate",
    "computeTypeOverride": "codebuild:environment.computeType",
    "encryptionKeyOverride": "codebuild:encryptionKey",
    "environmentTypeOverride": "codebuild:environment.type",
    "imageOverride": "codebuild:environment.image",
    "imagePullCredentialsTypeOverride": "codebuild:environment.imagePullCredentialsType",
    "insecureSslOverride": "codebuild:source.insecureSsl",
    "privilegedModeOverride": "codebuild:environment.privilegedMode",
    "serviceRoleOverride": "codebuild:serviceRole",
    "sourceLocationOverride": "codebuild:source.location",
}
# Overrides without a condition key.
_KEYLESS = {"queuedTimeoutInMinutesOverride", "timeoutInMinutesOverride"}


def _get_builds(call: Asked, surroundings: Surroundings) -> Iterator[Need]:
    """A build's id begins with the name of its project."""
    ids: Any = call.parameters["ids"]
    projects = {"projectName": [each.partition(":")[0] for each in ids]}
    yield _need(Asked(call.name, projects), surroundings, call.name, _PROJECT)


def _parameters(call: Asked, surroundings: Surroundings) -> Iterator[Need]:
    """The ARN of a parameter has the name without its first slash."""
    names: Any = call.parameters["Names"] if "Names" in call.parameters else [call.parameters["Name"]]
    stripped = {"Name": [name.removeprefix("/") for name in names]}
    yield _need(Asked(call.name, stripped), surroundings, call.name, _arn("ssm", "parameter/{Name}"))


def _register(call: Asked, surroundings: Surroundings) -> Iterator[Need]:
    """A task definition names the roles of its tasks, and may have tags.

    https://docs.aws.amazon.com/AmazonECS/latest/developerguide/supported-iam-actions-tagging.html
    """
    yield _need(call, surroundings, call.name, _TASK_DEFINITION)
    if call.parameters.get("tags"):
        created = {"ecs:CreateAction": "RegisterTaskDefinition"}
        yield _need(call, surroundings, "ecs:TagResource", _TASK_DEFINITION, context=created)
    yield from _pass_roles(call)


def _create_task_set(call: Asked, surroundings: Surroundings) -> Iterator[Need]:
    """Its tasks run under the roles of the task definition.

    https://docs.aws.amazon.com/codedeploy/latest/userguide/getting-started-create-service-role.html
    """
    yield _need(call, surroundings, call.name, _arn("ecs", "task-set/{cluster}/{service}/*"))
    yield from _pass_roles(call)


def _pass_roles(call: Asked) -> Iterator[Need]:
    for parameter in ("taskRoleArn", "executionRoleArn"):
        if role := call.parameters.get(parameter):
            yield Need("iam:PassRole", (str(role),), {"iam:PassedToService": "ecs-tasks.amazonaws.com"})


def _deploy(call: Asked, surroundings: Surroundings) -> Iterator[Need]:
    """A deployment registers its revision, and looks at its configuration where it names one.

    https://docs.aws.amazon.com/codedeploy/latest/userguide/auth-and-access-control-permissions-reference.html
    """
    yield _need(call, surroundings, call.name, _GROUP)
    for action in ("codedeploy:GetApplicationRevision", "codedeploy:RegisterApplicationRevision"):
        yield _need(call, surroundings, action, _APPLICATION)
    if call.parameters.get("deploymentConfigName"):
        yield _need(call, surroundings, "codedeploy:GetDeploymentConfig", _CONFIG)


def _get_deployment(call: Asked, surroundings: Surroundings) -> Iterator[Need]:
    """It is asked on the group of the deployment, which the call names by its id alone."""
    names = surroundings.deployments.get(str(call.parameters.get("deploymentId")), ())
    known = dict(zip(("applicationName", "deploymentGroupName"), names, strict=False))
    yield _need(Asked(call.name, {**call.parameters, **known}), surroundings, call.name, _GROUP)


def _update_code(call: Asked, surroundings: Surroundings) -> Iterator[Need]:
    """Who gives a function an image may pull it.

    https://docs.aws.amazon.com/lambda/latest/dg/images-create.html#gettingstarted-images-permissions
    """
    yield _need(call, surroundings, call.name, _FUNCTION)
    if image := call.parameters.get("ImageUri"):
        repository = {"repositoryName": str(image).partition("/")[2].partition("@")[0].partition(":")[0]}
        for action in ("ecr:BatchGetImage", "ecr:GetDownloadUrlForLayer"):
            yield _need(Asked(call.name, repository), surroundings, action, _REPOSITORY)


def _see_function(call: Asked, surroundings: Surroundings) -> Iterator[Need]:
    """A version or alias has an ARN of its own.

    https://docs.aws.amazon.com/lambda/latest/dg/lambda-api-permissions-ref.html
    """
    qualified = ":{Qualifier}" if call.parameters.get("Qualifier") else ""
    action = "lambda:InvokeFunction" if call.name == "lambda:Invoke" else call.name
    yield _need(call, surroundings, action, _FUNCTION + qualified)


def _use_connection(call: Asked, surroundings: Surroundings) -> Iterator[Need]:
    """The service has two names. Which of them is asked about does not follow from the ARN, so both are needed.

    https://docs.aws.amazon.com/codepipeline/latest/userguide/action-reference-CodestarConnectionSource.html
    """
    repository = call.parameters.get("FullRepositoryId")
    for service in ("codeconnections", "codestar-connections"):
        context = {f"{service}:FullRepositoryId": str(repository)} if repository else {}
        yield _need(call, surroundings, f"{service}:UseConnection", "{ConnectionArn}", context=context)


def _package_token(call: Asked, surroundings: Surroundings) -> Iterator[Need]:
    """A token that services other than CodeArtifact's API take needs a permission of STS.

    https://docs.aws.amazon.com/codeartifact/latest/ug/tokens-authentication.html
    """
    yield _need(call, surroundings, call.name, _arn("codeartifact", "domain/{domain}"))
    yield Need("sts:GetServiceBearerToken", context={"sts:AWSServiceName": "codeartifact.amazonaws.com"})


def _nothing(_call: Asked, _surroundings: Surroundings) -> Iterator[Need]:
    """https://docs.aws.amazon.com/STS/latest/APIReference/API_GetCallerIdentity.html asks for no permission."""
    return iter(())


_REPOSITORY = _arn("ecr", "repository/{repositoryName}")
_BUCKET = "arn:{partition}:s3:::{Bucket}"
_OBJECT = f"{_BUCKET}/{{Key}}"
_PROJECT = _arn("codebuild", "project/{projectName}")
_TASK_DEFINITION = _arn("ecs", "task-definition/{family}:*")
_FUNCTION = _arn("lambda", "function:{FunctionName}")
_APPLICATION = _arn("codedeploy", "application:{applicationName}")
_GROUP = _arn("codedeploy", "deploymentgroup:{applicationName}/{deploymentGroupName}")
_CONFIG = _arn("codedeploy", "deploymentconfig:{deploymentConfigName}")
_INTERFACE = _arn("ec2", "network-interface/{NetworkInterfaceId}")
_SUBNET = _arn("ec2", "subnet/{SubnetId}")

OPERATIONS: dict[str, Asks] = {
    **_on("*", "ecr:GetAuthorizationToken"),
    **_on(
        _REPOSITORY,
        "ecr:BatchCheckLayerAvailability",
        "ecr:BatchGetImage",
        "ecr:CompleteLayerUpload",
        "ecr:DescribeImages",
        "ecr:GetDownloadUrlForLayer",
        "ecr:InitiateLayerUpload",
        "ecr:ListImages",
        "ecr:PutImage",
        "ecr:UploadLayerPart",
    ),
    "ecr:DescribeImageScanFindings": _find_scan,
    "s3:GetObject": _get_object,
    "s3:HeadObject": _get_object,
    "s3:PutObject": _put_object,
    # https://docs.aws.amazon.com/AmazonS3/latest/userguide/using-with-s3-policy-actions.html
    "s3:HeadBucket": _as("s3:ListBucket", _BUCKET),
    "s3:ListObjectsV2": _as("s3:ListBucket", _BUCKET),
    **_on(_BUCKET, "s3:GetBucketAcl", "s3:GetBucketLocation", "s3:GetBucketVersioning"),
    **_on("{KeyId}", "kms:Decrypt", "kms:DescribeKey", "kms:Encrypt", "kms:GenerateDataKey"),
    # In policies the ARN of a log group ends in :*, but for tags.
    # https://docs.aws.amazon.com/AmazonCloudWatchLogs/latest/APIReference/API_LogGroup.html
    **_on(_arn("logs", "log-group:{logGroupName}:*"), "logs:CreateLogGroup", "logs:DescribeLogStreams"),
    **_on(
        _arn("logs", "log-group:{logGroupName}:log-stream:{logStreamName}"), "logs:CreateLogStream", "logs:PutLogEvents"
    ),
    **_on("*", "logs:DescribeLogGroups"),
    **_on(_arn("cloudwatch", "alarm:{AlarmNames}"), "cloudwatch:DescribeAlarms"),
    "codebuild:StartBuild": _start_build,
    "codebuild:BatchGetBuilds": _get_builds,
    **_on(
        _arn("codebuild", "report-group/{reportGroupName}"),
        "codebuild:BatchPutCodeCoverages",
        "codebuild:BatchPutTestCases",
        "codebuild:CreateReport",
        "codebuild:CreateReportGroup",
        "codebuild:UpdateReport",
    ),
    **_on(_arn("codepipeline", "{name}"), "codepipeline:StartPipelineExecution"),
    **_on("*", "codepipeline:PutJobFailureResult", "codepipeline:PutJobSuccessResult"),
    "codeconnections:UseConnection": _use_connection,
    **_on(
        _arn("codecommit", "{repositoryName}"),
        "codecommit:CancelUploadArchive",
        "codecommit:GetBranch",
        "codecommit:GetCommit",
        "codecommit:GetRepository",
        "codecommit:GetUploadArchiveStatus",
        "codecommit:UploadArchive",
    ),
    "codeartifact:GetAuthorizationToken": _package_token,
    # What package managers do, which call no API.
    # https://docs.aws.amazon.com/codeartifact/latest/ug/security_iam_id-based-policy-examples.html
    **_on(_arn("codeartifact", "repository/{domain}/{repository}"), "codeartifact:ReadFromRepository"),
    "ecs:DescribeServices": _as("ecs:DescribeServices", _arn("ecs", "service/{cluster}/{services}")),
    **_on(_arn("ecs", "service/{cluster}/{service}"), "ecs:UpdateService", "ecs:UpdateServicePrimaryTaskSet"),
    **_on(_arn("ecs", "task-set/{cluster}/{service}/{taskSet}"), "ecs:DeleteTaskSet"),
    "ecs:CreateTaskSet": _create_task_set,
    **_on("*", "ecs:DescribeTaskDefinition"),
    "ecs:RegisterTaskDefinition": _register,
    "codedeploy:CreateDeployment": _deploy,
    "codedeploy:GetDeployment": _get_deployment,
    **_on(_GROUP, "codedeploy:GetDeploymentGroup"),
    **_on(_CONFIG, "codedeploy:GetDeploymentConfig"),
    **_on(
        _APPLICATION,
        "codedeploy:GetApplication",
        "codedeploy:GetApplicationRevision",
        "codedeploy:RegisterApplicationRevision",
    ),
    **_on(
        "*",
        "elasticloadbalancing:DescribeListeners",
        "elasticloadbalancing:DescribeRules",
        "elasticloadbalancing:DescribeTargetGroups",
    ),
    **_on("{ListenerArn}", "elasticloadbalancing:ModifyListener"),
    **_on("{RuleArn}", "elasticloadbalancing:ModifyRule"),
    "lambda:GetFunction": _see_function,
    "lambda:GetFunctionConfiguration": _see_function,
    "lambda:Invoke": _see_function,
    "lambda:UpdateFunctionCode": _update_code,
    **_on("*", "lambda:ListFunctions"),
    **_on(_FUNCTION, "lambda:GetAlias", "lambda:PublishVersion", "lambda:UpdateAlias"),
    **_on(_FUNCTION + ":{Qualifier}", "lambda:GetProvisionedConcurrencyConfig"),
    **_on(_arn("eks", "cluster/{name}"), "eks:DescribeCluster"),
    "ssm:GetParameter": _parameters,
    "ssm:GetParameters": _parameters,
    "ssm:PutParameter": _parameters,
    **_on(_arn("secretsmanager", "secret:{SecretId}"), "secretsmanager:GetSecretValue"),
    "sns:Publish": _publish,
    "sqs:SendMessage": _send,
    **_on("{stateMachineArn}", "states:DescribeStateMachine", "states:StartExecution"),
    **_on("{executionArn}", "states:DescribeExecution"),
    "sts:GetCallerIdentity": _nothing,
    **_on("{RoleArn}", "sts:AssumeRole"),
    **_on("{profileArn}", "signer:SignPayload"),
    **_on(_arn("ec2", "security-group/{GroupId}"), "ec2:RevokeSecurityGroupEgress", "ec2:RevokeSecurityGroupIngress"),
    **_on(
        "*",
        "ec2:DescribeDhcpOptions",
        "ec2:DescribeManagedPrefixLists",
        "ec2:DescribeNetworkInterfaces",
        "ec2:DescribeSecurityGroups",
        "ec2:DescribeSubnets",
        "ec2:DescribeVpcs",
    ),
    "ec2:CreateNetworkInterface": _as(
        "ec2:CreateNetworkInterface",
        _arn("ec2", "network-interface/*"),
        _SUBNET,
        _arn("ec2", "security-group/{Groups}"),
    ),
    "ec2:DeleteNetworkInterface": _as("ec2:DeleteNetworkInterface", _INTERFACE, context={"ec2:Subnet": _SUBNET}),
    "ec2:CreateNetworkInterfacePermission": _as(
        "ec2:CreateNetworkInterfacePermission",
        _INTERFACE,
        context={"ec2:Subnet": _SUBNET, "ec2:AuthorizedService": "{AwsService}"},
    ),
}
