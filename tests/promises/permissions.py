"""Promises about permissions."""

from __future__ import annotations

import itertools
import json
import re
from collections import defaultdict
from collections.abc import Iterator

from generator.model.parameters import EACH_ONCE
from tests.rendered import Rendered, listed, resources, statements
from tests.service_reference import has_no_narrower_resource
from tests.stacked import deployed, imported, imports, value_of_import
from tests.variants import needed, with_conditions

ROOT = {"AWS": {"Fn::Sub": "arn:${AWS::Partition}:iam::${AWS::AccountId}:root"}}
# The actions of a pull. https://docs.aws.amazon.com/AmazonECR/latest/userguide/repository-policy-examples.html
PULL = {"ecr:BatchCheckLayerAvailability", "ecr:BatchGetImage", "ecr:GetDownloadUrlForLayer"}
GITHUB = "token.actions.githubusercontent.com"
# A resource that is everything, or everything of a service.
EVERYTHING = re.compile(r'"(\*|arn:[^:"]*:[^:"]*:[^:"]*:[^:"]*:\*|arn:\*|arn:[^:"]*:\*[^"]*)"')
# Services of which no AWS page says that they send aws:SourceArn when they assume a role.
SENDS_NO_SOURCE_ARN = {f"{each}.amazonaws.com" for each in ("chatbot", "codepipeline", "ecr", "lambda")}
# https://docs.aws.amazon.com/dtconsole/latest/userguide/troubleshooting.html#troubleshooting-no-SNS
SENDS_ITS_ACCOUNT_ALONE = {"codestar-notifications.amazonaws.com"}


def no_wildcard_in_an_allowed_action(template: Rendered) -> Iterator[str]:
    """No statement allows `service:*` or `service:Get*`, except AWS's default statement in a key policy.

    https://docs.aws.amazon.com/kms/latest/developerguide/key-policy-default.html
    """
    for where, kind, statement in statements(template):
        if statement["Effect"] == "Allow" and not (kind == "KeyPolicy" and statement["Principal"] == ROOT):
            for action in listed(statement.get("Action", "NotAction*")):
                if "*" in action:
                    yield f"{where} allows {action}"


@with_conditions
def statements_have_no_fallback_resource(template: Rendered) -> Iterator[str]:
    """The conditional resource of a statement is the stack's own if that is created, otherwise the given one.

    Without either, there is no statement: a fallback to something else would be a real permission.
    """
    for where, _, statement in statements(template):
        for resource in listed(statement.get("Resource", [])):
            if not isinstance(resource, dict) or "Fn::If" not in resource:
                continue
            condition, own, given = resource["Fn::If"]
            made = template["Resources"].get(listed(own.get("Fn::GetAtt", ""))[0], {}).get("Condition")
            if made != condition or given.get("Ref") not in template["Parameters"]:
                fallback = json.dumps(resource["Fn::If"][2])
                yield f"{where} falls back to {fallback}: leave the statement out if nothing is given"


def every_resource_only_where_there_is_no_narrower_one(template: Rendered) -> Iterator[str]:
    """A `*` resource is for actions that have no narrower one. In the policy of a key or a repository `*` is it alone.

    The endpoint of S3 may be open for every bucket of this account: a bucket's ARN names no account, so a key does.
    https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_condition-keys.html#condition-keys-resourceaccount
    """
    itself = ("KeyPolicy", "AssumeRolePolicyDocument", "RepositoryPolicyText")
    for where, kind, statement in statements(template):
        granting = statement["Effect"] == "Allow" and kind not in itself
        resource = re.sub(r"\$\{[^}]*\}", "_", json.dumps(statement.get("Resource", "*")))
        if granting and EVERYTHING.search(resource):
            for action in set(listed(statement.get("Action", "*"))):
                if has_no_narrower_resource(action):
                    continue
                if action.startswith("s3:") and _is_endpoint_of_this_account(template, where, statement):
                    continue
                yield f"{where} allows {action} on every resource"


def statements_say_what_they_mean(template: Rendered) -> Iterator[str]:
    """No statement is defined by exclusion: no NotAction, NotResource, NotPrincipal."""
    for where, _, statement in statements(template):
        for word in sorted({"NotAction", "NotResource", "NotPrincipal"} & statement.keys()):
            yield f"{where} says {word}"


def resources_allow_services_for_this_account_only(template: Rendered) -> Iterator[str]:
    """A bucket, topic or queue allows services only for a source of this account."""
    for name, resource in template["Resources"].items():
        if resource["Type"] in ("AWS::S3::BucketPolicy", "AWS::SNS::TopicPolicy", "AWS::SQS::QueuePolicy"):
            for statement in resource["Properties"]["PolicyDocument"]["Statement"]:
                condition = json.dumps(statement.get("Condition", {}))
                principal = statement["Principal"]
                alone = isinstance(principal, dict) and principal.get("Service") in SENDS_ITS_ACCOUNT_ALONE
                source = "SourceAccount" if alone else "SourceArn"
                if statement["Effect"] == "Allow" and not ("Service" in principal and f"aws:{source}" in condition):
                    yield f"{name}/{statement.get('Sid')} lets in others"


def alarms_are_of_this_account(template: Rendered) -> Iterator[str]:
    """Alarms have permissions only for this account, by both keys that CloudWatch sends.

    https://docs.aws.amazon.com/sns/latest/dg/sns-key-management.html#compatibility-with-aws-services
    """
    for where, _, statement in statements(template):
        if statement.get("Principal") == {"Service": "cloudwatch.amazonaws.com"}:
            condition = statement.get("Condition", {})
            if condition.get("StringEquals", {}).get("aws:SourceAccount") != {"Ref": "AWS::AccountId"}:
                yield f"{where} names no account"
            if "${AWS::AccountId}:alarm:" not in json.dumps(condition.get("ArnLike", {}).get("aws:SourceArn", "")):
                yield f"{where} names no alarms"


def topics_have_a_policy_of_their_own(template: Rendered) -> Iterator[str]:
    """The policy of a topic takes the place of SNS's default one, and is about publishing to that topic alone.

    https://docs.aws.amazon.com/sns/latest/dg/sns-security-best-practices.html
    """
    policies = [policy for _, policy in resources(template, "AWS::SNS::TopicPolicy")]
    for name, _ in resources(template, "AWS::SNS::Topic"):
        own = [policy["PolicyDocument"]["Statement"] for policy in policies if policy["Topics"] == [{"Ref": name}]]
        if len(own) != 1 or not own[0]:
            yield f"{name} has SNS's default policy"
        for statement in itertools.chain.from_iterable(own):
            if statement["Action"] != ["sns:Publish"] or statement["Resource"] != [{"Ref": name}]:
                yield f"{name} has {statement.get('Sid')} for something else"
            if statement["Effect"] == "Deny" and statement["Condition"] != {"Bool": {"aws:SecureTransport": "false"}}:
                yield f"{name} refuses {statement['Condition']}"


def queues_refuse_plain_http(template: Rendered) -> Iterator[str]:
    """The policy of each queue refuses every request to send, receive or delete without TLS.

    https://docs.aws.amazon.com/AWSSimpleQueueService/latest/SQSDeveloperGuide/sqs-security-best-practices.html
    """
    policies = [policy for _, policy in resources(template, "AWS::SQS::QueuePolicy")]
    for name, _ in resources(template, "AWS::SQS::Queue"):
        refused = {
            action
            for policy in policies
            if {"Ref": name} in policy["Queues"]
            for statement in policy["PolicyDocument"]["Statement"]
            if (statement["Effect"], statement["Principal"]) == ("Deny", "*")
            and statement.get("Condition") == {"Bool": {"aws:SecureTransport": "false"}}
            and listed(statement["Resource"]) == [{"Fn::GetAtt": [name, "Arn"]}]
            for action in listed(statement["Action"])
        }
        for action in sorted({"sqs:DeleteMessage", "sqs:ReceiveMessage", "sqs:SendMessage"} - refused):
            yield f"{name} does not refuse {action} without TLS"


def repositories_allow_others_only_to_pull(template: Rendered) -> Iterator[str]:
    """A repository's policy allows the named accounts, and services for this account, to pull, and no more."""
    for where, kind, statement in statements(template):
        if kind == "RepositoryPolicyText" and statement["Effect"] == "Allow":
            for action in sorted(set(listed(statement["Action"])) - PULL):
                yield f"{where} allows {action}"
            principal, condition = statement["Principal"], json.dumps(statement.get("Condition", {}))
            named = isinstance(principal, dict) and "Ref" in json.dumps(principal.get("AWS", ""))
            ours = "Service" in principal and "aws:SourceArn" in condition and "${AWS::AccountId}" in condition
            if not named and not ours:
                yield f"{where} lets in {json.dumps(principal)}"


def roles_are_passed_by_name_and_to_a_service(template: Rendered) -> Iterator[str]:
    """iam:PassRole names roles by parameter or by resource, and the service that they may be passed to."""
    for where, _, statement in statements(template):
        if statement["Effect"] == "Allow" and "iam:PassRole" in listed(statement["Action"]):
            if any("*" in json.dumps(resource) for resource in listed(statement["Resource"])):
                yield f"{where} passes any role"
            if "iam:PassedToService" not in json.dumps(statement.get("Condition", {})):
                yield f"{where} passes roles to any service"


def permissions_cover_each_member_of_a_list(template: Rendered) -> Iterator[str]:
    """The permissions on members of a required list, in one statement or several, are on all members in any order."""
    values = needed(template)
    for name, declared in template.get("Parameters", {}).items():
        if EACH_ONCE in declared.get("AllowedPattern", "") and name in values:
            first = values[name].partition(",")[0]
            members = {f"{first}-{number}" for number in (1, 2, 3)}
            covered: dict[tuple[str, str], set[str]] = defaultdict(set)
            stack = deployed(template, "a-stack", {**values, name: ",".join(sorted(members))})
            for title, role in stack.resources("AWS::IAM::Role"):
                for statement in (each for one in role["Policies"] for each in one["PolicyDocument"]["Statement"]):
                    text = json.dumps(statement["Resource"])
                    covered[title, str(statement["Action"])] |= {each for each in members if each in text}
            for (title, action), found in covered.items():
                if found and found != members:
                    yield f"{title} allows {action} on {', '.join(sorted(found))} of {name}, must be on each member"


def trust_names_the_account_and_the_source(template: Rendered) -> Iterator[str]:
    """A service assumes a role only for this account, and only for the resource that the role is for."""
    for where, kind, statement in statements(template):
        if kind == "AssumeRolePolicyDocument" and "Service" in statement["Principal"]:
            condition = json.dumps(statement.get("Condition", {}))
            if '"aws:SourceAccount": {"Ref": "AWS::AccountId"}' not in condition:
                yield f"{where} trusts other accounts' resources"
            if "aws:SourceArn" not in condition and statement["Principal"]["Service"] not in SENDS_NO_SOURCE_ARN:
                yield f"{where} trusts any resource"


def web_identities_are_one_branch_of_one_repository(template: Rendered) -> Iterator[str]:
    """A workflow of GitHub has a token for AWS, for exactly the repository and branch that the user names.

    https://docs.aws.amazon.com/IAM/latest/UserGuide/id_roles_create_for-idp_oidc.html#idp_oidc_Create_GitHub
    """
    wanted = {
        "StringEquals": {
            f"{GITHUB}:aud": "sts.amazonaws.com",
            f"{GITHUB}:sub": {"Fn::Sub": "repo:${GitHubRepository}:ref:refs/heads/${GitHubBranch}"},
        }
    }
    for where, kind, statement in statements(template):
        trusted = statement["Principal"] if kind == "AssumeRolePolicyDocument" else {"Service": ""}
        if "Service" not in trusted and not ("Federated" in trusted and statement.get("Condition") == wanted):
            yield f"{where} trusts others"


def every_role_has_the_permissions_boundary(template: Rendered) -> Iterator[str]:
    """A permissions boundary that is given bounds every role."""
    boundary = {"Fn::If": ["HasPermissionsBoundary", {"Ref": "PermissionsBoundaryArn"}, {"Ref": "AWS::NoValue"}]}
    for name, role in resources(template, "AWS::IAM::Role"):
        if role.get("PermissionsBoundary") != boundary:
            yield f"{name} has no permissions boundary"


def no_managed_policy_of_aws(template: Rendered) -> Iterator[str]:
    """Every permission is written in a published template: AWS's managed policies are broad, and change.

    A role has managed policies of its own stack, and those that stacks export which it imports from.
    """
    known = [{"Ref": name} for name, _ in resources(template, "AWS::IAM::ManagedPolicy")]
    known += [imported(kind, thing) for kind, thing in _policies_of_others(template)]
    for name, role in resources(template, "AWS::IAM::Role"):
        for policy in role.get("ManagedPolicyArns", []):
            if policy not in known:
                yield f"{name} has a managed policy that no published template contains: {json.dumps(policy)}"


def only_events_start_the_pipeline(template: Rendered) -> Iterator[str]:
    """Only the role of the rules may start a run: nothing that runs inside the pipeline can."""
    for name, role in resources(template, "AWS::IAM::Role"):
        trusted = role["AssumeRolePolicyDocument"]["Statement"][0]["Principal"].get("Service")
        if trusted != "events.amazonaws.com" and "codepipeline:StartPipelineExecution" in json.dumps(role):
            yield f"{name} can start a pipeline"
    for name, policy in resources(template, "AWS::IAM::ManagedPolicy"):
        if "codepipeline:StartPipelineExecution" in json.dumps(policy):
            yield f"{name} can start a pipeline"


def policies_fit_into_their_roles(template: Rendered) -> Iterator[str]:
    """The inline policies of a role have less than 10,240 characters, a shared policy less than 6,144.

    https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_iam-quotas.html
    """
    for name, role in resources(template, "AWS::IAM::Role"):
        documents = [json.dumps(policy["PolicyDocument"], separators=(",", ":")) for policy in role.get("Policies", ())]
        if sum(map(len, documents)) >= 10240:
            yield f"{name} has {sum(map(len, documents))} characters of policy"
    for name, policy in resources(template, "AWS::IAM::ManagedPolicy"):
        if (length := len(json.dumps(policy["PolicyDocument"], separators=(",", ":")))) >= 6144:
            yield f"{name} has {length} characters"


def _policies_of_others(template: Rendered) -> Iterator[tuple[str, str]]:
    """The managed policies that the template imports: the kind of the exporting stack, and the export."""
    for each in imports(template):
        exporter, value = value_of_import(template, each.thing)
        policies = [{"Ref": name} for name, _ in resources(exporter, "AWS::IAM::ManagedPolicy")]
        if value in policies:
            yield each.kind, each.thing


def _is_endpoint_of_this_account(template: Rendered, where: str, statement: Rendered) -> bool:
    owner = statement.get("Condition", {}).get("StringEquals", {}).get("aws:ResourceAccount")
    kind = template["Resources"][where.split("/", maxsplit=1)[0]]["Type"]
    return bool(kind == "AWS::EC2::VPCEndpoint" and owner == {"Ref": "AWS::AccountId"})
