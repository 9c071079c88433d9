"""Image builds: a commit is built, tested, scanned, and pushed under tags that start a pipeline.

    commit -> Source -> Build, or two builds side by side -> Publish -> image in ECR

A commit comes through a connection or from CodeCommit, and is built for one architecture or for two: four templates.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeAlias

from troposphere import Sub, Template

from generator.components.artifacts import add_artifact_store
from generator.components.build import BuildEnvironment, add_build_environment
from generator.components.codecommit_source import add_codecommit_source, add_commit_rule
from generator.components.git_source import GitSource, add_git_source
from generator.components.image_build import ImageBuild, Recipe, add_image_build, add_recipe
from generator.components.image_build_multi_arch import add_multi_arch_build
from generator.components.image_cache import add_image_cache
from generator.components.image_checks import add_image_checks, add_reports
from generator.components.image_network import add_image_network
from generator.components.image_publish import add_publish
from generator.components.image_repository import ImageRepository, add_image_repository
from generator.components.image_secrets import add_image_secrets, add_packages, add_registry_credentials
from generator.components.image_signing import add_signing
from generator.components.notices import add_failure_notice, add_rules_role
from generator.components.pipeline import Pipeline, add_execution_mode, add_pipeline
from generator.components.platform import Platform, import_platform
from generator.components.start_rule import may_start
from generator.components.topic import Audience, add_topic, only_roles_publish
from generator.model.grants import add_shared_policy
from generator.model.outputs import add_output
from generator.model.owner import Owner
from generator.model.stages import run_all
from generator.model.template import new_template

OWNER = Owner("image-build")
AddBuild: TypeAlias = Callable[[Template, GitSource, BuildEnvironment, Recipe], ImageBuild]


def image_build() -> Template:
    """From a push to a Git repository to an image for one architecture."""
    return _from_git("Image build: a push to a Git repository becomes a tested image in ECR", add_image_build)


def image_build_multi_arch() -> Template:
    """From a push to a Git repository to an index of images for amd64 and arm64."""
    return _from_git(
        "Image build: a push to a Git repository becomes a tested image for amd64 and arm64 in ECR",
        add_multi_arch_build,
    )


def image_build_codecommit() -> Template:
    """From a push to CodeCommit to an image for one architecture."""
    return _from_codecommit("Image build: a push to CodeCommit becomes a tested image in ECR", add_image_build)


def image_build_codecommit_multi_arch() -> Template:
    """From a push to CodeCommit to an index of images for amd64 and arm64."""
    return _from_codecommit(
        "Image build: a push to CodeCommit becomes a tested image for amd64 and arm64 in ECR", add_multi_arch_build
    )


def _from_git(description: str, add_builds: AddBuild) -> Template:
    """The pipeline for a connection: CodePipeline itself receives the pushes and filters them."""
    template = new_template(description)
    source = add_git_source(template)
    repository = add_image_repository(template)
    platform = import_platform(template)
    topic = add_topic(template, platform.key, Audience("Pipeline", "E-mail", "failed runs"), only_roles_publish)
    running = _add_run(template, source, repository, platform, add_builds)
    add_failure_notice(template, running, topic, add_rules_role(template, topic))
    return template


def _from_codecommit(description: str, add_builds: AddBuild) -> Template:
    """The pipeline for CodeCommit: an EventBridge rule starts it on a push."""
    template = new_template(description)
    source = add_codecommit_source(template)
    repository = add_image_repository(template)
    platform = import_platform(template)
    topic = add_topic(template, platform.key, Audience("Pipeline", "E-mail", "failed runs and lost pushes"))
    running = _add_run(template, source, repository, platform, add_builds)
    role = add_rules_role(template, topic, may_start(running))
    add_commit_rule(template, running, topic, role, platform.dead_letters)
    add_failure_notice(template, running, topic, role)
    return template


def _add_run(
    template: Template, source: GitSource, repository: ImageRepository, platform: Platform, add_builds: AddBuild
) -> Pipeline:
    """The pipeline: Source, Build, Publish. It has a bucket of its own, because Build runs code that is not ours."""
    network = add_image_network(template)
    store = add_artifact_store(template, platform.key)
    artifacts = add_shared_policy(template, "ArtifactPolicy", store.use())
    environment = add_build_environment(template, OWNER, platform.key, network)
    environment = environment._replace(
        shared=(artifacts, *environment.shared, add_signing(template, repository)),
        common=store.use(),
        write_logs=(),  # store.use() grants all use of the key
    )
    recipe = add_recipe(
        template,
        repository,
        add_reports(template, store),
        parts=(
            add_image_checks(template),
            add_image_cache(template, repository.own.name),
            add_image_secrets(template),
            add_registry_credentials(template),
            add_packages(template),
        ),
    )
    build = add_builds(template, source, environment, recipe)
    publish = add_publish(template, source, build, repository=repository, environment=environment)
    add_output(template, "ArtifactBucketName", store.bucket_name, "Artifact bucket, kept when the stack is deleted")
    add_output(template, "BuildRoleArn", build.stage.builds[0].role_arn, "Role that runs the Dockerfile")
    add_output(template, "PublishRoleArn", publish.builds[0].role_arn, "Role that sets the tags")
    builds = (*build.stage.builds, *publish.builds)
    names = ",".join(f"${{{each.project_name.data['Ref']}}}" for each in builds)
    add_output(template, "BuildProjects", Sub(names), "CodeBuild projects")
    return add_pipeline(
        template,
        store,
        (source.stage, build.stage, publish),
        grants=(store.read_versioning(), source.upload(store), run_all(builds)),
        shared=(artifacts,),
        # In SUPERSEDED mode a commit could end without an image, because a newer run replaces its run.
        # https://docs.aws.amazon.com/codepipeline/latest/userguide/concepts-how-it-works.html
        mode=add_execution_mode(template, "QUEUED"),
        triggers=source.triggers,
    )


TEMPLATES: dict[str, Callable[[], Template]] = {
    "image-build": image_build,
    "image-build-multi-arch": image_build_multi_arch,
    "image-build-codecommit": image_build_codecommit,
    "image-build-codecommit-multi-arch": image_build_codecommit_multi_arch,
}
