"""Promises about images that are replicated between accounts: who may send them, and which ones are sent."""

from __future__ import annotations

from collections.abc import Iterator

from generator.authorization.decisions import Policies, Policy, Request, decide
from generator.cloudformation.offline_stack import Location, OfflineStack
from tests.rendered import Rendered, listed
from tests.samples import sample
from tests.variants import with_conditions

# ECR replicates with this role of the account of the source.
# https://docs.aws.amazon.com/AmazonECR/latest/userguide/slr-rep.html
SENDER = "role/aws-service-role/replication.ecr.amazonaws.com/AWSServiceRoleForECRReplication"
NAMED, FOREIGN = ("444455556666", "555566667777"), "999999999999"
REPLICATE = ("ecr:CreateRepository", "ecr:ReplicateImage")
SENDS_ALL = Policy("sender", {"Statement": [{"Effect": "Allow", "Action": "ecr:*", "Resource": "*"}]})
CREATION_TEMPLATE = "AWS::ECR::RepositoryCreationTemplate"
PREFIXES = ("team/", "base/images/", "x/")


def _parameters(template: Rendered, **given: str) -> dict[str, str]:
    return {**sample(template, "a"), **given}


@with_conditions
def those_that_are_named_replicate(template: Rendered) -> Iterator[str]:
    """The policy of a registry allows each named account, below each named prefix, and nothing else.

    Other accounts, other repositories, other actions and other regions are refused.
    """
    if not {"ReplicatingAccountIds", "RepositoryPrefixes"} <= {*template.get("Parameters", {})}:
        return
    for number in (1, len(NAMED)):
        accounts, prefixes = NAMED[:number], PREFIXES[: 2 * number - 1]
        given = {"ReplicatingAccountIds": ",".join(accounts), "RepositoryPrefixes": ",".join(prefixes)}
        stack = OfflineStack(template=template, name="a-stack", parameters=_parameters(template, **given))
        for elsewhere in (stack.place._replace(account=FOREIGN), stack.place._replace(region="xx-other-9")):
            if _may(stack, accounts[0], REPLICATE[1], f"{prefixes[0]}orders", elsewhere):
                yield f"the policy is also about {elsewhere}"
        for account in (*NAMED, FOREIGN):
            for repository in (*(f"{prefix}orders" for prefix in PREFIXES), "teamwork/orders", "orders"):
                for action in (*REPLICATE, "ecr:PutImage", "ecr:BatchGetImage", "ecr:DeleteRepository"):
                    is_meant = account in accounts and repository.startswith(prefixes) and action in REPLICATE
                    if _may(stack, account, action, repository, stack.place) is not is_meant:
                        yield f"{account} may {'not ' if is_meant else ''}{action} on {repository} with {given}"


@with_conditions
def repositories_are_made_below_the_prefixes(template: Rendered) -> Iterator[str]:
    """The role of a creation template makes repositories below exactly the prefixes that are named, and fills them."""
    if all(each["Type"] != CREATION_TEMPLATE for each in template["Resources"].values()):
        return
    for number in range(1, len(PREFIXES) + 1):
        given = {"RepositoryPrefixes": ",".join(PREFIXES[:number])}
        stack = OfflineStack(template=template, name="a-stack", parameters=_parameters(template, **given))
        place = stack.place
        below = f"arn:{place.partition}:ecr:{place.region}:{place.account}:repository/"
        allowed = [
            (resource, tuple(listed(statement["Action"])))
            for _, role in stack.resources("AWS::IAM::Role")
            for policy in role.get("Policies", ())
            for statement in policy["PolicyDocument"]["Statement"]
            for resource in listed(statement["Resource"])
            if "ecr:" in str(statement["Action"])
        ]
        if allowed != [(f"{below}{prefix}*", REPLICATE) for prefix in PREFIXES[:number]]:
            yield f"with {given} the role may {allowed}"


def _may(stack: OfflineStack, account: str, action: str, repository: str, place: Location) -> bool:
    """Whether an account may do something to a repository of a registry."""
    request = Request(
        principal=f"arn:{place.partition}:iam::{account}:{SENDER}",
        action=action,
        resources=(f"arn:{place.partition}:ecr:{place.region}:{place.account}:repository/{repository}",),
    )
    [document] = [each["PolicyText"] for _, each in stack.resources("AWS::ECR::RegistryPolicy")]
    return decide(request, Policies(identity=(SENDS_ALL,), resource=Policy("registry", document))).allowed


@with_conditions
def replicas_go_to_exactly_the_named_destinations(template: Rendered) -> Iterator[str]:
    """A registry replicates to exactly the named destinations, below exactly the named prefixes.

    Deletions are not replicated, because a lifecycle rule of one registry would delete a running image in another.
    """
    if not {"Destinations", "RepositoryPrefixes"} <= {*template.get("Parameters", {})}:
        return
    places = [(f"{number}11122223333", region) for number, region in enumerate(("eu-west-1", "us-gov-west-1") * 3)]
    for number in range(1, len(places) + 1):
        prefixes = PREFIXES[: (number + 1) // 2]
        given = {
            "Destinations": ",".join(f"{account}/{region}" for account, region in places[:number]),
            "RepositoryPrefixes": ",".join(prefixes),
        }
        stack = OfflineStack(template=template, name="a-stack", parameters=_parameters(template, **given))
        rules = [
            rule
            for _, each in stack.resources("AWS::ECR::ReplicationConfiguration")
            for rule in each["ReplicationConfiguration"]["Rules"]
        ]
        expected = {
            "Destinations": [{"Region": region, "RegistryId": account} for account, region in places[:number]],
            "RepositoryFilters": [{"Filter": prefix, "FilterType": "PREFIX_MATCH"} for prefix in prefixes],
        }
        if rules != [expected]:
            yield f"with {given} the registry replicates {rules}"


def creation_templates_are_for_replicas(template: Rendered) -> Iterator[str]:
    """A creation template applies to replication alone, with a role: it changes no repository of another origin."""
    for name, resource in template["Resources"].items():
        properties = resource.get("Properties", {})
        if resource["Type"] == CREATION_TEMPLATE:
            if properties.get("AppliedFor") != ["REPLICATION"]:
                yield f"{name} applies to {properties.get('AppliedFor')}"
            if properties.get("Prefix") != "ROOT" or "CustomRoleArn" not in properties:
                yield f"{name} is not for every repository, or has no role: a key needs one"
