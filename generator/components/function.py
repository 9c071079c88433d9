"""A step of a few lines of code: a Lambda function with a role and a log group of its own."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

from awacs import awslambda, codepipeline, logs
from troposphere import GetAtt, Ref, Template
from troposphere.awslambda import Code, Environment, LoggingConfig
from troposphere.awslambda import Function as LambdaFunction
from troposphere.logs import LogGroup

from generator.components.encryption import Key
from generator.functions import short, source, with_inserts
from generator.model.grants import Grant, add_service_role, trust_quiet
from generator.model.owner import Owner
from generator.model.script import script

INVOKE_PAGE = "https://docs.aws.amazon.com/codepipeline/latest/userguide/actions-invoke-lambda-function.html"
# The newest that every region has: https://docs.aws.amazon.com/lambda/latest/dg/lambda-runtimes.html
RUNTIME = "python3.14"
JOBS_PAGE = "https://docs.aws.amazon.com/service-authorization/latest/reference/list_awscodepipeline.html"


class Function(NamedTuple):
    """A function of the stack."""

    title: str
    name: Ref
    arn: GetAtt

    def call(self, why: str) -> tuple[Grant, ...]:
        """Call the function from an action."""
        return call_function(f"Call{self.title}", self.arn, why)


def add_function(
    template: Template,
    title: str,
    *,
    description: str,
    grants: Sequence[Grant],
    owner: Owner,
    key: Key,
    log_retention_days: Ref | int,
    variables: Mapping[str, object] | None = None,
    more: Sequence[str] = (),
    comments: bool = True,
    inserts: Mapping[str, str] | None = None,
) -> Function:
    """The function of `generator/functions/<title in lower case>.py`, outside the network of the builds.

    `more` are other files of that folder, whose code follows. Without `comments`, docstrings and types are removed.
    `inserts` are texts for markers of the code, @{Name}.
    """
    # It is deleted with the stack: a log group that stays blocks the next stack of the same name.
    log_group = LogGroup(
        f"{title}Logs",
        DeletionPolicy="Delete",
        UpdateReplacePolicy="Delete",
        LogGroupName=owner.log_group(title),
        KmsKeyId=key.arn,
        RetentionInDays=log_retention_days,
    )
    template.add_resource(log_group)
    role = add_service_role(
        template,
        f"{title}Role",
        trusted=trust_quiet("lambda.amazonaws.com"),
        grants=(*grants, _write_log(log_group), key.write_logs()),
    )
    # Lambda uses the key by a grant that it makes with the rights of who deploys; the role needs none.
    # https://docs.aws.amazon.com/lambda/latest/dg/configuration-envvars-encryption.html
    optional: dict[str, Any] = {}
    if variables:
        optional = {"Environment": Environment(Variables=dict(variables)), "KmsKeyArn": key.arn}
    code = with_inserts(source(title.lower(), *more), inserts or {})
    function = LambdaFunction(
        title,
        Description=description,
        Runtime=RUNTIME,
        # CloudFormation stores inline code as index.py.
        # https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/aws-properties-lambda-function-code.html
        Handler="index.handler",
        Code=Code(ZipFile=script(code if comments else short(code), comments=comments)),
        # The default is three seconds.
        # https://docs.aws.amazon.com/lambda/latest/dg/configuration-timeout.html
        Timeout=60,
        Role=role.arn,
        # Lambda's own group, /aws/lambda/NAME, has no key and no expiry, and does not belong to the stack.
        # https://docs.aws.amazon.com/lambda/latest/dg/monitoring-cloudwatchlogs.html
        LoggingConfig=LoggingConfig(LogGroup=Ref(log_group)),
        **optional,
    )
    template.add_resource(function)
    return Function(title, Ref(function), GetAtt(function, "Arn"))


def call_function(sid: str, function_arn: object, why: str, only_if: str = "") -> tuple[Grant, ...]:
    """The permissions of a pipeline's role for an action that calls a function.

    https://docs.aws.amazon.com/codepipeline/latest/userguide/actions-invoke-lambda-function.html
    """
    return (
        Grant(sid=sid, actions=(awslambda.InvokeFunction,), resources=(function_arn,), why=why, only_if=only_if),
        Grant(
            sid="SeeFunctions",
            actions=(awslambda.ListFunctions,),
            why="CodePipeline requires it for every pipeline that calls a function.",
            everywhere=INVOKE_PAGE,
        ),
    )


def answer_pipeline() -> Grant:
    """Report the result of the job to CodePipeline, as every function must that an action calls.

    https://docs.aws.amazon.com/codepipeline/latest/userguide/actions-invoke-lambda-function.html

    The call is asynchronous, so Lambda runs the function up to twice more with the same job after a crash or a timeout,
    and now and then without a reason. This is left on, because a function that has crashed gave no answer, and
    CodePipeline waits 20 minutes for one. So a function must come to the same result when its job is done twice.
    https://docs.aws.amazon.com/lambda/latest/dg/invocation-async-error-handling.html
    """
    return Grant(
        sid="AnswerPipeline",
        actions=(codepipeline.PutJobFailureResult, codepipeline.PutJobSuccessResult),
        why="The function reports its result to the pipeline.",
        everywhere=JOBS_PAGE,
    )


def _write_log(log_group: LogGroup) -> Grant:
    return Grant(
        sid="WriteLog",
        actions=(logs.CreateLogStream, logs.PutLogEvents),
        resources=(GetAtt(log_group, "Arn"),),
        why="The function writes to its log group.",
    )
