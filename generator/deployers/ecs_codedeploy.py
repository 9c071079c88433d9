"""What CodeDeploy needs to shift the traffic of one ECS service: application, deployment group, role.

https://docs.aws.amazon.com/codedeploy/latest/userguide/deployment-steps-ecs.html
"""

from __future__ import annotations

from typing import NamedTuple

from awacs import awslambda, ecs, elasticloadbalancing, iam
from awacs.aws import Condition, StringEquals
from troposphere import Equals, If, Join, Not, NoValue, Ref, Select, Split, Sub, Template
from troposphere.codedeploy import (
    Application,
    BlueGreenDeploymentConfiguration,
    BlueInstanceTerminationOption,
    DeploymentGroup,
    DeploymentReadyOption,
    DeploymentStyle,
    ECSService,
    LoadBalancerInfo,
    TargetGroupInfo,
    TargetGroupPairInfo,
    TrafficRoute,
)

from generator.components.codedeploy import Alarms, add_alarms
from generator.components.ecs_tasks import HAS_ROLES, NAME, add_task_roles
from generator.components.function import add_function, answer_pipeline
from generator.components.logs import add_log_retention
from generator.components.platform import import_platform
from generator.model.arn import arn
from generator.model.grants import Grant, add_service_role, trust
from generator.model.outputs import add_output
from generator.model.owner import Owner
from generator.model.parameters import add_choice, add_condition, add_number, add_parameter, add_rule, is_given
from generator.model.template import new_template

LISTENER = r"arn:[a-z-]+:elasticloadbalancing:[a-z0-9-]+:[0-9]{12}:listener/(app|net)/[A-Za-z0-9-]+/[0-9a-f]+/[0-9a-f]+"
LOAD_BALANCING_PAGE = (
    "https://docs.aws.amazon.com/service-authorization/latest/reference/list_awselasticloadbalancingv2.html"
)
DESCRIBE_PAGE = (
    "https://docs.aws.amazon.com/service-authorization/latest/reference/list_amazonelasticcontainerservice.html"
)
# https://docs.aws.amazon.com/codedeploy/latest/userguide/deployment-configurations.html
CONFIGS = (
    *("ECSCanary10Percent5Minutes", "ECSCanary10Percent15Minutes"),
    *("ECSLinear10PercentEvery1Minutes", "ECSLinear10PercentEvery3Minutes", "ECSAllAtOnce"),
)
EVENTS = "(BeforeInstall|AfterInstall|AfterAllowTestTraffic|BeforeAllowTraffic|AfterAllowTraffic)"
HOOK = f"{EVENTS}=[A-Za-z0-9_-]{{1,64}}"
FUNCTION = r"arn:[a-z-]+:lambda:[a-z0-9-]+:[0-9]{12}:function:[A-Za-z0-9_-]{1,64}"


class _Service(NamedTuple):
    """The service and what stands around it."""

    name: Ref
    containers: Ref
    roles: Ref
    listener: Ref
    test_listener: Ref
    target_groups: Ref


class _Watch(NamedTuple):
    """How traffic shifts and who may stop it."""

    config: Ref
    wait: Ref
    alarms: Alarms
    hooks: Ref
    hook_functions: Ref


def deployer() -> Template:
    """CodeDeploy for one service of a stage. Its output Deployer is what the pipeline wants to know."""
    template = new_template("CodeDeploy for one ECS service: blue/green, canary or linear, with alarms that roll back")
    service, watch = _add_service(template), _add_watch(template)
    reviser = add_function(
        template,
        "Reviser",
        description="Makes taskdef.json and appspec.yaml from what the service runs",
        grants=(*_look(), answer_pipeline()),
        owner=Owner("deployer"),
        key=import_platform(template).key,
        log_retention_days=add_log_retention(template, "Logs"),
        variables={
            "SERVICE": service.name,
            "CONTAINERS": service.containers,
            "TASK_ROLE_ARNS": service.roles,
            "HOOKS": watch.hooks,
        },
    )
    application = Application("Application", ComputePlatform="ECS")
    template.add_resource(application)
    role = add_service_role(
        template,
        "Role",
        trusted=trust("codedeploy.amazonaws.com", arn("codedeploy", "deploymentgroup:${Application}/*")),
        grants=(*_task_sets(service), *_traffic(service), *_watching(watch)),
    )
    group = DeploymentGroup(
        "Group",
        ApplicationName=Ref(application),
        ServiceRoleArn=role.arn,
        DeploymentConfigName=Sub(f"CodeDeployDefault.${{{watch.config.data['Ref']}}}"),
        DeploymentStyle=DeploymentStyle(DeploymentOption="WITH_TRAFFIC_CONTROL", DeploymentType="BLUE_GREEN"),
        ECSServices=[
            ECSService(ClusterName=Select(0, Split("/", service.name)), ServiceName=Select(1, Split("/", service.name)))
        ],
        LoadBalancerInfo=LoadBalancerInfo(TargetGroupPairInfoList=[_routes(service)]),
        BlueGreenDeploymentConfiguration=BlueGreenDeploymentConfiguration(
            DeploymentReadyOption=DeploymentReadyOption(ActionOnTimeout="CONTINUE_DEPLOYMENT"),
            TerminateBlueInstancesOnDeploymentSuccess=BlueInstanceTerminationOption(
                Action="TERMINATE", TerminationWaitTimeInMinutes=watch.wait
            ),
        ),
        AlarmConfiguration=watch.alarms.configuration(),
        AutoRollbackConfiguration=watch.alarms.rollback(),
    )
    template.add_resource(group)
    add_output(
        template,
        "Deployer",
        Sub(f"${{Application}}/${{Group}}/${{{reviser.title}}}"),
        "What the pipeline asks for as the deployer of its stage",
    )
    return template


def _add_service(template: Template) -> _Service:
    group = "Service"
    name = add_parameter(
        template,
        "Service",
        group=group,
        label="Service",
        description="Cluster and service. Its deployment controller is CODE_DEPLOY.",
        AllowedPattern=f"^{NAME}/{NAME}$",
        ConstraintDescription="Type cluster/service, such as apps/orders.",
    )
    containers = add_parameter(
        template,
        "Containers",
        group=group,
        label="Containers",
        description="Containers of the tasks that take the image, with commas between.",
        AllowedPattern=f"^{NAME}(,{NAME}){{0,9}}$",
        ConstraintDescription="Type names of containers, such as app or app,worker.",
    )
    roles = add_task_roles(template, group=group, of="the service")
    listener = add_parameter(
        template,
        "ListenerArn",
        group=group,
        label="Listener",
        description="ARN of the listener of the load balancer that serves the users.",
        AllowedPattern=f"^{LISTENER}$",
        ConstraintDescription="Type the ARN of a listener.",
    )
    test_listener = add_parameter(
        template,
        "TestListenerArn",
        group=group,
        label="Listener for tests",
        description="ARN of another listener, which shows the new tasks before the users see them. Empty: none.",
        Default="",
        AllowedPattern=f"^({LISTENER})?$",
        ConstraintDescription="Type the ARN of a listener, or nothing.",
    )
    target_groups = add_parameter(
        template,
        "TargetGroups",
        group=group,
        label="Target groups",
        description="Names of the two target groups between which traffic shifts.",
        AllowedPattern="^[A-Za-z0-9-]{1,32},[A-Za-z0-9-]{1,32}$",
        ConstraintDescription="Type two names with a comma between, such as orders-blue,orders-green.",
    )
    add_condition(template, "HasTestListener", is_given(test_listener))
    add_rule(
        template,
        "ListenersDiffer",
        (Not(Equals(listener, test_listener)), "Type another listener into TestListenerArn, or nothing."),
    )
    return _Service(name, containers, roles, listener, test_listener, target_groups)


def _add_watch(template: Template) -> _Watch:
    group = "Traffic"
    config = add_choice(
        template,
        "TrafficShift",
        group=group,
        label="How traffic shifts",
        description="Canary: a tenth first, then all. Linear: a tenth at a time. A Network Load Balancer: AllAtOnce.",
        choices=CONFIGS,
    )
    wait = add_number(
        template,
        "KeepOldTasksMinutes",
        group=group,
        label="Keep the old tasks for (minutes)",
        description="After all traffic has shifted; until then going back takes seconds, and the stage is not done.",
        default=5,
        least=0,
        most=45,
    )
    alarms = add_alarms(template, group)
    hooks = add_parameter(
        template,
        "Hooks",
        group=group,
        label="Lifecycle hooks",
        description="Lambda functions that CodeDeploy asks on the way, with commas between. Empty: none.",
        Default="",
        AllowedPattern=f"^({HOOK}(,{HOOK}){{0,4}})?$",
        ConstraintDescription="Type event=function, such as AfterAllowTestTraffic=smoke-test, or nothing.",
    )
    hook_functions = add_parameter(
        template,
        "HookFunctionArns",
        group=group,
        label="Functions of the hooks",
        description="ARNs of the functions that Hooks names, with commas between. Empty: none.",
        Default="",
        AllowedPattern=f"^({FUNCTION}(,{FUNCTION}){{0,4}})?$",
        ConstraintDescription="Type ARNs of functions with commas between, or nothing.",
    )
    add_condition(template, "HasHooks", is_given(hook_functions))
    add_rule(
        template,
        "HooksHaveFunctions",
        (is_given(hook_functions), "Type the ARNs of the functions that Hooks names into HookFunctionArns."),
        when=is_given(hooks),
    )
    add_rule(
        template,
        "FunctionsHaveHooks",
        (is_given(hooks), "Type into Hooks when the functions of HookFunctionArns are asked, or leave both empty."),
        when=is_given(hook_functions),
    )
    return _Watch(config, wait, alarms, hooks, hook_functions)


def _routes(service: _Service) -> TargetGroupPairInfo:
    return TargetGroupPairInfo(
        TargetGroups=[TargetGroupInfo(Name=Select(number, Split(",", service.target_groups))) for number in (0, 1)],
        ProdTrafficRoute=TrafficRoute(ListenerArns=[service.listener]),
        TestTrafficRoute=If("HasTestListener", TrafficRoute(ListenerArns=[service.test_listener]), NoValue),
    )


def _look() -> tuple[Grant, ...]:
    return (
        Grant(
            sid="SeeService",
            actions=(ecs.DescribeServices,),
            resources=(arn("ecs", "service/${Service}"),),
            why="The function reads what the service runs.",
        ),
        Grant(
            sid="SeeTasks",
            actions=(ecs.DescribeTaskDefinition,),
            why="The function copies the revision that runs.",
            everywhere=DESCRIBE_PAGE,
        ),
    )


def _task_sets(service: _Service) -> tuple[Grant, ...]:
    """What AWSCodeDeployRoleForECS has for every service, for this one.

    https://docs.aws.amazon.com/AmazonECS/latest/developerguide/codedeploy_IAM_role.html
    """
    return (
        Grant(
            sid="ShiftService",
            actions=(ecs.DescribeServices, ecs.UpdateServicePrimaryTaskSet),
            resources=(arn("ecs", "service/${Service}"),),
            why="The service gets the new tasks.",
        ),
        Grant(
            sid="MakeTaskSets",
            actions=(ecs.CreateTaskSet, ecs.DeleteTaskSet),
            resources=(arn("ecs", "task-set/${Service}/*"),),
            why="The new tasks run beside the old ones, then replace them.",
        ),
        Grant(
            sid="PassTaskRoles",
            actions=(iam.PassRole,),
            resources=(Split(",", service.roles),),
            condition=Condition(StringEquals({"iam:PassedToService": "ecs-tasks.amazonaws.com"})),
            why="The new tasks have the roles of their revision.",
            only_if=HAS_ROLES,
        ),
    )


def _traffic(service: _Service) -> tuple[Grant, ...]:
    def rules(listener: Ref) -> Join:
        parts = Split(":listener/", listener)
        return Join("", [Select(0, parts), ":listener-rule/", Select(1, parts), "/*"])

    def shift(sid: str, listener: Ref, only_if: str = "") -> Grant:
        return Grant(
            sid=sid,
            actions=(elasticloadbalancing.ModifyListener, elasticloadbalancing.ModifyRule),
            resources=(listener, rules(listener)),
            why="Traffic shifts from one target group to the other.",
            only_if=only_if,
        )

    return (
        Grant(
            sid="SeeTraffic",
            actions=(
                elasticloadbalancing.DescribeListeners,
                elasticloadbalancing.DescribeRules,
                elasticloadbalancing.DescribeTargetGroups,
            ),
            why="CodeDeploy reads where traffic goes before it shifts.",
            everywhere=LOAD_BALANCING_PAGE,
        ),
        shift("ShiftTraffic", service.listener),
        shift("ShiftTestTraffic", service.test_listener, "HasTestListener"),
    )


def _watching(watch: _Watch) -> tuple[Grant, ...]:
    return (
        watch.alarms.watch(),
        Grant(
            sid="AskHooks",
            actions=(awslambda.InvokeFunction,),
            resources=(Split(",", watch.hook_functions),),
            why="CodeDeploy calls the functions of lifecycle hooks.",
            only_if="HasHooks",
        ),
    )
