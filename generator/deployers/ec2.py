"""CodeDeploy's resources for containers on instances: application, deployment group, roles, and a function.

The instances need the policy `InstancePolicy`: the owner of their role attaches it.
https://docs.aws.amazon.com/codedeploy/latest/userguide/deployment-steps-server.html
"""

from __future__ import annotations

from typing import Any, NamedTuple

from awacs import autoscaling, codedeploy, codedeploy_commands_secure, ec2, tag
from troposphere import If, Join, NoValue, Or, Ref, Select, Split, Sub, Template
from troposphere.codedeploy import (
    Application,
    DeploymentConfig,
    DeploymentGroup,
    DeploymentStyle,
    Ec2TagFilters,
    MinimumHealthyHosts,
    OnPremisesInstanceTagFilters,
)

from generator.buildspec import buildspec
from generator.components.codedeploy import Alarms, add_alarms
from generator.components.function import add_function, answer_pipeline
from generator.components.logs import add_log_retention
from generator.components.named_pipeline import add_pipeline_of, add_stage_of
from generator.components.platform import Platform, import_platform
from generator.components.repositories import one_repository
from generator.components.source import add_repository_name
from generator.model.arn import arn
from generator.model.grants import Grant, add_service_role, add_shared_policy, trust
from generator.model.outputs import add_output
from generator.model.owner import Owner
from generator.model.parameters import add_condition, add_number, add_parameter, add_rule, is_given
from generator.model.template import new_template

PREFIX = "${PipelineName}/${Stage}/"  # the place of a stage's revisions in the artifact bucket
INSTANCES, CONTAINER = "Instances", "Container"
# A tag as key=value. The characters are those that tags of every service may have.
# https://docs.aws.amazon.com/tag-editor/latest/userguide/tagging.html
WORD = "[A-Za-z0-9 +_.:/@-]"
TAG = f"{WORD}{{1,128}}={WORD}{{1,256}}"
# Options with their values, without quotes. The script itself sets those that are left out.
OPTION = "--(?!(name|rm|detach|restart|pull|platform)( |=|$))[a-z][a-z-]*(=[A-Za-z0-9_./:=,@%+-]+)?"
ONE_AT_A_TIME = "CodeDeployDefault.OneAtATime"
AGENT_PAGE = "https://docs.aws.amazon.com/codedeploy/latest/userguide/vpc-endpoints.html"
ROLE_PAGE = "https://docs.aws.amazon.com/service-authorization/latest/reference/"


class _Instances(NamedTuple):
    """The parameters of the instances. Each may be empty, but not all."""

    tag: Ref
    group: Ref
    on_premises: Ref


class _How(NamedTuple):
    """How many instances are deployed to at once, and the alarms that stop a deployment."""

    config: If
    alarms: Alarms


def deployer() -> Template:
    """CodeDeploy for the instances of a stage. Its output Deployer is a parameter of the pipeline."""
    template = new_template(
        "CodeDeploy for containers on EC2 and on-premises instances: in place, with automatic rollback"
    )
    _add_stage(template)
    platform = import_platform(template)
    instances = _add_instances(template)
    how = _How(_add_config(template), add_alarms(template, "Deployment"))
    container = _add_container(template)
    application = Application("Application", ComputePlatform="Server")
    template.add_resource(application)
    role = add_service_role(
        template,
        "Role",
        trusted=trust("codedeploy.amazonaws.com", arn("codedeploy", "deploymentgroup:${Application}/*")),
        grants=(*_find(), *_launches(), how.alarms.watch()),
    )
    group = _add_group(template, application, role.arn, how, instances)
    function = add_function(
        template,
        "Bundler",
        description="Writes what CodeDeploy deploys to instances, and verifies that each has it",
        grants=(*_follow(how.config), answer_pipeline()),
        owner=Owner("deployer"),
        key=platform.key,
        log_retention_days=add_log_retention(template, "Logs"),
        variables={
            "APPLICATION": Ref(application),
            "GROUP": Ref(group),
            "PREFIX": Sub(PREFIX),
            "REPOSITORY_NAME": Ref("RepositoryName"),
            **container,
        },
        inserts={"Script": buildspec("deployers/ec2.sh")},
    )
    policy = add_shared_policy(template, "InstancePolicy", _instance(platform))
    add_output(template, "InstancePolicyArn", policy, "Policy to attach to the role of the instances")
    add_output(
        template,
        "Deployer",
        Sub(f"${{Application}}/${{Group}}/${{{function.title}}}/${{Config}}", Config=how.config),
        "Value for StagingDeployer or ProductionDeployer of the pipeline",
    )
    return template


def _add_stage(template: Template) -> None:
    add_pipeline_of(template, "Name of the pipeline that deploys with this stack: its parameter Name.")
    add_stage_of(template, "Stage of the pipeline that deploys to these instances.")
    add_repository_name(template, "ECR repository of this account and region whose images the instances pull.")


def _add_instances(template: Template) -> _Instances:
    tag = add_parameter(
        template,
        "InstanceTag",
        group=INSTANCES,
        label="Tag of EC2 instances",
        description="Instances with this tag, as key=value. Empty: none by tag.",
        Default="",
        AllowedPattern=f"^({TAG})?$",
        ConstraintDescription="Enter one tag as key=value, such as Service=orders-production, or leave it empty.",
    )
    group = add_parameter(
        template,
        "AutoScalingGroupName",
        group=INSTANCES,
        label="Auto Scaling group",
        description="Group whose instances, now and later, CodeDeploy deploys to. Empty: none.",
        Default="",
        AllowedPattern=r"^([A-Za-z0-9_./=+@-]{1,255})?$",
        ConstraintDescription="Enter the name of one group, not its ARN, or leave it empty.",
    )
    on_premises = add_parameter(
        template,
        "OnPremisesTag",
        group=INSTANCES,
        label="Tag of on-premises instances",
        description="Instances that are registered with CodeDeploy and have this tag, as key=value. Empty: none.",
        Default="",
        AllowedPattern=f"^({TAG})?$",
        ConstraintDescription="Enter one tag as key=value, such as Service=orders-production, or leave it empty.",
    )
    add_condition(template, "HasInstanceTag", is_given(tag))
    add_condition(template, "HasAutoScalingGroup", is_given(group))
    add_condition(template, "HasOnPremisesTag", is_given(on_premises))
    add_rule(
        template,
        "SomewhereToDeploy",
        (
            Or(is_given(tag), is_given(group), is_given(on_premises)),
            "There are no instances: enter InstanceTag, AutoScalingGroupName or OnPremisesTag.",
        ),
    )
    return _Instances(tag, group, on_premises)


def _add_config(template: Template) -> If:
    """The deployment configuration: one instance at once, or as many as leave enough of them healthy.

    CodeDeploy's own AllAtOnce calls a deployment a success if one instance has it.
    https://docs.aws.amazon.com/codedeploy/latest/userguide/deployment-configurations.html
    """
    healthy = add_parameter(
        template,
        "MinimumHealthyPercent",
        group="Deployment",
        label="Healthy instances (percent)",
        description="Instances that stay in service, rounded up: 75 deploys to a quarter of them at a time. Empty: one "
        "instance at a time.",
        Default="",
        AllowedPattern="^([1-9][0-9]?)?$",
        ConstraintDescription="Enter a number from 1 to 99 that leaves at least one instance to deploy to, or leave it "
        "empty.",
    )
    several = add_condition(template, "SeveralAtATime", is_given(healthy))
    config = DeploymentConfig(
        "Config",
        Condition=several,
        ComputePlatform="Server",
        MinimumHealthyHosts=MinimumHealthyHosts(Type="FLEET_PERCENT", Value=healthy),
    )
    template.add_resource(config)
    return If(several, Ref(config), ONE_AT_A_TIME)


def _add_container(template: Template) -> dict[str, object]:
    """The container, as variables of the function."""
    return {
        "CONTAINER": add_parameter(
            template,
            "ContainerName",
            group=CONTAINER,
            label="Container",
            description="Name of the container on each instance. An existing container with this name is replaced.",
            AllowedPattern="^[A-Za-z0-9][A-Za-z0-9_.-]{0,62}$",
            ConstraintDescription="Enter a name such as orders.",
        ),
        "DOCKER_OPTIONS": add_parameter(
            template,
            "DockerOptions",
            group=CONTAINER,
            label="docker run options",
            description="Options with =, separated by single spaces, without quotes. Not allowed: name, rm, detach, "
            "restart, pull, platform. Empty: none.",
            Default="",
            AllowedPattern=f"^({OPTION}( {OPTION})*)?$",
            MaxLength=1000,
            ConstraintDescription="Enter options such as --publish=80:8080 --env-file=/etc/orders.env, or leave it "
            "empty.",
        ),
        "HEALTH_URL": add_parameter(
            template,
            "HealthUrl",
            group=CONTAINER,
            label="Health check",
            description="Address on the instance that must answer without an error. Empty: the container's own health "
            "check, or that it runs.",
            Default="",
            AllowedPattern="^(http://localhost(:[1-9][0-9]{0,4})?(/[A-Za-z0-9/_.=&?%-]*)?)?$",
            MaxLength=300,
            ConstraintDescription="Enter an address such as http://localhost:80/health, or leave it empty.",
        ),
        "HEALTH_SECONDS": add_number(
            template,
            "HealthSeconds",
            group=CONTAINER,
            label="Time to become healthy (seconds)",
            description="Seconds until an instance that is not healthy fails.",
            default=120,
            least=15,
            most=3000,  # a script has an hour
        ),
    }


def _add_group(
    template: Template, application: Application, role_arn: object, how: _How, instances: _Instances
) -> DeploymentGroup:
    def parts(parameter: Ref) -> dict[str, Any]:
        pieces = Split("=", parameter)
        return {"Key": Select(0, pieces), "Value": Select(1, pieces), "Type": "KEY_AND_VALUE"}

    group = DeploymentGroup(
        "Group",
        ApplicationName=Ref(application),
        ServiceRoleArn=role_arn,
        DeploymentConfigName=how.config,
        DeploymentStyle=DeploymentStyle(DeploymentOption="WITHOUT_TRAFFIC_CONTROL", DeploymentType="IN_PLACE"),
        Ec2TagFilters=If("HasInstanceTag", [Ec2TagFilters(**parts(instances.tag))], NoValue),
        OnPremisesInstanceTagFilters=If(
            "HasOnPremisesTag", [OnPremisesInstanceTagFilters(**parts(instances.on_premises))], NoValue
        ),
        AutoScalingGroups=If("HasAutoScalingGroup", [instances.group], NoValue),
        # Instances that a group launches while a deployment runs get the same revision after it.
        OutdatedInstancesStrategy="UPDATE",
        AlarmConfiguration=how.alarms.configuration(),
        AutoRollbackConfiguration=how.alarms.rollback(),
    )
    template.add_resource(group)
    return group


def _find() -> tuple[Grant, ...]:
    """The permissions of AWSCodeDeployRole to find instances. On-premises instances also require those for tags.

    https://docs.aws.amazon.com/codedeploy/latest/userguide/getting-started-create-service-role.html
    https://docs.aws.amazon.com/codedeploy/latest/userguide/instances-on-premises-register-instance.html
    """
    return (
        Grant(
            sid="FindInstances",
            actions=(ec2.DescribeInstances, ec2.DescribeInstanceStatus),
            why="CodeDeploy finds the instances, and sees which of them run.",
            everywhere=f"{ROLE_PAGE}list_amazonec2.html",
        ),
        *(
            Grant(
                sid=sid,
                actions=(tag.GetResources,),
                why="CodeDeploy finds instances by their tags.",
                everywhere=f"{ROLE_PAGE}list_amazonresourcegrouptaggingapi.html",
                only_if=condition,
            )
            for sid, condition in (("FindTags", "HasInstanceTag"), ("FindTagsOnPremises", "HasOnPremisesTag"))
        ),
    )


def _launches() -> tuple[Grant, ...]:
    """The permissions to deploy to instances that the group launches, by a lifecycle hook.

    An in-place deployment launches none.
    https://docs.aws.amazon.com/codedeploy/latest/userguide/integrations-aws-auto-scaling.html
    """
    return (
        Grant(
            sid="HookLaunches",
            actions=(
                autoscaling.CompleteLifecycleAction,
                autoscaling.DeleteLifecycleHook,
                autoscaling.PutLifecycleHook,
                autoscaling.RecordLifecycleActionHeartbeat,
            ),
            resources=(arn("autoscaling", "autoScalingGroup:*:autoScalingGroupName/${AutoScalingGroupName}"),),
            why="A launched instance is in service when CodeDeploy has deployed to it.",
            only_if="HasAutoScalingGroup",
        ),
        Grant(
            sid="SeeLaunches",
            actions=(autoscaling.DescribeAutoScalingGroups, autoscaling.DescribeLifecycleHooks),
            why="CodeDeploy finds the instances of the group, and its own hook.",
            everywhere=f"{ROLE_PAGE}list_amazonec2autoscaling.html",
            only_if="HasAutoScalingGroup",
        ),
    )


def _follow(config: If) -> tuple[Grant, ...]:
    """The function's permissions in CodeDeploy. A new deployment registers its revision and reads its configuration.

    https://docs.aws.amazon.com/codedeploy/latest/userguide/auth-and-access-control-permissions-reference.html
    """
    return (
        Grant(
            sid="FollowDeployments",
            actions=(codedeploy.BatchGetDeployments, codedeploy.CreateDeployment, codedeploy.ListDeployments),
            resources=(arn("codedeploy", "deploymentgroup:${Application}/${Group}"),),
            why="The function sees whether each instance has the image, and rolls back if not.",
        ),
        Grant(
            sid="UseRevision",
            actions=(codedeploy.GetApplicationRevision, codedeploy.RegisterApplicationRevision),
            resources=(arn("codedeploy", "application:${Application}"),),
            why="The function deploys an earlier revision.",
        ),
        Grant(
            sid="SeeConfig",
            actions=(codedeploy.GetDeploymentConfig,),
            resources=(Join("", [arn("codedeploy", "deploymentconfig:"), config]),),
            why="CodeDeploy reads how many instances it deploys to at once.",
        ),
    )


def _instance(platform: Platform) -> tuple[Grant, ...]:
    """The permissions of an instance: fetch its stage's revisions, pull one repository's images, call CodeDeploy."""
    return (
        *one_repository("RepositoryName").pull(),
        platform.store.fetch(PREFIX),
        platform.store.key.decrypt(),
        Grant(
            sid="FollowCommands",
            actions=(
                codedeploy_commands_secure.GetDeploymentSpecification,
                codedeploy_commands_secure.PollHostCommand,
                codedeploy_commands_secure.PutHostCommandAcknowledgement,
                codedeploy_commands_secure.PutHostCommandComplete,
            ),
            why="The agent asks CodeDeploy what to do. Through a VPC endpoint it needs these permissions.",
            everywhere=AGENT_PAGE,
        ),
    )
