"""Enhanced scanning, for the whole registry."""

from __future__ import annotations

from troposphere import Equals, If, Not, Template
from troposphere.ecr import RegistryScanningConfiguration, RepositoryFilter, ScanningRule

from generator.components.finding_notices import GROUP
from generator.model.parameters import add_choice, add_condition

AS_IS = "as-is"


def add_registry_scanning(template: Template) -> None:
    """The registry's scanning configuration, unless it is to stay as it is.

    There is one for an account and region, so it speaks of every repository: under enhanced scanning those that no
    filter matches are not scanned at all.
    https://docs.aws.amazon.com/AmazonECR/latest/userguide/image-scanning-enhanced.html
    """
    wanted = add_choice(
        template,
        "RegistryScanning",
        group=GROUP,
        label="Scanning of the registry",
        description="Enhanced scanning by Inspector, of every repository of this account and region: there is one "
        "setting, which this takes over. as-is: it stays as it is.",
        choices=(AS_IS, "on-push", "continuous"),
    )
    template.add_resource(
        RegistryScanningConfiguration(
            "EnhancedScanning",
            Condition=add_condition(template, "SetRegistryScanning", Not(Equals(wanted, AS_IS))),
            ScanType="ENHANCED",
            Rules=[
                ScanningRule(
                    ScanFrequency=If(
                        add_condition(template, "ScanContinuously", Equals(wanted, "continuous")),
                        "CONTINUOUS_SCAN",
                        "SCAN_ON_PUSH",
                    ),
                    RepositoryFilters=[RepositoryFilter(Filter="*", FilterType="WILDCARD")],
                )
            ],
        )
    )
