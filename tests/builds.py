"""The calls of the builds in a rendered template, and the permissions of the builds."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from typing import Any

from tests.playing import buildspec_of
from tests.rendered import Rendered, listed, resources
from tests.stacked import EXPORT, value_of_import

# The endpoint of a buildspec's command, if it has another name. Logs and artifacts are
# the business of CodeBuild's agent: every build has them. So are variables that it fetches, and reports.
ENDPOINTS = {
    "ecr": "ecr.api",
    "deploy": "codedeploy",
    "stepfunctions": "states",
    "codeartifact": "codeartifact.api",
    "s3api": "s3",
}
AWS = re.compile(r"\baws ([a-z0-9-]+) [a-z\"$-]+")
DOCKER = re.compile(r"\bdocker (login|pull|push)\b")
ALWAYS = {"logs", "s3"}
FETCHED = {"PARAMETER_STORE": "ssm", "SECRETS_MANAGER": "secretsmanager"}


def services_called(template: Rendered) -> set[str]:
    """The services that commands of buildspecs and CodeBuild's agent call, as endpoints are named."""
    called: set[str] = set()
    for _, project in resources(template, "AWS::CodeBuild::Project"):
        buildspec = buildspec_of(template, project)
        if calls_git(buildspec):
            continue  # it runs outside of any VPC
        called |= ALWAYS
        called |= {ENDPOINTS.get(service, service) for service in AWS.findall(buildspec)}
        called |= {"ecr.dkr"} if DOCKER.search(buildspec) else set()
        called |= {"codebuild"} if re.search("^reports:", buildspec, re.MULTILINE) else set()
        variables = map(given, project["Environment"].get("EnvironmentVariables", ()))
        types = json.dumps([each.get("Type") for each in variables])
        called |= {service for kind, service in FETCHED.items() if kind in types}
    return called


def calls_git(buildspec: str) -> bool:
    """Whether the commands reach a Git server, which is on the internet."""
    return "git clone" in buildspec


def actions_granted(template: Rendered) -> set[str]:
    """Every action that a role of a build has, by its own policies and by those that roles of the template share."""
    return {
        action
        for _, role in resources(template, "AWS::IAM::Role")
        if role["AssumeRolePolicyDocument"]["Statement"][0]["Principal"] == {"Service": "codebuild.amazonaws.com"}
        for document in documents_of(template, role)
        for statement in map(given, document["Statement"])
        for action in listed(statement["Action"])
    }


def documents_of(template: Rendered, role: Rendered) -> Iterator[Rendered]:
    """The policies of a role: its own, and managed ones of the template or of a stack that it imports from."""
    for policy in role.get("Policies", []):
        yield policy["PolicyDocument"]
    for shared in map(given, role.get("ManagedPolicyArns", [])):
        owner, value = template, shared
        if found := EXPORT.search(json.dumps(shared)):
            owner, value = value_of_import(template, found["thing"])
        yield owner["Resources"][value["Ref"]]["Properties"]["PolicyDocument"]


def given(item: Any) -> Rendered:
    """An item of a list that exists under a condition, without the condition."""
    return item["Fn::If"][1] if "Fn::If" in item else item  # type: ignore[no-any-return]  # JSON
