"""A CodeBuild project that commits a digest to a Git repository, which it reaches through a connection.

The build runs outside of any VPC, because it calls a Git server. It runs only this project's script. The form of the
repository's address is on AWS's page for Argo CD; the same address serves Git in CodeBuild.
https://docs.aws.amazon.com/eks/latest/userguide/argocd-configure-repositories.html
"""

from __future__ import annotations

from troposphere import Ref, Template

from generator.buildspec import buildspec
from generator.components.artifact_reader import fetch_artifacts_of_pipeline
from generator.components.build import add_build, add_outside_build_environment
from generator.components.git_connection import add_branch, add_connection, add_git_repository, use_connection
from generator.components.platform import import_platform
from generator.model.outputs import add_output
from generator.model.owner import Owner
from generator.model.parameters import add_parameter
from generator.model.script import script
from generator.model.template import new_template

GROUP = "Git repository"
OWNER = Owner("deployer")
TIMEOUT_MINUTES = 15  # a clone without history and a push, at most three times
PART = "[A-Za-z0-9_][A-Za-z0-9_.-]*"  # of a path: none begins with a dot or a hyphen


def deployer() -> Template:
    """The project that commits for a stage. Its output Deployer is a parameter of the pipeline."""
    template = new_template("Commits of image digests to one file of a Git repository, for Argo CD or Flux to deploy")
    platform = import_platform(template)
    grants = fetch_artifacts_of_pipeline(template, platform)
    connection = add_connection(template, GROUP)
    repository = add_git_repository(
        template,
        "GitRepository",
        group=GROUP,
        description="Owner and repository that Argo CD or Flux deploys from.",
        example="example/deployments",
    )
    variables = {
        "CONNECTION_ARN": connection,
        "GIT_REPOSITORY": repository,
        "GIT_BRANCH": add_branch(template, "GitBranch", group=GROUP, description="Branch to commit to."),
        "FILE_PATH": _add_file(template),
        "IMAGE_PLACE": _add_place(template),
        "DOMAIN": Ref("AWS::URLSuffix"),
        "PIPELINE_NAME": Ref("PipelineName"),
    }
    push = use_connection(
        "PushCommit",
        connection,
        repository,
        "The build clones the repository and pushes a commit.",
        only=("GitPull", "GitPush"),
    )
    build = add_build(
        template,
        "Deploy",
        why="Commits an approved digest to a Git repository.",
        buildspec=script(buildspec("deployers/gitops.yml"), comments=False),
        services=(),
        grants=(*grants, push),
        variables=variables,
        environment=add_outside_build_environment(template, OWNER, platform.key),
        timeout_minutes=TIMEOUT_MINUTES,
    )
    add_output(
        template, "Deployer", build.project_name, "Value for StagingDeployer or ProductionDeployer of the pipeline"
    )
    return template


def _add_file(template: Template) -> Ref:
    return add_parameter(
        template,
        "FilePath",
        group=GROUP,
        label="File",
        description="YAML file to write the digest to: a kustomization, or any file with mappings.",
        AllowedPattern=f"^({PART}/)*{PART}[.]ya?ml$",
        MaxLength=200,
        ConstraintDescription="Enter a path without a leading /, such as apps/orders/kustomization.yaml.",
    )


def _add_place(template: Template) -> Ref:
    return add_parameter(
        template,
        "ImagePlace",
        group=GROUP,
        label="Location of the image",
        description="Name in images of a kustomization.yaml. In other files: keys, such as image.digest or app.image.",
        AllowedPattern="^[A-Za-z0-9_][A-Za-z0-9_./:-]*$",
        MaxLength=200,
        ConstraintDescription="Enter a name such as orders, or keys with dots such as spec.values.image.digest.",
    )
