"""The producer of images: a commit is built, tested, scanned, and pushed under tags that a pipeline starts on."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import NamedTuple

from awacs.aws import Statement
from troposphere import Template

from generator.components.artifacts import add_artifact_store
from generator.components.build import Part, add_build_environment
from generator.components.codecommit_source import add_codecommit_source, add_commit_rule
from generator.components.encryption import Key, add_key, for_alarms, for_dead_letters, for_logs
from generator.components.git_source import GitSource, add_git_source
from generator.components.image_build import add_image_build
from generator.components.image_cache import add_image_cache
from generator.components.image_checks import add_image_checks, add_reports
from generator.components.image_publish import add_publish
from generator.components.image_repository import ImageRepository, add_image_repository
from generator.components.image_secrets import add_image_secrets, add_packages
from generator.components.image_signing import add_signing
from generator.components.network import Network
from generator.components.notices import add_failure_notice, add_rules_role
from generator.components.optional_network import add_optional_network
from generator.components.pipeline import Pipeline, add_pipeline
from generator.components.start_rule import may_start
from generator.components.topic import Audience, add_topic, only_roles_publish
from generator.template import new_template


class Ground(NamedTuple):
    """What an image build stands on, whatever starts it."""

    source: GitSource
    repository: ImageRepository
    network: Network
    key: Key


def image_build() -> Template:
    """From a push to a Git repository, through a connection, to a push to ECR."""
    template = new_template("Image build: a push to a Git repository becomes a tested image in ECR")
    ground = _add_ground(template, add_git_source(template), (for_logs(),))
    topic = add_topic(template, ground.key, Audience("Pipeline", "E-mail", "failed runs"), only_roles_publish)
    running = _add_pipeline(template, ground)
    add_failure_notice(template, running, topic, add_rules_role(template, topic))
    return template


def image_build_codecommit() -> Template:
    """The same from a repository in CodeCommit, whose pushes CodePipeline does not filter itself."""
    template = new_template("Image build: a push to CodeCommit becomes a tested image in ECR")
    services = (for_logs(), for_alarms(), for_dead_letters())
    ground = _add_ground(template, add_codecommit_source(template), services)
    topic = add_topic(template, ground.key, Audience("Pipeline", "E-mail", "failed runs and lost pushes"))
    running = _add_pipeline(template, ground)
    role = add_rules_role(template, topic, may_start(running))
    add_commit_rule(template, running, topic, role)
    add_failure_notice(template, running, topic, role)
    return template


def _add_ground(template: Template, source: GitSource, services: Iterable[Statement]) -> Ground:
    return Ground(source, add_image_repository(template), add_optional_network(template), add_key(template, services))


def _add_pipeline(template: Template, ground: Ground) -> Pipeline:
    source, repository = ground.source, ground.repository
    store = add_artifact_store(template, ground.key)
    environment = add_build_environment(template, store, ground.network)
    sign, store_signature = add_signing(template, repository)
    parts = (
        add_image_checks(template),
        add_image_cache(template, repository.own.name),
        add_image_secrets(template),
        add_packages(template),
        Part(grants=(sign,)),
    )
    reports = add_reports(template, store)
    build = add_image_build(template, source, repository, environment, parts=parts, reports=reports)
    publish = add_publish(
        template, source, build, repository=repository, environment=environment, signing=(sign, store_signature)
    )
    return add_pipeline(
        template, store, (source.stage, build.stage, publish), triggers=source.triggers, overlap="QUEUED"
    )


TEMPLATES: dict[str, Callable[[], Template]] = {
    "image-build": image_build,
    "image-build-codecommit": image_build_codecommit,
}
