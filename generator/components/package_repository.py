"""A repository of packages in CodeArtifact: its domain, its public upstreams, and its publisher."""

from __future__ import annotations

from typing import NamedTuple

from awacs import codeartifact
from awacs.aws import Allow, Condition, Deny, StringNotEquals
from troposphere import Equals, GetAtt, If, NoValue, Ref, Sub, Template
from troposphere.codeartifact import Domain, Repository

from generator.components.encryption import Key
from generator.model.arn import arn
from generator.model.outputs import add_output
from generator.model.parameters import add_choice, add_condition, add_parameter, is_given

GROUP = "Packages"
HAS_PUBLISHER = "HasPublisher"
PUBLIC = "Public registries"
# The console calls the repositories of public registries so, and uses one that exists.
# https://docs.aws.amazon.com/codeartifact/latest/ug/external-connection.html
STORES = {"Npm": ("npm", "npm-store", "public:npmjs"), "Pypi": ("PyPI", "pypi-store", "public:pypi")}
STORES |= {"Maven": ("Maven Central", "maven-central-store", "public:maven-central")}
# Package managers of three formats read below these addresses.
# https://docs.aws.amazon.com/codeartifact/latest/ug/python-configure-without-pip.html
# https://docs.aws.amazon.com/codeartifact/latest/ug/npm-auth.html
# https://docs.aws.amazon.com/codeartifact/latest/ug/maven-mvn.html
ADDRESSES = {"PythonIndex": "pypi/{}/simple/", "NpmRegistry": "npm/{}/", "MavenRepository": "maven/{}/"}
# The actions that change packages of a repository. Identity policies can still allow to delete or dispose of versions.
# https://docs.aws.amazon.com/codeartifact/latest/ug/repo-policies.html
PUBLISH = [codeartifact.PublishPackageVersion, codeartifact.PutPackageMetadata]


class PackageNames(NamedTuple):
    """The names of the domain and of the repository."""

    domain: Ref
    repository: Ref


def add_package_repository(template: Template, names: PackageNames, key: Key) -> None:
    """The domain and the repository. They outlive their stack, because published packages have no other copy.

    The key of a domain and the names are chosen once: CodeArtifact changes none of them.
    """
    publisher = _add_publisher(template)
    domain = Domain(
        "Domain",
        DomainName=names.domain,
        EncryptionKey=key.arn,
        PermissionsPolicyDocument=_domain_policy(publisher),
        DeletionPolicy="RetainExceptOnCreate",
        UpdateReplacePolicy="Retain",
    )
    template.add_resource(domain)
    stores = [_add_store(template, title, domain) for title in STORES]
    repository = Repository(
        "Packages",
        DomainName=GetAtt(domain, "Name"),
        RepositoryName=names.repository,
        Description="Packages for image builds",
        Upstreams=stores,
        PermissionsPolicyDocument=If(HAS_PUBLISHER, _repository_policy(publisher), NoValue),
        DeletionPolicy="RetainExceptOnCreate",
        UpdateReplacePolicy="Retain",
    )
    template.add_resource(repository)
    _add_outputs(template)


def add_package_names(template: Template) -> PackageNames:
    """The parameters that name the domain and the repository."""
    domain = add_parameter(
        template,
        "DomainName",
        group=GROUP,
        label="Domain",
        description="Name of the domain to create. It is public: it becomes part of a host name.",
        AllowedPattern="^[a-z][a-z0-9-]{0,48}[a-z0-9]$",
        MaxLength=50,
        ConstraintDescription="Enter up to 50 lower-case letters, digits and hyphens, a letter first, such as example.",
    )
    stores = "|".join(store for _, store, _ in STORES.values())
    repository = add_parameter(
        template,
        "PackageRepository",
        group=GROUP,
        label="Repository",
        description="Name of the repository to create in the domain. Builds read it.",
        Default="packages",
        AllowedPattern=rf"^(?!({stores})$)[A-Za-z0-9][A-Za-z0-9._-]{{1,99}}$",
        MaxLength=100,
        ConstraintDescription="Enter up to 100 letters, digits, dots, underscores and hyphens, such as packages. "
        "npm-store, pypi-store and maven-central-store are reserved for copies of public registries.",
    )
    return PackageNames(domain, repository)


def _add_publisher(template: Template) -> Ref:
    publisher = add_parameter(
        template,
        "PublisherRoleArn",
        group=GROUP,
        label="Role that publishes",
        description="ARN of the IAM role of this account that may publish packages. Empty: nobody publishes.",
        Default="",
        AllowedPattern=r"^(arn:[a-z-]+:iam::[0-9]{12}:role/[\w+=,.@/-]{1,512})?$",
        ConstraintDescription="Enter the ARN of a role, such as arn:aws:iam::123456789012:role/publish, or leave it "
        "empty.",
    )
    add_condition(template, HAS_PUBLISHER, is_given(publisher))
    return publisher


def _add_store(template: Template, title: str, domain: Domain) -> If:
    """The repository that copies packages of a public registry, if requested: its name as an upstream.

    Each repository can have one connection to a public registry, and a domain needs one copy of each.
    https://docs.aws.amazon.com/codeartifact/latest/ug/external-connection.html
    """
    registry, name, connection = STORES[title]
    chosen = add_choice(
        template,
        f"Public{title}",
        group=PUBLIC,
        label=registry,
        description=f"yes: the repository fetches missing packages from {registry}, and keeps them.",
        choices=("no", "yes"),
    )
    wanted = add_condition(template, f"HasPublic{title}", Equals(chosen, "yes"))
    store = Repository(
        f"{title}Store",
        Condition=wanted,
        DomainName=GetAtt(domain, "Name"),
        RepositoryName=name,
        Description=f"Copies of packages from {registry}",
        ExternalConnections=[connection],
    )
    template.add_resource(store)
    return If(wanted, GetAtt(store, "Name"), NoValue)


def _domain_policy(publisher: Ref) -> dict[str, object]:
    """Only one role publishes, in every repository of the domain, now and later. Reading is left to identity policies.

    A principal that may set the policy of the domain can still publish. CodeArtifact evaluates the policy of a domain
    for its repositories and packages as well.
    https://docs.aws.amazon.com/codeartifact/latest/ug/domain-policies.html
    """
    others = {
        "Sid": "RefuseOtherPublishers",
        "Effect": Deny,
        "Principal": "*",
        "Action": [codeartifact.CopyPackageVersions, *PUBLISH],
        "Resource": "*",
        # No principal is called none: without a publisher, everybody is refused.
        "Condition": Condition(StringNotEquals({"aws:PrincipalArn": If(HAS_PUBLISHER, publisher, "none")})),
    }
    # The token also needs sts:GetServiceBearerToken, which only a policy of the role itself can allow.
    # https://docs.aws.amazon.com/codeartifact/latest/ug/tokens-authentication.html
    token = {
        "Sid": "PublisherToken",
        "Effect": Allow,
        "Principal": {"AWS": publisher},
        "Action": [codeartifact.GetAuthorizationToken],
        "Resource": arn("codeartifact", "domain/${DomainName}"),
    }
    return {"Version": "2012-10-17", "Statement": [others, If(HAS_PUBLISHER, token, NoValue)]}


def _repository_policy(publisher: Ref) -> dict[str, object]:
    """The publisher publishes to this repository alone.

    It also reads it, because package managers look for existing versions.
    """
    return {
        "Version": "2012-10-17",
        "Statement": [
            {
                "Sid": sid,
                "Effect": Allow,
                "Principal": {"AWS": publisher},
                "Action": actions,
                "Resource": arn("codeartifact", f"{kind}/${{DomainName}}/${{PackageRepository}}{rest}"),
            }
            for sid, actions, kind, rest in (
                ("Publish", PUBLISH, "package", "/*"),
                ("Read", [codeartifact.ReadFromRepository], "repository", ""),
            )
        ],
    }


def _add_outputs(template: Template) -> None:
    add_output(
        template,
        "CodeArtifact",
        Sub("${Domain.Name}/${Packages.Name}"),
        "Domain and repository, for CodeArtifact of an image build",
    )
    host = "https://${Domain.Name}-${AWS::AccountId}.d.codeartifact.${AWS::Region}.${AWS::URLSuffix}/"
    for name, path in ADDRESSES.items():
        add_output(
            template, name, Sub(host + path.format("${Packages.Name}")), "Address of the repository for a Dockerfile"
        )
