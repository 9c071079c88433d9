"""A channel of Slack or Microsoft Teams that shows the messages of a topic, by Amazon Q Developer in chat applications.

AWS has renamed the service; types, permissions and principal are still called after AWS Chatbot.
https://docs.aws.amazon.com/chatbot/latest/adminguide/service-rename.html
"""

from __future__ import annotations

from typing import Any, NamedTuple

from awacs import codepipeline
from troposphere import And, AWSHelperFn, Equals, If, Not, NoValue, Ref, Sub, Template
from troposphere.chatbot import MicrosoftTeamsChannelConfiguration, SlackChannelConfiguration

from generator.components.topic import Topic
from generator.model.arn import arn
from generator.model.grants import Grant, add_service_role, add_shared_policy, trust_quiet
from generator.model.outputs import add_output
from generator.model.owner import STACK_SUFFIX
from generator.model.parameters import add_choice, add_condition, add_parameter, add_rule, is_given

GROUP = "Chat"
MEMBERS_READ = "MembersRead"
SLACK, TEAMS = "slack", "teams"
UUID = "[0-9A-Fa-f]{8}(-[0-9A-Fa-f]{4}){3}-[0-9A-Fa-f]{12}"


class Field(NamedTuple):
    """A parameter for one of the products. The patterns of ids are the products' own, which are narrower than AWS's."""

    name: str
    label: str
    what: str
    pattern: str
    example: str


# https://docs.aws.amazon.com/chatbot/latest/APIReference/API_CreateSlackChannelConfiguration.html
# https://docs.aws.amazon.com/chatbot/latest/APIReference/API_CreateMicrosoftTeamsChannelConfiguration.html
FIELDS: dict[str, tuple[Field, ...]] = {
    SLACK: (
        Field(
            "SlackWorkspaceId",
            "Slack workspace",
            "ID of the workspace, which the console of Amazon Q Developer in chat applications shows",
            "T[0-9A-Z]{7,20}",
            "T0123ABCDEF",
        ),
        Field(
            "SlackChannelId",
            "Slack channel",
            "ID of the channel, at the end of its link",
            "[CG][0-9A-Z]{7,20}",
            "C0123ABCDEF",
        ),
    ),
    TEAMS: (
        Field(
            "TeamsTenantId",
            "Teams tenant",
            "ID of the tenant, tenantId in the link to the channel",
            UUID,
            "1a2b3c4d-1a2b-1a2b-1a2b-1a2b3c4d5e6f",
        ),
        Field(
            "TeamId",
            "Team",
            "ID of the team, groupId in the link to the channel",
            UUID,
            "6f5e4d3c-2b1a-2b1a-2b1a-6f5e4d3c2b1a",
        ),
        Field(
            "TeamsChannelId",
            "Teams channel",
            "ID of the channel as the link to it has it: after channel/, with %3a and %40",
            r"19%3[aA][A-Za-z0-9_=-]{1,200}%40thread\.(tacv2|skype)",
            "19%3a1a2b3c4d%40thread.tacv2",
        ),
    ),
}


class ChatForm(NamedTuple):
    """The parameters of a channel: the ids by product, and the conditions under which each product is used."""

    ids: dict[str, tuple[Ref, ...]]
    uses: dict[str, str]


def add_chat_form(template: Template) -> ChatForm:
    """The parameters of a channel. Exactly those of the chosen product are filled in."""
    chat = add_choice(
        template,
        "Chat",
        group=GROUP,
        label="Product",
        description="The product of the channel. Its workspace or team must be authorized in this account.",
        choices=(SLACK, TEAMS),
    )
    ids = {product: tuple(_add_field(template, field) for field in fields) for product, fields in FIELDS.items()}
    _add_rules(template, chat, ids)
    uses = {
        # The rules ask for the ids as well; here cfn-lint sees that they are not empty.
        product: add_condition(template, f"Uses{product.capitalize()}", And(Equals(chat, product), *map(is_given, own)))
        for product, own in ids.items()
    }
    return ChatForm(ids, uses)


def add_chat_channel(template: Template, form: ChatForm, pipeline: Ref, topic: Topic) -> None:
    """The channel of the chosen product. Its members can look at runs of the pipeline, or run nothing."""
    settings: dict[str, Any] = _add_permissions(template, pipeline)
    settings |= {"SnsTopicArns": [topic.arn], "LoggingLevel": "NONE", "UserRoleRequired": False}
    (workspace, slack_channel), (tenant, team, teams_channel) = form.ids[SLACK], form.ids[TEAMS]
    slack = SlackChannelConfiguration(
        "SlackChannel",
        Condition=form.uses[SLACK],
        ConfigurationName=_name(pipeline, workspace),
        SlackWorkspaceId=workspace,
        SlackChannelId=slack_channel,
        **settings,
    )
    teams = MicrosoftTeamsChannelConfiguration(
        "TeamsChannel",
        Condition=form.uses[TEAMS],
        ConfigurationName=_name(pipeline, tenant, team),
        TeamsTenantId=tenant,
        TeamId=team,
        TeamsChannelId=teams_channel,
        **settings,
    )
    for channel, product in ((slack, SLACK), (teams, TEAMS)):
        template.add_resource(channel)
        add_output(template, f"{channel.title}Arn", Ref(channel), "Configuration of the channel", form.uses[product])


def _name(pipeline: Ref, *places: Ref) -> Sub:
    """The name of a configuration: unique in the account, which is global, and different for another workspace.

    AWS cannot move a configuration to another workspace or team. CloudFormation creates a new one before it deletes the
    old one, so that the two need different names.
    https://docs.aws.amazon.com/chatbot/latest/adminguide/chatbot-troubleshooting.html#chatbot-notification-troubleshooting-edit-config-name
    """
    parts = "-".join(f"${{{each.data['Ref']}}}" for each in (pipeline, *places))
    return Sub(f"{parts}-${{Suffix}}", Suffix=STACK_SUFFIX)


def _add_field(template: Template, field: Field) -> Ref:
    product = "Slack" if field in FIELDS[SLACK] else "Microsoft Teams"
    return add_parameter(
        template,
        field.name,
        group=product,
        label=field.label,
        description=f"{field.what}. Empty for the other product.",
        Default="",
        AllowedPattern=f"^({field.pattern})?$",
        ConstraintDescription=f"Enter an ID such as {field.example}, or leave it empty.",
    )


def _add_rules(template: Template, chat: Ref, ids: dict[str, tuple[Ref, ...]]) -> None:
    """Require exactly the fields of the chosen product."""
    for product, own in ids.items():
        others = [each for other, refs in ids.items() if other != product for each in refs]
        assertions: list[tuple[AWSHelperFn, str]] = [
            (is_given(each), f"Chat={product} requires {each.data['Ref']}.") for each in own
        ]
        assertions += [
            (Equals(each, ""), f"Chat={product}: leave {each.data['Ref']} empty, which is of the other product.")
            for each in others
        ]
        add_rule(template, f"{product.capitalize()}HasItsFields", *assertions, when=Equals(chat, product))
    tenant, team, _ = ids[TEAMS]
    message = "TeamsTenantId and TeamId are the same: enter tenantId and groupId of the link to the channel."
    add_rule(template, "TenantIsNoTeam", (Not(Equals(tenant, team)), message), when=Equals(chat, TEAMS))


def _add_permissions(template: Template, pipeline: Ref) -> dict[str, Any]:
    """The role of the channel and its guardrail, which are equal: members can run only commands that both allow.

    Without a guardrail AWS applies AdministratorAccess. The role cannot approve, because all members share it.
    GetPipelineState is left out, because its answer has the tokens of open approvals.
    https://docs.aws.amazon.com/chatbot/latest/adminguide/understanding-permissions.html#channel-guardrails
    """
    choice = add_choice(
        template,
        "MembersMayRead",
        group=GROUP,
        label="Members may look at runs",
        description="no: members of the channel can run no command. yes: they can look at the runs of the pipeline.",
        choices=("no", "yes"),
    )
    add_condition(template, MEMBERS_READ, Equals(choice, "yes"))
    read = Grant(
        sid="ReadRuns",
        actions=(codepipeline.GetPipelineExecution, codepipeline.ListPipelineExecutions),
        resources=(arn("codepipeline", f"${{{pipeline.data['Ref']}}}"),),
        why="Members of the channel look at the runs of the pipeline.",
    )
    policy = add_shared_policy(template, "ChannelPolicy", (read,), only_if=MEMBERS_READ)
    role = add_service_role(
        template,
        "ChannelRole",
        # https://docs.aws.amazon.com/chatbot/latest/adminguide/chatbot-iam-policies.html
        trusted=trust_quiet("chatbot.amazonaws.com"),
        grants=(),
        shared=(If(MEMBERS_READ, policy, NoValue),),
    )
    nothing = Sub("arn:${AWS::Partition}:iam::aws:policy/AWSDenyAll")
    return {"IamRoleArn": role.arn, "GuardrailPolicies": [If(MEMBERS_READ, policy, nothing)]}
