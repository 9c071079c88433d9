"""Breakers of the promises in tests/promises/packages.py."""

from __future__ import annotations

from tests.breakers import breaks, properties_of
from tests.promises import packages
from tests.rendered import Rendered

OF = "packages"


@breaks(packages.one_role_publishes, of=OF)
def others_are_not_refused(template: Rendered) -> None:
    del properties_of(template, "Domain")["PermissionsPolicyDocument"]["Statement"][0]


@breaks(packages.one_role_publishes, of=OF)
def copies_are_not_refused(template: Rendered) -> None:
    statement = properties_of(template, "Domain")["PermissionsPolicyDocument"]["Statement"][0]
    statement["Action"].remove("codeartifact:CopyPackageVersions")


@breaks(packages.one_role_publishes, of=OF)
def publishes_to_every_repository(template: Rendered) -> None:
    policy = properties_of(template, "Packages")["PermissionsPolicyDocument"]["Fn::If"][1]
    for statement in policy["Statement"]:
        statement["Resource"] = "*"
    properties_of(template, "NpmStore")["PermissionsPolicyDocument"] = policy


@breaks(packages.one_role_publishes, of=OF)
def the_publisher_deletes(template: Rendered) -> None:
    policy = properties_of(template, "Packages")["PermissionsPolicyDocument"]["Fn::If"][1]
    policy["Statement"][0]["Action"] = ["codeartifact:*"]


@breaks(packages.one_role_publishes, of=OF)
def anybody_gets_a_token(template: Rendered) -> None:
    policy = properties_of(template, "Domain")["PermissionsPolicyDocument"]
    policy["Statement"][1]["Fn::If"][1]["Principal"] = "*"


@breaks(packages.policies_name_what_they_are_for, of=OF)
def the_token_is_for_everything(template: Rendered) -> None:
    policy = properties_of(template, "Domain")["PermissionsPolicyDocument"]
    policy["Statement"][1]["Fn::If"][1]["Resource"] = "*"


@breaks(packages.public_packages_come_by_choice, of=OF)
def nobody_reads_a_copy(template: Rendered) -> None:
    properties_of(template, "Packages")["Upstreams"].pop()


@breaks(packages.public_packages_come_by_choice, of=OF)
def connected_without_choice(template: Rendered) -> None:
    del template["Resources"]["PypiStore"]["Condition"]
