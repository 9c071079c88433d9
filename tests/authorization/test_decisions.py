"""The decision on a request."""

from __future__ import annotations

import copy
from collections.abc import Mapping
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from generator.authorization.condition_operators import UnsupportedError
from generator.authorization.decisions import Decision, Policies, Policy, Request, decide

Statement = dict[str, Any]
ACCOUNT = "123456789012"
ROLE = f"arn:aws:iam::{ACCOUNT}:role/orders"
ROOT = f"arn:aws:iam::{ACCOUNT}:root"
KEY = f"arn:aws:kms:eu-west-1:{ACCOUNT}:key/1234abcd"
BUCKET = "arn:aws:s3:::artifacts"


def policy(*statements: Statement, name: str = "Policy") -> Policy:
    """A policy of the statements."""
    return Policy(name, {"Version": "2012-10-17", "Statement": list(statements)})


def allow(action: str, resource: str = "*", **more: Any) -> Statement:
    """A statement that allows."""
    return {"Effect": "Allow", "Action": action, "Resource": resource, **more}


def deny(action: str, resource: str = "*", **more: Any) -> Statement:
    """A statement that denies."""
    return {**allow(action, resource, **more), "Effect": "Deny"}


def asked(action: str, resource: str, context: Mapping[str, str] | None = None, principal: str = ROLE) -> Request:
    """A request on one resource."""
    return Request(principal=principal, action=action, resources=(resource,), context=context or {})


GET = asked("s3:GetObject", f"{BUCKET}/x")


def decided(request: Request, **policies: Any) -> bool:
    """Whether it is allowed."""
    return decide(request, Policies(**policies)).allowed


# Examples of AWS


def test_nothing_is_allowed_by_default() -> None:
    """Without any policy a request is denied, and the reason says that no policy allows it."""
    assert Decision(allowed=False, by=(), reason=f"nothing allows {ROLE} s3:GetObject on {BUCKET}/x") == decide(
        GET, Policies()
    )


CARLOS = f"arn:aws:iam::{ACCOUNT}:user/carlossalazar"
OWN = "arn:aws:s3:::amzn-s3-demo-bucket-carlossalazar"
OF_CARLOS = policy(
    allow("s3:GetBucketLocation", "arn:aws:s3:::*", Sid="AllowS3ListRead"),
    {"Sid": "AllowS3Self", "Effect": "Allow", "Action": "s3:*", "Resource": [f"{OWN}/*", OWN]},
    deny("s3:*", "arn:aws:s3:::*log*", Sid="DenyS3Logs"),
    name="carlossalazar",
)
OF_BUCKET = policy({"Effect": "Allow", "Principal": {"AWS": CARLOS}, "Action": "s3:*", "Resource": [f"{OWN}/*", OWN]})


@pytest.mark.parametrize(
    ("bucket", "by"),
    [(OWN, "carlossalazar/AllowS3Self"), (f"{OWN}-logs", "carlossalazar/DenyS3Logs")],
)
def test_carlos_saves_a_file(bucket: str, by: str) -> None:
    """Carlos may save a file to his bucket, and not to one with `log` in its name: the deny wins.

    https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_evaluation-logic_policy-eval-basics.html
    """
    request = asked("s3:PutObject", f"{bucket}/file", principal=CARLOS)
    decision = decide(request, Policies(identity=[OF_CARLOS], resource=OF_BUCKET if bucket == OWN else None))
    assert (bucket == OWN) == decision.allowed
    assert by in decision.by


def test_one_of_the_two_policies_is_enough() -> None:
    """If one of the identity's and the resource's policy allows and the other says nothing, the request is allowed."""
    request = asked("s3:PutObject", f"{OWN}/file", principal=CARLOS)
    assert decided(request, identity=[OF_CARLOS])
    assert decided(request, resource=OF_BUCKET)


BOUNDARY = policy(*(allow(f"{service}:*") for service in ("s3", "cloudwatch", "ec2")), name="ShirleyRodriguezBoundary")


@pytest.mark.parametrize(("action", "allowed"), [("iam:CreateUser", False), ("s3:GetObject", True)])
def test_a_boundary_grants_nothing_and_limits(action: str, *, allowed: bool) -> None:
    """Shirley's boundary has S3 and no IAM: her policy's iam:CreateUser fails, and the boundary itself grants nothing.

    https://docs.aws.amazon.com/IAM/latest/UserGuide/access_policies_boundaries.html
    """
    decision = decide(asked(action, "*"), Policies(identity=[policy(allow(action))], boundary=BOUNDARY))
    assert allowed == decision.allowed
    assert allowed or "ShirleyRodriguezBoundary bounds" in decision.reason
    assert not decided(asked("s3:GetObject", "*"), boundary=BOUNDARY)


def test_a_boundary_limits_what_a_resource_grants_to_a_role_but_not_to_everybody() -> None:
    """A bucket's grant to the ARN of a role is limited by the boundary of the role, one to `*` is not.

    https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_evaluation-logic_policy-eval-denyallow.html
    """
    none = policy(allow("ec2:*"))
    to_role = policy(allow("s3:GetObject", Principal={"AWS": [ROLE]}))
    assert decided(GET, resource=to_role)
    assert not decided(GET, resource=to_role, boundary=none)
    for everybody in ("*", {"AWS": "*"}):
        assert decided(GET, resource=policy(allow("s3:GetObject", Principal=everybody)), boundary=none)


DEFAULT_KEY_POLICY = policy(allow("kms:*", Sid="Enable IAM policies", Principal={"AWS": ROOT}), name="Key")


def test_a_key_policy_leaves_it_to_the_account() -> None:
    """AWS's default key policy lets policies of the account grant the key, and grants it to no role itself.

    https://docs.aws.amazon.com/kms/latest/developerguide/key-policy-default.html
    """
    use, grant = asked("kms:Decrypt", KEY), policy(allow("kms:Decrypt", KEY, Sid="Use"), name="Role")
    assert ("Role/Use", "Key/Enable IAM policies") == decide(
        use, Policies(identity=[grant], resource=DEFAULT_KEY_POLICY)
    ).by
    assert not decided(use, resource=DEFAULT_KEY_POLICY)


def test_a_key_policy_must_allow() -> None:
    """Without the key's own policy no other one grants the key; where it names the role, it is enough."""
    use, grant = asked("kms:Decrypt", KEY), policy(allow("kms:*"))
    logs = policy(allow("kms:*", Principal={"Service": "logs.eu-west-1.amazonaws.com"}))
    assert not decided(use, identity=[grant])
    assert not decided(use, identity=[grant], resource=logs)
    assert decided(use, resource=policy(allow("kms:Decrypt", Principal={"AWS": ROLE})))


def test_an_account_as_principal_grants_a_bucket_to_no_role() -> None:
    """A bucket policy for the account says that the account may decide: its roles still need a policy."""
    for account in (ROOT, ACCOUNT):
        to_account = policy(allow("s3:GetObject", Principal={"AWS": account}))
        assert not decided(GET, resource=to_account)
        assert decided(GET, resource=to_account, identity=[policy(allow("s3:GetObject"))])
        assert not decided(
            GET, resource=policy(deny("s3:GetObject", Principal={"AWS": account})), identity=[policy(allow("s3:*"))]
        )


def test_a_resource_of_another_account_must_allow_as_well() -> None:
    """Between accounts both sides must allow the request.

    https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_evaluation-logic-cross-account.html
    """
    queue = "arn:aws:sqs:eu-west-1:999999999999:orders"
    send, mine = asked("sqs:SendMessage", queue), policy(allow("sqs:SendMessage", queue))
    theirs = policy(allow("sqs:SendMessage", queue, Principal={"AWS": ROOT}))
    assert not decided(send, identity=[mine])
    assert not decided(send, resource=theirs)
    assert decided(send, identity=[mine], resource=theirs)
    bounded = decide(send, Policies(identity=[mine], resource=theirs, boundary=BOUNDARY))
    assert "ShirleyRodriguezBoundary bounds" in bounded.reason


OTHER = "999999999999"


@pytest.mark.parametrize("principal", [{"AWS": ROLE}, {"AWS": ROOT}, "*"])
@pytest.mark.parametrize(
    ("action", "resource"),
    [
        ("sqs:SendMessage", f"arn:aws:sqs:eu-west-1:{OTHER}:orders"),
        ("kms:Decrypt", f"arn:aws:kms:eu-west-1:{OTHER}:key/1234abcd"),
        ("sts:AssumeRole", f"arn:aws:iam::{OTHER}:role/orders"),
        ("ecr:BatchGetImage", f"arn:aws:ecr:eu-west-1:{OTHER}:repository/orders"),
    ],
)
def test_neither_side_alone_opens_another_account(action: str, resource: str, principal: Any) -> None:
    """The caller needs a policy even if the resource names it or everybody; keys and roles are no exception.

    https://docs.aws.amazon.com/kms/latest/developerguide/key-policy-modifying-external-accounts.html
    """
    request, mine = asked(action, resource), policy(allow(action, resource))
    theirs = policy(allow(action, resource, Principal=principal))
    assert [False, False, True] == [
        decided(request, **given)
        for given in ({"resource": theirs}, {"identity": [mine]}, {"identity": [mine], "resource": theirs})
    ]


def test_carlos_saves_a_file_in_another_account() -> None:
    """AWS's example: the bucket of production lets his role in and his role has a policy for it, not for its logs.

    https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_evaluation-logic-cross-account.html
    """
    demo, production = "arn:aws:iam::111111111111:role/Demo", "arn:aws:s3:::amzn-s3-demo-bucket-production"
    mine = policy(
        allow("s3:*Object*", f"{production}/*"),
        {"Effect": "Deny", "Action": "s3:*", "Resource": ["arn:aws:s3:::*log*", "arn:aws:s3:::*log*/*"]},
    )
    theirs = policy(allow("s3:PutObject*", f"{production}/*", Principal={"AWS": demo}))
    elsewhere = {"aws:ResourceAccount": "222222222222"}
    put = asked("s3:PutObject", f"{production}/file", elsewhere, demo)
    assert decided(put, identity=[mine], resource=theirs)
    assert not decided(put, resource=theirs)
    assert not decided(put, identity=[mine])
    assert not decided(asked("s3:PutObject", f"{production}-logs/file", elsewhere, demo), identity=[mine])


def test_the_account_of_the_resource_is_part_of_the_context() -> None:
    """It is the one in the ARN, whatever the caller's account is."""
    mine = policy(allow("sqs:*", Condition={"StringEquals": {"aws:ResourceAccount": ACCOUNT}}))
    told = {"aws:ResourceAccount": ACCOUNT}
    own, other = (asked("sqs:SendMessage", f"arn:aws:sqs:eu-west-1:{each}:q", told) for each in (ACCOUNT, OTHER))
    everybody = policy(allow("sqs:*", Principal="*"))
    assert decided(own, identity=[mine], resource=everybody)
    assert not decided(other, identity=[mine], resource=everybody)


@pytest.mark.parametrize(
    ("action", "resource"),
    [("kms:ListKeys", "*"), ("kms:CreateKey", "*"), ("iam:GetPolicy", "arn:aws:iam::aws:policy/ReadOnlyAccess")],
)
def test_a_resource_without_policy_is_left_to_the_role(action: str, resource: str) -> None:
    """Actions of KMS on no key, and AWS's managed policies, which are in no customer's account."""
    assert decided(asked(action, resource), identity=[policy(allow(action, resource))])
    assert not decided(asked(action, resource))


def test_a_service_has_the_grants_of_resources() -> None:
    """SNS may send to a queue on behalf of one topic, and EventBridge may not.

    https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements_condition_operators.html#Conditions_ARN
    """
    topic, queue = f"arn:aws:sns:us-east-1:{ACCOUNT}:topic", f"arn:aws:sqs:us-east-1:{ACCOUNT}:queue"
    granting = policy(
        allow(
            "SQS:SendMessage",
            queue,
            Principal={"Service": "sns.amazonaws.com"},
            Condition={"ArnEquals": {"aws:SourceArn": topic}},
        )
    )
    for principal, source, allowed in (
        ("sns.amazonaws.com", topic, True),
        ("sns.amazonaws.com", f"{topic}2", False),
        ("events.amazonaws.com", topic, False),
    ):
        request = asked("sqs:SendMessage", queue, {"aws:SourceArn": source}, principal)
        assert allowed == decided(request, resource=granting)


def test_a_role_is_assumed_by_the_principals_of_its_trust_policy() -> None:
    """A trust policy has no resource, and alone decides who gets the role."""
    trust = policy(
        {"Effect": "Allow", "Principal": {"Service": ["codebuild.amazonaws.com"]}, "Action": "sts:AssumeRole"}
    )
    assert decided(asked("sts:AssumeRole", ROLE, principal="codebuild.amazonaws.com"), resource=trust)
    assert not decided(asked("sts:AssumeRole", ROLE, principal="lambda.amazonaws.com"), resource=trust)
    other = asked("sts:AssumeRole", ROLE, principal=f"{ROLE}-2")
    assert not decided(other, resource=trust, identity=[policy(allow("sts:AssumeRole"))])


def test_an_endpoint_limits_every_caller_that_uses_it() -> None:
    """An endpoint's policy limits every caller that uses it, whatever the role may do elsewhere."""
    role = policy(allow("s3:*"))
    endpoint = policy(allow("s3:GetObject", f"{BUCKET}/*", Principal="*", Sid="Get"), name="S3Endpoint")
    assert "S3Endpoint/Get" in decide(GET, Policies(identity=[role], endpoint=endpoint)).by
    put = decide(asked("s3:PutObject", f"{BUCKET}/x"), Policies(identity=[role], endpoint=endpoint))
    assert f"S3Endpoint does not let s3:PutObject on {BUCKET}/x through" == put.reason
    assert not decided(GET, endpoint=endpoint)


@pytest.mark.parametrize(
    ("key", "value"),
    [
        ("aws:PrincipalArn", ROLE),
        ("aws:PrincipalAccount", ACCOUNT),
        ("AWS:principalisawsservice", "false"),
    ],
)
def test_the_principal_is_part_of_the_context(key: str, value: str) -> None:
    """Conditions know the principal without further keys. Keys are not case-sensitive."""
    for told, allowed in ((value, True), ("another", False)):
        assert allowed == decided(GET, identity=[policy(allow("s3:*", Condition={"StringEquals": {key: told}}))])


def test_a_service_is_recognized_as_one() -> None:
    """A service that acts for itself is distinguished from a role."""
    to_services = {"Bool": {"aws:PrincipalIsAWSService": "true"}}
    own = policy(allow("s3:*", Principal="*", Condition=to_services))
    assert decided(asked("s3:GetObject", f"{BUCKET}/x", principal="logging.s3.amazonaws.com"), resource=own)
    assert not decided(GET, resource=own)


def test_not_action_and_not_resource_mean_all_others() -> None:
    """NotAction means every other action, NotResource every other resource."""
    but = policy({"Effect": "Allow", "NotAction": ["iam:*"], "NotResource": f"{BUCKET}/secret"})
    assert decided(GET, identity=[but])
    assert not decided(asked("iam:PassRole", ROLE), identity=[but])
    assert not decided(asked("s3:GetObject", f"{BUCKET}/secret"), identity=[but])


def test_not_principal_is_not_guessed() -> None:
    """NotPrincipal behaves in ways of its own: it is refused, not evaluated."""
    with pytest.raises(UnsupportedError, match="NotPrincipal"):
        decided(GET, resource=policy({"Effect": "Deny", "NotPrincipal": "*", "Action": "*", "Resource": "*"}))


def test_a_policy_may_have_one_statement_without_a_list() -> None:
    """A single statement needs no list. Without a Sid it is identified by its number."""
    assert ("One/1",) == decide(GET, Policies(identity=[Policy("One", {"Statement": allow("s3:*")})])).by


# Properties

ACTIONS = st.sampled_from(["s3:GetObject", "s3:PutObject", "kms:Decrypt", "sqs:SendMessage"])
PATTERNS = st.sampled_from(["s3:GetObject", "S3:get*", "s3:*", "kms:*", "*", "sqs:SendMessage"])
RESOURCES = st.sampled_from([f"{BUCKET}/x", f"{BUCKET}/y", KEY, f"arn:aws:sqs:eu-west-1:{ACCOUNT}:orders"])
RESOURCE_PATTERNS = st.sampled_from(["*", f"{BUCKET}/*", f"{BUCKET}/x", KEY, "arn:aws:*:*:*:*"])
CONDITIONS = st.sampled_from(
    [{}, {"Condition": {"Bool": {"aws:SecureTransport": "true"}}}, {"Condition": {"StringLike": {"team": "a*"}}}]
)
CONTEXTS = st.fixed_dictionaries(
    {}, optional={"aws:SecureTransport": st.sampled_from(["true", "false"]), "team": st.sampled_from(["a", "b"])}
)
PRINCIPALS = st.sampled_from(["*", {"AWS": ROLE}, {"AWS": ROOT}, {"Service": "events.amazonaws.com"}])


def statements(
    effects: tuple[str, ...] = ("Allow", "Deny"), *, principal: bool = False
) -> st.SearchStrategy[Statement]:
    """Statements of all shapes."""
    parts: dict[str, st.SearchStrategy[Any]] = {
        "Effect": st.sampled_from(effects),
        "Action": PATTERNS,
        "Resource": RESOURCE_PATTERNS,
    }
    parts |= {"Principal": PRINCIPALS} if principal else {}
    return st.builds(lambda fixed, condition: {**fixed, **condition}, st.fixed_dictionaries(parts), CONDITIONS)


def policy_of(**more: Any) -> st.SearchStrategy[Policy]:
    """Policies with up to four statements."""
    return st.lists(statements(**more), max_size=4).map(lambda each: policy(*each))


REQUESTS = st.builds(
    lambda action, resources, context: Request(
        principal=ROLE, action=action, resources=tuple(resources), context=context
    ),
    ACTIONS,
    st.lists(RESOURCES, min_size=1, max_size=2),
    CONTEXTS,
)
POLICIES = st.builds(
    Policies,
    identity=st.lists(policy_of(), max_size=2),
    boundary=st.none() | policy_of(),
    resource=st.none() | policy_of(principal=True),
    endpoint=st.none() | policy_of(principal=True),
)


def with_statement(policies: Policies, statement: Statement) -> Policies:
    """The policies, and one more statement of the identity."""
    return Policies(
        identity=[*policies.identity, policy(statement, name="More")],
        boundary=policies.boundary,
        resource=policies.resource,
        endpoint=policies.endpoint,
    )


@given(REQUESTS, POLICIES, statements(("Allow",)))
def test_another_allow_refuses_nothing(request_: Request, policies: Policies, more: Statement) -> None:
    """An allowed request stays allowed when the role is allowed more."""
    if decide(request_, policies).allowed:
        assert decide(request_, with_statement(policies, more)).allowed


@given(REQUESTS, POLICIES, statements(("Deny",)))
def test_another_deny_allows_nothing(request_: Request, policies: Policies, more: Statement) -> None:
    """A refused request stays refused when the role is denied more."""
    if not decide(request_, policies).allowed:
        assert not decide(request_, with_statement(policies, more)).allowed


@given(REQUESTS, POLICIES, st.sampled_from(["identity", "boundary", "resource", "endpoint"]))
def test_a_deny_wins_in_any_policy(request_: Request, policies: Policies, where: str) -> None:
    """One statement that denies is enough, in any of the policies, and the decision names it."""
    no = policy({"Sid": "No", "Effect": "Deny", "Principal": "*", "Action": "*", "Resource": "*"}, name="Deny")
    parts = {name: getattr(policies, name) for name in ("identity", "boundary", "resource", "endpoint")}
    decision = decide(request_, Policies(**parts | {where: [no] if where == "identity" else no}))
    assert not decision.allowed
    assert "Deny/No" in decision.by


@given(REQUESTS, st.lists(statements(), max_size=6), st.randoms(use_true_random=False), st.integers(0, 6))
def test_order_does_not_matter(request_: Request, parts: list[Statement], random: Any, cut: int) -> None:
    """Statements decide the same in any order, in one policy or in two."""
    shuffled = copy.deepcopy(parts)
    random.shuffle(shuffled)
    one = decided(request_, identity=[policy(*parts)], resource=DEFAULT_KEY_POLICY)
    two = decided(request_, identity=[policy(*shuffled[:cut]), policy(*shuffled[cut:])], resource=DEFAULT_KEY_POLICY)
    assert one == two


@given(REQUESTS, POLICIES)
def test_a_limit_only_removes_permissions(request_: Request, policies: Policies) -> None:
    """A request that is allowed under a boundary and through an endpoint is allowed without them."""
    free = Policies(identity=policies.identity, resource=policies.resource)
    assert decide(request_, free).allowed or not decide(request_, policies).allowed


@given(REQUESTS, POLICIES)
def test_every_resource_must_be_allowed(request_: Request, policies: Policies) -> None:
    """A request on several resources is allowed exactly when it is allowed on each."""
    each = [
        decide(Request(principal=ROLE, action=request_.action, resources=(arn,), context=request_.context), policies)
        for arn in request_.resources
    ]
    assert all(decision.allowed for decision in each) == decide(request_, policies).allowed


@given(REQUESTS, POLICIES, st.sampled_from([str.lower, str.upper, str.swapcase]))
def test_the_case_of_an_action_does_not_matter(request_: Request, policies: Policies, change: Any) -> None:
    """A request and the same one in other letters are decided the same."""
    other = Request(
        principal=ROLE,
        action=change(request_.action),
        resources=request_.resources,
        context=request_.context,
    )
    assert decide(request_, policies).allowed == decide(other, policies).allowed


@given(REQUESTS, POLICIES)
def test_a_decision_names_the_statements_that_decided(request_: Request, policies: Policies) -> None:
    """An allowed request names statements, a refused one says why."""
    decision = decide(request_, policies)
    assert bool(decision.by) if decision.allowed else decision.reason != "allowed"
