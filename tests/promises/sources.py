"""Promises about pipelines that start at a commit: its content is foreign text."""

from __future__ import annotations

import itertools
import json
import re
from collections.abc import Iterator

from tests.rendered import Rendered, actions, alternatives, listed, resources

GIT = ("CodeStarSourceConnection", "CodeCommit")
OWN = ("RepositoryName", "CacheRepositoryName")
# The parts of a commit that Git or its server checks. All others are free text, which CodePipeline does not escape.
# https://github.com/aws/aws-cdk/issues/8458
CHECKED = {"CommitId", "TagName"}


def builds_need_no_way_to_git(template: Rendered) -> Iterator[str]:
    """A commit comes as a ZIP through the artifact bucket, and nothing is polled for."""
    for _, stage, action in actions(template):
        if action["ActionTypeId"]["Provider"] in GIT:
            settings = action["Configuration"]
            if settings.get("OutputArtifactFormat") != "CODE_ZIP":
                yield f"{stage} hands on a reference that builds would have to clone"
            if "false" not in (settings.get("DetectChanges"), settings.get("PollForSourceChanges")):
                yield f"{stage} looks for changes by itself"


def free_text_of_commits_stays_in_git(template: Rendered) -> Iterator[str]:
    """Of a commit only its id and a Git tag reach other actions: no message, author or branch."""
    spaces = [a["Namespace"] for _, _, a in actions(template) if a["ActionTypeId"]["Provider"] in GIT]
    for _, stage, action in actions(template):
        read = re.findall(r"#\{(\w+)\.(\w+)\}", json.dumps(action["Configuration"]))
        for space, name in read:
            if space in spaces and name not in CHECKED:
                yield f"{stage}/{action['Name']} takes {name}"


def builds_push_to_their_own_repositories(template: Rendered) -> Iterator[str]:
    """Every role that pushes may do so only to the stack's repository, or to the pipeline's and its cache."""
    own: list[object] = [
        {"Fn::Sub": f"arn:${{AWS::Partition}}:ecr:${{AWS::Region}}:${{AWS::AccountId}}:repository/${{{n}}}"}
        for n in OWN
    ]
    own.append({"Fn::GetAtt": ["Repository", "Arn"]})
    for name, properties in resources(template, "AWS::IAM::Role", "AWS::IAM::ManagedPolicy"):
        for policy in (*properties.get("Policies", ()), properties):
            for statement in itertools.chain(*map(alternatives, policy.get("PolicyDocument", {}).get("Statement", ()))):
                pushes = "ecr:PutImage" in listed(statement["Action"])
                if pushes and any(resource not in own for resource in listed(statement["Resource"])):
                    yield f"{name} pushes to {json.dumps(statement['Resource'])}"
