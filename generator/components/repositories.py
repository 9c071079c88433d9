"""The repositories that a platform's Inspect may read."""

from __future__ import annotations

from typing import NamedTuple

from awacs import ecr, inspector2
from awacs.aws import Action
from troposphere import Sub, Template

from generator.components.source import NO_HOST, REGISTRY, log_in
from generator.model.arn import arn
from generator.model.grants import Grant
from generator.model.parameters import add_parameter

INSPECTOR_PAGE = "https://docs.aws.amazon.com/service-authorization/latest/reference/list_amazoninspector2.html"


class Repositories(NamedTuple):
    """Repositories of this account's registry, by an ARN or a pattern of ARNs."""

    arn: Sub
    registry: Sub

    def pull(self) -> tuple[Grant, ...]:
        """Log in to the registry and pull images of these repositories.

        https://docs.aws.amazon.com/AmazonECR/latest/userguide/repository-policies.html
        """
        return (log_in(), self._use("The pushed image is pulled by its digest."))

    def inspect(self, *more: Action) -> tuple[Grant, ...]:
        """Pull images, and read their tags and findings. Under enhanced scanning ECR calls Inspector.

        It is one statement on these repositories. `more` are actions that read something else of them.
        https://docs.aws.amazon.com/AmazonECR/latest/userguide/image-scanning-enhanced-iam.html
        """
        why = "The pushed image is pulled by its digest, and what ECR knows of it decides whether it passes."
        return (
            log_in(),
            self._use(why, ecr.DescribeImages, ecr.DescribeImageScanFindings, *more),
            Grant(
                sid="ReadEnhancedFindings",
                actions=(inspector2.ListCoverage, inspector2.ListFindings),
                why="ECR reads enhanced findings from Inspector with the permissions of its caller.",
                everywhere=INSPECTOR_PAGE,
            ),
        )

    def _use(self, why: str, *more: Action) -> Grant:
        return Grant(
            sid="PullImage",
            actions=(ecr.BatchCheckLayerAvailability, ecr.BatchGetImage, ecr.GetDownloadUrlForLayer, *more),
            resources=(self.arn,),
            why=why,
        )


def one_repository(parameter: str) -> Repositories:
    """The repository that a parameter of this name holds."""
    return Repositories(arn("ecr", f"repository/${{{parameter}}}"), Sub(REGISTRY))


def add_repository_pattern(template: Template) -> Repositories:
    """The repositories whose names match a parameter. It has no default, because `*` must be typed as a decision."""
    add_parameter(
        template,
        "RepositoryPattern",
        group="Repositories",
        label="Repositories that Inspect reads",
        description="Pattern of repository names; * matches any characters. * alone allows every repository.",
        AllowedPattern=rf"^{NO_HOST}[a-z0-9*]([a-z0-9._/*-]{{0,254}}[a-z0-9*])?$",
        ConstraintDescription="Enter a pattern such as team/* or *, without the host name of the registry.",
    )
    return one_repository("RepositoryPattern")
