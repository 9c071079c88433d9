"""Promises about a repository of packages: its publisher, and packages from public registries."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from generator.authorization.decisions import Request
from generator.listed import listed
from tests.playing import alone, standing
from tests.playing_images import ANYTHING
from tests.playing_packages import CHANGES, READ, package_in, publishing
from tests.rendered import Rendered, resources
from tests.variants import variants, with_conditions

REPOSITORY = "AWS::CodeArtifact::Repository"
ADMINISTRATOR = "arn:aws:iam::111122223333:role/administrator"
OTHER = "arn:aws:iam::111122223333:role/somebody"
# Permissions that a publisher does not need: to delete, to change policies, to make repositories.
MORE = ("codeartifact:CreateRepository", "codeartifact:DeletePackageVersions", "codeartifact:DeleteRepository")
COPY = "codeartifact:CopyPackageVersions"


@with_conditions
def one_role_publishes(template: Rendered) -> Iterator[str]:
    """Only the role that is named publishes, and only to the repository: even an administrator is refused.

    An administrator reads packages, and removes a version that is bad.
    """
    for variant, stack in variants(template):
        publisher = stack.parameters.get("PublisherRoleArn", "")
        policies = standing(alone(stack))
        powerful = replace(policies, identity=dict.fromkeys((ADMINISTRATOR, publisher), (ANYTHING,)))
        for title, _ in stack.resources(REPOSITORY):
            package, repository = package_in(stack, title), stack.arn(title)
            for action in (*CHANGES, COPY):
                asked = Request(principal=ADMINISTRATOR, action=action, resources=(package,))
                if powerful.decide(asked).allowed:
                    yield f"{variant}: any role may {action} in {title}"
            for action, arn in ((READ, repository), ("codeartifact:DeletePackageVersions", package)):
                if not powerful.decide(Request(principal=ADMINISTRATOR, action=action, resources=(arn,))).allowed:
                    yield f"{variant}: an administrator may not {action} in {title}"
            for request in publishing(stack, publisher, title) if publisher else ():
                others = [replace(request, principal=OTHER)]
                others += [replace(request, action=each) for each in MORE]
                others += [request] if title != "Packages" and request.action in CHANGES else []
                for other in others:
                    if policies.decide(other).allowed:
                        yield f"{variant}: {other.principal} may {other.action} on {other.resources[0]}"


@with_conditions
def policies_name_what_they_are_for(template: Rendered) -> Iterator[str]:
    """Each policy is about its domain, its repository, or the packages of that: by ARN."""
    for variant, stack in variants(template):
        for title, properties in stack.resources("AWS::CodeArtifact::Domain", REPOSITORY):
            own = {stack.arn(title)}
            if title != "Domain":
                own.add(f"{stack.arn(title).replace(':repository/', ':package/')}/*")
            for statement in properties.get("PermissionsPolicyDocument", {}).get("Statement", ()):
                if statement["Effect"] == "Allow" and not {*listed(statement["Resource"])} <= own:
                    yield f"{variant}: {title}/{statement['Sid']} is about {statement['Resource']}, not {sorted(own)}"


@with_conditions
def public_packages_come_by_choice(template: Rendered) -> Iterator[str]:
    """Each public registry has a repository of its own, which exists by choice and is an upstream of the other one.

    A repository takes one connection: https://docs.aws.amazon.com/codeartifact/latest/ug/external-connection.html
    """
    if not any(True for _ in resources(template, "AWS::CodeArtifact::Domain")):
        return
    for variant, stack in variants(template):
        made = dict(stack.resources(REPOSITORY))
        connected = {each["RepositoryName"] for each in made.values() if each.get("ExternalConnections")}
        upstreams = {name for each in made.values() for name in each.get("Upstreams", ())}
        wanted = [name for name, value in stack.parameters.items() if name.startswith("Public") and value == "yes"]
        if connected != upstreams or len(connected) != len(wanted):
            yield f"{variant}: {sorted(connected)} copy public registries, {sorted(upstreams)} are read from"
        for title, each in made.items():
            if len(each.get("ExternalConnections", ())) > 1:
                yield f"{variant}: {title} has several connections"
