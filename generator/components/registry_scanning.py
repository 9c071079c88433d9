"""Enhanced scanning, for the whole registry."""

from __future__ import annotations

from troposphere import Equals, If, Not, Template
from troposphere.ecr import RegistryScanningConfiguration, RepositoryFilter, ScanningRule

from generator.components.finding_notices import GROUP
from generator.model.parameters import add_choice, add_condition

AS_IS = "as-is"


def add_registry_scanning(template: Template) -> None:
    """The registry's scanning configuration, unless the user keeps the present one.

    There is one for an account and region, so it is about every repository: under enhanced scanning those that no
    filter matches are not scanned at all. It stays when the stack is deleted: CloudFormation would also disable
    Inspector for the account, even if somebody else had enabled it.
    https://docs.aws.amazon.com/AmazonECR/latest/userguide/image-scanning-enhanced.html
    https://github.com/aws-cloudformation/cloudformation-coverage-roadmap/issues/2516
    """
    wanted = add_choice(
        template,
        "RegistryScanning",
        group=GROUP,
        label="Registry scanning",
        description="Enhanced scanning by Inspector of all repositories in this account and region, which share one "
        "setting. as-is: keep it.",
        choices=(AS_IS, "on-push", "continuous"),
    )
    template.add_resource(
        RegistryScanningConfiguration(
            "EnhancedScanning",
            DeletionPolicy="Retain",
            UpdateReplacePolicy="Retain",
            Condition=add_condition(template, "SetRegistryScanning", Not(Equals(wanted, AS_IS))),
            ScanType="ENHANCED",
            Rules=[
                ScanningRule(
                    ScanFrequency=If(
                        add_condition(template, "ScanContinuously", Equals(wanted, "continuous")),
                        "CONTINUOUS_SCAN",
                        "SCAN_ON_PUSH",
                    ),
                    # A filter without a star matches every name that contains it.
                    # https://docs.aws.amazon.com/AmazonECR/latest/userguide/image-scanning-filters.html
                    RepositoryFilters=[RepositoryFilter(Filter="*", FilterType="WILDCARD")],
                )
            ],
        )
    )
