"""A state machine that deploys to the Lambda functions of a stage, and CodeDeploy, which shifts their aliases.

Step Functions makes every call itself: no code, no network, and no cost while idle.
"""

from __future__ import annotations

from typing import NamedTuple

from awacs import awslambda, codedeploy, ecr, ssm
from troposphere import Equals, If, Join, Not, NoValue, Ref, Select, Split, Sub, Tags, Template
from troposphere.codedeploy import Application, DeploymentGroup, DeploymentStyle
from troposphere.stepfunctions import StateMachine

from generator.components.codedeploy import Alarms, add_alarms
from generator.components.history import encrypt_history, history_encryption
from generator.components.machine_steps import definition_text
from generator.components.named_pipeline import add_pipeline_of
from generator.components.platform import import_platform
from generator.components.source import add_repository_name
from generator.deployers.awslambda_machine import GROUPS, HOOKS, definition
from generator.model.arn import arn, each_arn
from generator.model.grants import Grant, ServiceRole, add_service_role, trust
from generator.model.outputs import add_output
from generator.model.parameters import EACH_ONCE, add_choice, add_condition, add_parameter, add_rule, is_given, under
from generator.model.purpose import purpose
from generator.model.script import substituted
from generator.model.template import new_template

# https://docs.aws.amazon.com/codedeploy/latest/userguide/deployment-configurations.html
CONFIGS = (
    *("LambdaCanary10Percent5Minutes", "LambdaCanary10Percent10Minutes", "LambdaCanary10Percent15Minutes"),
    *("LambdaLinear10PercentEvery1Minute", "LambdaLinear10PercentEvery2Minutes", "LambdaAllAtOnce"),
)
BEFORE, AFTER = "BeforeAllowTraffic", "AfterAllowTraffic"
HOOK_PARAMETERS = (f"{BEFORE}Hook", f"{AFTER}Hook")
NAME = "[A-Za-z0-9_-]{1,64}"
FUNCTIONS = Ref("FunctionName")
# A rollback deploys the last revision of the group that succeeded, so that each function has a group of its own.
# https://docs.aws.amazon.com/codedeploy/latest/userguide/deployments-rollback-and-redeploy.html
GROUP_OF = (("Group", ""), ("SecondGroup", "HasSecondFunction"), ("ThirdGroup", "HasThirdFunction"))


class _Hooks(NamedTuple):
    """The functions that CodeDeploy calls before and after the traffic shifts."""

    before: Ref
    after: Ref

    def appspec(self) -> If:
        """The end of the AppSpec file: it closes the list of resources.

        It becomes a part of the state machine's JSON, and there of a call of States.Format, which needs escaped braces.
        https://docs.aws.amazon.com/codedeploy/latest/userguide/reference-appspec-file-structure-hooks.html#appspec-hooks-lambda
        """
        before, after = (_entry(event, hook) for event, hook in ((BEFORE, self.before), (AFTER, self.after)))
        both = If(_given(AFTER), _section(before, after), _section(before))
        return If(_given(BEFORE), both, If(_given(AFTER), _section(after), "]"))

    def call(self) -> tuple[Grant, ...]:
        """Call the functions."""
        return tuple(
            Grant(
                sid=f"Call{event}Hook",
                actions=(awslambda.InvokeFunction,),
                resources=(arn("lambda", f"function:${{{hook.data['Ref']}}}"),),
                why=f"CodeDeploy calls the function of the lifecycle event {event}.",
                only_if=_given(event),
            )
            for event, hook in ((BEFORE, self.before), (AFTER, self.after))
        )


def _given(event: str) -> str:
    return f"Has{event}Hook"


def _entry(event: str, hook: Ref) -> str:
    return rf"\\{{\"{event}\":\"${{{hook.data['Ref']}}}\"\\}}"


def _section(*entries: str) -> Sub:
    return Sub(rf"],\"Hooks\":[{','.join(entries)}]")


def deployer() -> Template:
    """The deployment to the functions of a stage. Its output Deployer is a parameter of the pipeline."""
    template = new_template(
        "Deployment of images to Lambda functions: a new version of each, and an alias that shifts to it"
    )
    _add_functions(template)
    add_pipeline_of(template, "Name of the pipeline that deploys with this stack: its parameter Name.")
    add_repository_name(template, "Name of the repository that the images come from.")
    add_choice(
        template,
        "TrafficShift",
        group="Traffic",
        label="Traffic shift",
        description="Canary: 10% first, then the rest. Linear: 10% at a time.",
        choices=CONFIGS,
    )
    alarms, hooks = add_alarms(template, "Traffic"), _add_hooks(template)
    key = import_platform(template).key
    template.add_resource(Application("Application", ComputePlatform="Lambda"))
    shifter = add_service_role(
        template,
        "ShiftRole",
        trusted=trust("codedeploy.amazonaws.com", arn("codedeploy", "deploymentgroup:${Application}/*")),
        grants=(*_shift(alarms), *hooks.call()),
    )
    groups = [_add_group(template, number, shifter, alarms) for number in range(len(GROUP_OF))]
    role = add_service_role(
        template,
        "DeployRole",
        trusted=trust("states.amazonaws.com", _machine_arn()),
        grants=(*_deploy(), *_finish(), encrypt_history(key, _machine_arn())),
    )
    # Its type is STANDARD, the default. CodePipeline does not wait for an express machine: the action would succeed as
    # soon as it has started one.
    # https://docs.aws.amazon.com/codepipeline/latest/userguide/action-reference-StepFunctions.html
    machine = StateMachine(
        "Deployer",
        Metadata=purpose(
            "Gives an approved digest to the functions and shifts their aliases. Restores all if one fails."
        ),
        StateMachineName=Join("", ["Deployer-", _stack_uuid()]),
        RoleArn=role.arn,
        # The history of an execution holds Lambda's answers, and with them the environment of the function.
        EncryptionConfiguration=history_encryption(key),
        DefinitionString=substituted(definition_text(definition(HOOK_PARAMETERS))),
        DefinitionSubstitutions={HOOKS: hooks.appspec(), GROUPS: Join(",", groups)},
    )
    template.add_resource(machine)
    add_output(template, "Deployer", Ref(machine), "Value for StagingDeployer or ProductionDeployer of the pipeline")
    return template


def _add_functions(template: Template) -> None:
    add_parameter(
        template,
        "FunctionName",
        group="Functions",
        label="Functions",
        description="One to three names of Lambda functions with package type Image, separated by commas.",
        AllowedPattern=f"^{EACH_ONCE}{NAME}(,{NAME}){{0,2}}$",
        MaxLength=194,
        ConstraintDescription="Enter one to three different names, such as orders-api,orders-worker.",
    )
    for number, (_, only_if) in enumerate(GROUP_OF):
        if only_if:
            add_condition(template, only_if, Not(Equals(_function(number), "")))
    add_parameter(
        template,
        "AliasName",
        group="Functions",
        label="Alias",
        description="Alias that callers of each function use. It must point at a version, not at $LATEST.",
        AllowedPattern="^(?![0-9]+$)[A-Za-z0-9_-]{1,128}$",
        ConstraintDescription="Enter the name of an alias, such as live.",
    )


def _add_group(template: Template, number: int, shifter: ServiceRole, alarms: Alarms) -> Ref | If:
    """The deployment group of the function at this place of the list. It returns the group's name in a list."""
    title, only_if = GROUP_OF[number]
    group = DeploymentGroup(
        title,
        **under(only_if),
        ApplicationName=Ref("Application"),
        ServiceRoleArn=shifter.arn,
        DeploymentConfigName=Sub("CodeDeployDefault.${TrafficShift}"),
        DeploymentStyle=DeploymentStyle(DeploymentOption="WITH_TRAFFIC_CONTROL", DeploymentType="BLUE_GREEN"),
        AlarmConfiguration=alarms.configuration(),
        AutoRollbackConfiguration=alarms.rollback(),
        Tags=Tags(Function=_function(number)),
    )
    template.add_resource(group)
    return If(only_if, Ref(group), NoValue) if only_if else Ref(group)


def _function(number: int) -> Select:
    """The function at this place of the list. The added commas give an empty text where the list has ended."""
    return Select(number, Split(",", Sub("${FunctionName},,")))


def _add_hooks(template: Template) -> _Hooks:
    before, after = (
        add_parameter(
            template,
            f"{event}Hook",
            group="Traffic",
            label=label,
            description=f"Lambda function that CodeDeploy calls {when} the traffic shifts; it can stop the deployment. "
            "Empty: none.",
            Default="",
            AllowedPattern="^([A-Za-z0-9_-]{1,64})?$",
            ConstraintDescription="Enter the name of a function of this account and region, or leave it empty.",
        )
        for event, label, when in (
            (BEFORE, "Hook before the shift", "before"),
            (AFTER, "Hook after the shift", "after"),
        )
    )
    add_condition(template, _given(BEFORE), is_given(before))
    add_condition(template, _given(AFTER), is_given(after))
    # A version that is not yet trusted would decide about itself.
    for hook in (before, after):
        add_rule(
            template,
            f"{hook.data['Ref']}IsAnotherFunction",
            (
                Not(Equals(hook, Ref("FunctionName"))),
                f"{hook.data['Ref']} is the same as FunctionName: enter a function that tests it.",
            ),
            when=is_given(hook),
        )
    return _Hooks(before, after)


def _stack_uuid() -> Select:
    """The last part of the stack's id, which is short and no other stack has: the stack's name may be too long."""
    return Select(2, Split("/", Ref("AWS::StackId")))


def _machine_arn() -> Sub:
    """The ARN of the state machine, written out: its role must exist before it."""
    where = "arn:${AWS::Partition}:states:${AWS::Region}:${AWS::AccountId}:stateMachine:Deployer-${Uuid}"
    return Sub(where, Uuid=_stack_uuid())


def _deploy() -> tuple[Grant, ...]:
    """The permissions of the steps, and those that Lambda requires of a caller that sets an image.

    https://docs.aws.amazon.com/lambda/latest/dg/images-create.html
    """
    return (
        Grant(
            sid="PublishVersion",
            actions=(
                awslambda.GetAlias,
                awslambda.GetFunction,
                awslambda.PublishVersion,
                awslambda.UpdateFunctionCode,
            ),
            resources=_functions_and_versions(),
            why="Each function gets the image, and a version with it.",
        ),
        Grant(
            sid="ReadImage",
            actions=(ecr.BatchGetImage, ecr.GetDownloadUrlForLayer),
            resources=(arn("ecr", "repository/${RepositoryName}"),),
            why="Lambda accepts an image only from a caller that may pull it.",
        ),
        Grant(
            sid="ShiftAlias",
            actions=(codedeploy.CreateDeployment, codedeploy.GetDeployment, codedeploy.ListDeployments),
            resources=(arn("codedeploy", "deploymentgroup:${Application}/*"),),
            why="CodeDeploy shifts the aliases. They are restored when its deployments have ended.",
        ),
        Grant(
            sid="RegisterRevision",
            actions=(codedeploy.GetApplicationRevision, codedeploy.RegisterApplicationRevision),
            resources=(arn("codedeploy", "application:${Application}"),),
            why="A deployment registers its revision.",
        ),
        Grant(
            sid="SeeConfig",
            actions=(codedeploy.GetDeploymentConfig,),
            resources=(arn("codedeploy", "deploymentconfig:CodeDeployDefault.${TrafficShift}"),),
            why="CodeDeploy reads how traffic shifts.",
        ),
    )


def _finish() -> tuple[Grant, ...]:
    """The permissions of the last steps: in the end all functions have the image, or none."""
    return (
        Grant(
            sid="RestoreAlias",
            actions=(awslambda.UpdateAlias,),
            resources=(each_arn("lambda", "function:", FUNCTIONS),),
            why="If one function fails, the aliases that have shifted get their earlier version.",
        ),
        Grant(
            sid="RecordImage",
            actions=(ssm.PutParameter,),
            resources=(each_arn("ssm", "parameter/ecr-pipeline/${PipelineName}/*/", FUNCTIONS, "/image"),),
            why="Each function has a record of its image.",
        ),
    )


def _functions_and_versions() -> tuple[object, ...]:
    return (each_arn("lambda", "function:", FUNCTIONS, "", ":*"),)


def _shift(alarms: Alarms) -> tuple[Grant, ...]:
    """The permissions that AWSCodeDeployRoleForLambdaLimited has for every function, for these.

    https://docs.aws.amazon.com/codedeploy/latest/userguide/getting-started-create-service-role.html
    """
    return (
        Grant(
            sid="ShiftAlias",
            actions=(awslambda.GetAlias, awslambda.GetProvisionedConcurrencyConfig, awslambda.UpdateAlias),
            resources=_functions_and_versions(),
            why="The aliases shift from version to version.",
        ),
        alarms.watch(),
    )
