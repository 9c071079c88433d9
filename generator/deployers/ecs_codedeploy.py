"""CodeDeploy's resources for shifting the traffic of one ECS service: application, deployment group, role.

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
from generator.model.parameters import (
    EACH_ONCE,
    add_choice,
    add_condition,
    add_number,
    add_parameter,
    add_rule,
    is_given,
)
from generator.model.template import new_template

# One listener, or two different ones of one load balancer: \1 is the ARN up to the id of the listener, \2 the id.
# https://docs.aws.amazon.com/AmazonECS/latest/developerguide/deployment-type-bluegreen.html
LISTENERS = (
    r"(arn:[a-z-]+:elasticloadbalancing:[a-z0-9-]+:[0-9]{12}:listener/(?:app|net)/[A-Za-z0-9-]+/[0-9a-f]+/)"
    r"([0-9a-f]+)(,\1(?!\2$)[0-9a-f]+)?"
)
LOAD_BALANCING_PAGE = (
    "https://docs.aws.amazon.com/service-authorization/latest/reference/list_awselasticloadbalancingv2.html"
)
DESCRIBE_PAGE = (
    "https://docs.aws.amazon.com/service-authorization/latest/reference/list_amazonelasticcontainerservice.html"
)
# https://docs.aws.amazon.com/codedeploy/latest/userguide/deployment-configurations.html
ALL_AT_ONCE = "ECSAllAtOnce"
CONFIGS = (
    *("ECSCanary10Percent5Minutes", "ECSCanary10Percent15Minutes"),
    *("ECSLinear10PercentEvery1Minutes", "ECSLinear10PercentEvery3Minutes", ALL_AT_ONCE),
)
EVENTS = "(BeforeInstall|AfterInstall|AfterAllowTestTraffic|BeforeAllowTraffic|AfterAllowTraffic)"
HOOK = f"{EVENTS}=[A-Za-z0-9_-]{{1,64}}"
EACH_EVENT_ONCE = r"(?!(.*,)?([^,=]+)=.*,\2=)"
RUNNING, NEWEST = "running", "newest"
FUNCTION = r"arn:[a-z-]+:lambda:[a-z0-9-]+:[0-9]{12}:function:[A-Za-z0-9_-]{1,64}"


class _Service(NamedTuple):
    """The service and the resources around it."""

    name: Ref
    containers: Ref
    roles: Ref
    revision: Ref
    listener: Select
    test_listener: Select
    target_groups: Ref


class _Watch(NamedTuple):
    """How traffic shifts, and the alarms that stop a deployment."""

    config: Ref
    wait: Ref
    alarms: Alarms
    hooks: Ref
    hook_functions: Ref


def deployer() -> Template:
    """CodeDeploy for one service of a stage. Its output Deployer is a parameter of the pipeline."""
    template = new_template("CodeDeploy for one ECS service: blue/green, canary or linear, with alarms that roll back")
    service, watch = _add_service(template), _add_watch(template)
    reviser = add_function(
        template,
        "Reviser",
        description="Writes taskdef.json and appspec.yaml for a deployment of the service",
        grants=(*_look(), answer_pipeline()),
        owner=Owner("deployer"),
        key=import_platform(template).key,
        log_retention_days=add_log_retention(template, "Logs"),
        variables={
            "SERVICE": service.name,
            "CONTAINERS": service.containers,
            "TASK_ROLE_ARNS": service.roles,
            "REVISION": service.revision,
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
        # For a Network Load Balancer CodeDeploy has no other configuration.
        # https://docs.aws.amazon.com/codedeploy/latest/userguide/deployment-configurations.html
        DeploymentConfigName=If(
            "IsNetworkLoadBalancer",
            f"CodeDeployDefault.{ALL_AT_ONCE}",
            Sub(f"CodeDeployDefault.${{{watch.config.data['Ref']}}}"),
        ),
        DeploymentStyle=DeploymentStyle(DeploymentOption="WITH_TRAFFIC_CONTROL", DeploymentType="BLUE_GREEN"),
        ECSServices=[
            ECSService(ClusterName=Select(0, Split("/", service.name)), ServiceName=Select(1, Split("/", service.name)))
        ],
        LoadBalancerInfo=LoadBalancerInfo(TargetGroupPairInfoList=[_routes(service)]),
        BlueGreenDeploymentConfiguration=BlueGreenDeploymentConfiguration(
            # STOP_DEPLOYMENT would wait until somebody calls ContinueDeployment.
            # https://docs.aws.amazon.com/codedeploy/latest/APIReference/API_DeploymentReadyOption.html
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
        "Value for StagingDeployer or ProductionDeployer of the pipeline",
    )
    return template


def _add_service(template: Template) -> _Service:
    group = "Service"
    name = add_parameter(
        template,
        "Service",
        group=group,
        label="Service",
        description="Cluster and service. The deployment controller must be CODE_DEPLOY.",
        AllowedPattern=f"^{NAME}/{NAME}$",
        ConstraintDescription="Enter cluster/service, such as apps/orders.",
    )
    containers = add_parameter(
        template,
        "Containers",
        group=group,
        label="Containers",
        description="Containers of the tasks that get the image, separated by commas.",
        AllowedPattern=f"^{EACH_ONCE}{NAME}(,{NAME}){{0,9}}$",
        ConstraintDescription="Enter names of containers, such as app or app,worker.",
    )
    roles = add_task_roles(template, group=group, of="the service")
    revision = add_choice(
        template,
        "TaskRevision",
        group=group,
        label="Task definition to copy",
        description=f"{RUNNING}: copy the revision that runs. {NEWEST}: copy the newest one of its family, so that a "
        "revision which the owner of the service registers is deployed with the next image.",
        choices=(RUNNING, NEWEST),
    )
    listeners = add_parameter(
        template,
        "ListenerArns",
        group=group,
        label="Listeners",
        description="ARN of the listener that serves the users. To test new tasks before users see them, add a comma "
        "and the ARN of another listener of the same load balancer.",
        AllowedPattern=f"^{LISTENERS}$",
        ConstraintDescription="Enter the ARN of a listener, or of two different listeners of one load balancer "
        "separated by a comma.",
    )
    target_groups = add_parameter(
        template,
        "TargetGroups",
        group=group,
        label="Target groups",
        description="Names of the two target groups between which traffic shifts.",
        AllowedPattern=r"^([A-Za-z0-9-]{1,32}),(?!\1$)[A-Za-z0-9-]{1,32}$",
        ConstraintDescription="Enter two different names separated by a comma, such as orders-blue,orders-green.",
    )
    # The added comma gives an empty second part if there is no second listener.
    listener, test_listener = (Select(number, Split(",", Sub("${ListenerArns},"))) for number in (0, 1))
    add_condition(template, "HasTestListener", Not(Equals(test_listener, "")))
    add_condition(template, "IsNetworkLoadBalancer", Equals(Select(1, Split("/", listeners)), "net"))
    return _Service(name, containers, roles, revision, listener, test_listener, target_groups)


def _add_watch(template: Template) -> _Watch:
    group = "Traffic"
    config = add_choice(
        template,
        "TrafficShift",
        group=group,
        label="Traffic shift",
        description="Canary: a tenth first, then all. Linear: a tenth at a time. A Network Load Balancer always "
        "shifts all at once.",
        choices=CONFIGS,
    )
    wait = add_number(
        template,
        "KeepOldTasksMinutes",
        group=group,
        label="Keep the old tasks for (minutes)",
        description="Minutes after the shift in which going back takes seconds. The stage ends after them.",
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
        description="Lambda functions that CodeDeploy calls during a deployment, separated by commas. Empty: none.",
        Default="",
        AllowedPattern=f"^{EACH_EVENT_ONCE}({HOOK}(,{HOOK}){{0,4}})?$",
        ConstraintDescription="Enter event=function, such as AfterAllowTestTraffic=smoke-test, each event once. Or "
        "leave it empty.",
    )
    hook_functions = add_parameter(
        template,
        "HookFunctionArns",
        group=group,
        label="Functions of the hooks",
        description="ARNs of the functions that Hooks names, separated by commas. Empty: none.",
        Default="",
        AllowedPattern=f"^{EACH_ONCE}({FUNCTION}(,{FUNCTION}){{0,4}})?$",
        ConstraintDescription="Enter ARNs of functions separated by commas, or leave it empty.",
    )
    add_condition(template, "HasHooks", is_given(hook_functions))
    add_rule(
        template,
        "HooksHaveFunctions",
        (is_given(hook_functions), "Hooks is set: enter the ARNs of its functions as HookFunctionArns."),
        when=is_given(hooks),
    )
    add_rule(
        template,
        "FunctionsHaveHooks",
        (
            is_given(hooks),
            "HookFunctionArns is set: enter in Hooks when its functions are called, or leave both empty.",
        ),
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
    """The permissions that AWSCodeDeployRoleForECS has for every service, for this one.

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
    def rules(listener: Select) -> Join:
        parts = Split(":listener/", listener)
        return Join("", [Select(0, parts), ":listener-rule/", Select(1, parts), "/*"])

    def shift(sid: str, listener: Select, only_if: str = "") -> Grant:
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
