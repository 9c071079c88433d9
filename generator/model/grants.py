"""The vocabulary of permissions: grants with their reasons, trust, service roles."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from typing import Any, NamedTuple

from awacs.aws import Action, Allow, ArnLike, Condition, Deny, StringEquals
from awacs.aws import StringEqualsIfExists as EqualsIfSent
from awacs.sts import AssumeRole
from troposphere import GetAtt, If, NoValue, Ref, Split, Template, encode_to_dict
from troposphere.iam import ManagedPolicy, Policy, Role

from generator.model.parameters import add_condition, add_parameter, is_given, under

WHY = "Why"
ACCOUNT = Ref("AWS::AccountId")


@dataclass(frozen=True, kw_only=True)
class Grant:
    """Something a role may do, and why.

    `everywhere` is for actions without resource-level permissions: the AWS page that says so. It replaces `resources`.
    `only_if` names the condition of the template under which it is granted; without one it always is. With `refuses`,
    the statement denies instead: then no other statement can allow it.
    """

    sid: str
    actions: tuple[Action, ...]
    resources: tuple[object, ...] = ()
    condition: Condition | None = None
    why: str
    everywhere: str = ""
    only_if: str = ""
    refuses: bool = False

    def __post_init__(self) -> None:
        named = [each for each in self.resources if not (isinstance(each, str) and each in ("*", "arn:*"))]
        if bool(named) == bool(self.everywhere) or len(named) < len(self.resources):
            raise ValueError(f"{self.sid}: name the resources, or the AWS page that says there are none to name")

    @property
    def resource(self) -> object:
        """The resources as a statement has them. An Fn::Split of a parameter already is a list."""
        if any(isinstance(each, Split) for each in self.resources):
            (split,) = self.resources
            return split
        return _one_or_many(self.resources or ("*",))

    @property
    def reason(self) -> str:
        """Why it is granted; for a grant on every resource also the page that requires it."""
        return f"{self.why} AWS documents no narrower resource: {self.everywhere}" if self.everywhere else self.why

    def statement(self) -> dict[str, object]:
        """The grant as a statement of a policy."""
        optional = {"Condition": self.condition} if self.condition else {}
        return {
            "Sid": self.sid,
            "Effect": Deny if self.refuses else Allow,
            "Action": _one_or_many(self.actions),
            "Resource": self.resource,
            **optional,
        }

    def item(self) -> object:
        """The grant as an item of a policy's statements, present only under the grant's condition."""
        return If(self.only_if, self.statement(), NoValue) if self.only_if else self.statement()


def _one_or_many(values: Sequence[object]) -> object:
    """A list as a policy writes it: a single item is written without a list."""
    return list(values) if len(values) > 1 else values[0]


class ServiceRole(NamedTuple):
    """A role that an AWS service assumes."""

    arn: GetAtt


def trust(service: str, source_arn: object) -> dict[str, object]:
    """A trust policy for `service`, only when it acts for `source_arn` (ARN or pattern) in this account.

    https://docs.aws.amazon.com/IAM/latest/UserGuide/confused-deputy.html
    """
    return _trust(
        service, Condition([StringEquals({"aws:SourceAccount": ACCOUNT}), ArnLike({"aws:SourceArn": source_arn})])
    )


def trust_quiet(service: str) -> dict[str, object]:
    """A trust policy for a service that is not known to send its source: CodePipeline, ECR, Lambda.

    AWS does not say that they send aws:SourceAccount or aws:SourceArn when they assume a role, and its own samples have
    no condition, so the account is compared where it is sent. No pipeline or function of another account can name the
    role: to make one asks for iam:PassRole in the role's own account.
    https://docs.aws.amazon.com/codepipeline/latest/userguide/how-to-custom-role.html
    https://docs.aws.amazon.com/lambda/latest/dg/lambda-intro-execution-role.html
    https://docs.aws.amazon.com/AmazonECR/latest/userguide/repository-creation-templates-create-iam.html
    """
    return _trust(service, Condition(EqualsIfSent({"aws:SourceAccount": ACCOUNT})))


def _trust(service: str, condition: Condition) -> dict[str, object]:
    principal = {"Service": service}
    statement = {"Effect": Allow, "Principal": principal, "Action": [AssumeRole], "Condition": condition}
    return {"Version": "2012-10-17", "Statement": [statement]}


def add_service_role(
    template: Template,
    title: str,
    *,
    trusted: dict[str, object],
    grants: Sequence[Grant],
    shared: Sequence[object] = (),
    only_if: str = "",
) -> ServiceRole:
    """A role for a service, under the permissions boundary of the stack. Every role is created by this function.

    `shared` are policies of `add_shared_policy`; `only_if` is the condition under which the role exists.
    """
    grants = merged(grants)
    optional: dict[str, Any] = ({"ManagedPolicyArns": list(shared)} if shared else {}) | under(only_if)
    # The inline policies of a role may have 10,240 characters together, a managed policy 6,144.
    # https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_iam-quotas.html
    own = [Policy(PolicyName="Grants", PolicyDocument=policy(grants))]
    inline: dict[str, Any] = {"Policies": own} if grants else {}
    role = Role(
        title,
        AssumeRolePolicyDocument=trusted,
        **inline,
        PermissionsBoundary=_permissions_boundary(template),
        Metadata=_reasons(grants),
        **optional,
    )
    template.add_resource(role)
    return ServiceRole(GetAtt(role, "Arn"))


def add_shared_policy(template: Template, title: str, grants: Iterable[Grant], only_if: str = "") -> Ref:
    """A policy for several roles of the stack, so that their common permissions are in the template once.

    `only_if` is the condition under which it exists.
    """
    grants = merged(grants)
    # It has no Description: IAM cannot change one, so another text would replace the policy, whose ARN may be exported.
    # https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/aws-resource-iam-managedpolicy.html
    shared = ManagedPolicy(title, PolicyDocument=policy(grants), Metadata=_reasons(grants), **under(only_if))
    template.add_resource(shared)
    return Ref(shared)


def _reasons(grants: Iterable[Grant]) -> dict[str, dict[str, str]]:
    """The reasons, kept with the resource for explanations of the template; they are not rendered."""
    return {WHY: {grant.sid: grant.reason for grant in grants}}


def policy(grants: Iterable[Grant]) -> dict[str, object]:
    """A policy that allows the grants."""
    return {"Version": "2012-10-17", "Statement": [grant.item() for grant in grants]}


def merged(grants: Iterable[Grant]) -> tuple[Grant, ...]:
    """The grants in order, each statement id once. Two different grants under one id are a mistake in the generator.

    A permission under two conditions is granted without one, because never all stages of a pipeline are left out.
    """
    kept: dict[str, Grant] = {}
    for grant in grants:
        first = kept.setdefault(grant.sid, grant)
        if first is not grant and encode_to_dict(first.statement()) != encode_to_dict(grant.statement()):
            raise ValueError(f"two grants are called {grant.sid}")
        if first.only_if != grant.only_if:
            kept[grant.sid] = replace(first, only_if="")
    return tuple(kept.values())


def _permissions_boundary(template: Template) -> If:
    name = "PermissionsBoundaryArn"
    if name not in template.parameters:
        boundary = add_parameter(
            template,
            name,
            group="Governance",
            label="Permissions boundary",
            description="ARN of a managed policy that limits every role of the stack. Empty: none.",
            Default="",
            AllowedPattern=r"^(arn:[a-z-]+:iam::([0-9]{12}|aws):policy/[\w+=,.@/-]+)?$",
            ConstraintDescription="Enter the ARN of an IAM policy, or leave it empty.",
        )
        add_condition(template, "HasPermissionsBoundary", is_given(boundary))
    return If("HasPermissionsBoundary", Ref(name), NoValue)
