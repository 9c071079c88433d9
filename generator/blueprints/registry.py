"""The registry: a repository for a pipeline, managed signing, replication."""

from __future__ import annotations

from collections.abc import Callable

from troposphere import Template

from generator.components.encryption import add_chosen_key
from generator.components.finding_notices import add_finding_notices
from generator.components.github_push import add_github_push_role
from generator.components.lifecycle import add_lifecycle
from generator.components.pull_policy import add_pull_policy
from generator.components.registry_receiving import add_creation_template, add_registry_receiving
from generator.components.registry_scanning import add_registry_scanning
from generator.components.registry_sending import add_registry_sending
from generator.components.replication import add_replication
from generator.components.repository import add_repository
from generator.components.signing import add_managed_signing, add_signing
from generator.components.source import add_repository_name
from generator.components.topic import Audience, add_topic, only_roles_publish
from generator.model.owner import Owner
from generator.model.template import new_template

SCAN_READERS = Audience("Scanning", "E-mail for findings", "findings and failed scans")


def registry() -> Template:
    """A repository: who pushes and pulls, when images expire, and who is notified of scans."""
    template = new_template("Registry for images: an ECR repository whose pushes can start a pipeline")
    name = add_repository_name(template, "Name of the repository to create. Another name creates another repository.")
    key = add_chosen_key(template, Owner("registry"), services=(), encrypts="images and messages")
    repository = add_repository(template, name, key, add_lifecycle(template), add_pull_policy(template))
    add_registry_scanning(template)
    topic = add_topic(template, key, SCAN_READERS, only_roles_publish)
    add_finding_notices(template, repository, topic)
    add_replication(template, repository)
    signing = add_signing(template)
    add_github_push_role(template, repository, signing)
    return template


def registry_signing() -> Template:
    """Managed signing.

    A template of its own, because half of the regions do not support it and would refuse the registry.
    """
    template = new_template("Managed signing of images in ECR: one stack for an account and region")
    add_managed_signing(template)
    return template


def registry_sending() -> Template:
    """The replication of the registry. A template of its own, because a registry has one such configuration."""
    template = new_template("Replication of images in ECR to other accounts and regions: one stack for a registry")
    add_registry_sending(template)
    return template


def registry_receiving() -> Template:
    """Replicas from other accounts: who may send them, how their repositories are created, whether they are scanned."""
    template = new_template("Replicas of images from other accounts: one stack for a registry that receives them")
    prefixes = add_registry_receiving(template)
    key = add_chosen_key(template, Owner("registry-receiving"), services=(), encrypts="images")
    add_creation_template(template, prefixes, key, add_lifecycle(template))
    add_registry_scanning(template)
    return template


TEMPLATES: dict[str, Callable[[], Template]] = {
    "registry": registry,
    "registry-receiving": registry_receiving,
    "registry-sending": registry_sending,
    "registry-signing": registry_signing,
}
