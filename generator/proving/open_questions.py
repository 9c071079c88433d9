"""Questions that AWS's pages leave open (docs/unproved.md), and the answers that `prove` has found."""

from __future__ import annotations

from collections.abc import Iterable

from generator.proving.proof_records import NOT_REACHED, QuestionAnswer

IMPORT, TAGS = "import-in-other-branch", "tag-patterns"
CONDITIONS, KEY_NAMED, LAYOUT, LOG_KEY = "inspect-conditions", "key-in-uploads", "artifact-layout", "log-group-key"
_NEEDS_MORE = "prove has no test for it"
_NEEDS_DEPLOY = "only --deploy can answer it"
_LAYOUT_QUESTION = (
    "Are the layout `PIPELINE/ARTIFACT/RANDOM` of artifacts and its shortening of names the same for the outputs of"
    " builds?"
)
_QUESTIONS = (
    (CONDITIONS, "Does CodePipeline's call satisfy the conditions on running Inspect?", _NEEDS_DEPLOY),
    (KEY_NAMED, "Do CodePipeline and CodeBuild name the bucket's key in every upload?", _NEEDS_DEPLOY),
    (
        LAYOUT,
        _LAYOUT_QUESTION,
        _NEEDS_DEPLOY,
    ),
    (TAGS, "Which tag patterns does EventBridge call too complex?", _NEEDS_MORE),
    (
        "replication-events",
        "Are replication events sent once for each tag, and for untagged children and backfills?",
        "it needs a second account or region",
    ),
    (
        "arm64-scans",
        "Do basic scans of arm64 images give a result?",
        "it needs an arm64 image with an operating system",
    ),
    (
        "finding-totals",
        "Are the totals of findings for the whole image, beyond 100 findings?",
        "it needs an image with more than 100 findings",
    ),
    ("long-approvals", "Is an approval text that grows over 1,000 characters refused or cut?", _NEEDS_MORE),
    ("approval-at-update", "Is an open approval canceled at once when its pipeline is updated?", _NEEDS_MORE),
    (
        "signing-an-index",
        "Does managed signing report a status for the digest of an image index?",
        "it needs the registry's signing configuration, which prove leaves alone",
    ),
    (
        "signing-again",
        "Does managed signing react when a digest is tagged again without permission to sign?",
        "it needs the registry's signing configuration, which prove leaves alone",
    ),
    ("windows", "How long may a run wait for a window, and does a newer run replace it?", "it takes days"),
    (
        "expired-artifacts",
        "Can a stage be rolled back to a run whose artifacts have expired?",
        "artifacts expire after days",
    ),
    (
        "ecs-after-rollback",
        "Does a service name the earlier task definition after ECS has rolled back?",
        "it needs ECS",
    ),
    (
        "ecs-update-in-progress",
        "Does `UpdateService` end a blue/green deployment in progress, as it ends a rolling one?",
        "it needs ECS",
    ),
    (
        "ecs-express",
        "Does an Express service take `UpdateService` with a task definition that others registered?",
        "it needs ECS",
    ),
    ("ecs-deployments", "Do `deployments` of a blue/green service count its new tasks?", "it needs ECS"),
    (
        "lambda-shifting-alias",
        "Does an alias name its earlier version until CodeDeploy has shifted all calls?",
        "it needs a function",
    ),
    (
        "lambda-rollback-begins",
        "Does CodeDeploy begin a rollback within 15 seconds after the failure of a deployment to Lambda?",
        "it needs a function",
    ),
    (
        "states-empty-path",
        "Does a path with `..` in Step Functions give an empty list where it finds nothing?",
        _NEEDS_MORE,
    ),
    (
        "lambda-dry-run",
        "Does a dry run of `UpdateFunctionCode` check that Lambda may pull the image?",
        "it needs a function",
    ),
    ("ecs-hooks", "Do lifecycle hooks of ECS run for a new service?", "it needs ECS"),
    (
        "codedeploy-tags",
        "Does CodeDeploy's action with a task definition that has tags need another permission?",
        "it needs ECS",
    ),
    (
        "codedeploy-revision",
        "Is the revision that CodePipeline's CodeDeploy action registers the artifact at its own place in the bucket?",
        "it needs instances",
    ),
    ("codedeploy-json", "Does CodeDeploy's agent take an `appspec.yml` that is written as JSON?", "it needs instances"),
    (
        "container-image-id",
        "Does `docker container inspect` show the id of the image that `docker image inspect` shows?",
        "it needs instances",
    ),
    (
        "codedeploy-launch-template",
        "Does a deployment in place to an Auto Scaling group with a launch template need `ec2:RunInstances`?",
        "it needs instances",
    ),
    (
        "connection-push",
        "Does a push through a connection's Git URL work from CodeBuild?",
        "it needs a connection to a Git host",
    ),
    (
        "access-entries",
        "Does CloudFormation retry an access entry for a role that is seconds old?",
        "it needs a cluster of EKS",
    ),
    (
        "lambda-architecture",
        "Does Lambda refuse an image of another architecture before or after the update?",
        "it needs a function",
    ),
    (
        "registry-settings",
        "Does a stack take over a scanning or signing configuration that exists, and does its deletion clear it?",
        "the registry's settings are the account's, which prove leaves alone",
    ),
    (
        "creation-role",
        "Does the creation role of a replica need more than its key through ECR (`kms:ViaService`)?",
        "it needs a second account or region",
    ),
    (
        "chat-role",
        "Does Amazon Q assume the role of a channel with the account in `aws:SourceAccount`, or without it?",
        "it needs a channel of a chat",
    ),
    (
        "rejected-approval",
        "Is a rejected approval one notification or two, for the action and for the approval?",
        "it needs a channel of a chat",
    ),
    (
        "codeartifact-grant",
        "Does the key allow the grant that CodeArtifact creates (`kms:GrantIsForAWSResource`)?",
        "it needs the template packages",
    ),
    (
        "codeartifact-upstream",
        "May a copy of a public registry be deleted while it is an upstream of a repository?",
        "it needs the template packages",
    ),
    (IMPORT, "Is an import looked up in the branch of a condition that is not taken?", _NEEDS_MORE),
    (LOG_KEY, "Does a log group of a stack need rights on its key beyond those that AWS lists?", _NEEDS_DEPLOY),
)


def unanswered() -> dict[str, QuestionAnswer]:
    """Every question without an answer, by its id, in the order of the page."""
    return {
        name: QuestionAnswer(id=name, question=text, verdict=NOT_REACHED, text=why) for name, text, why in _QUESTIONS
    }


def answered(found: Iterable[QuestionAnswer]) -> tuple[QuestionAnswer, ...]:
    """Every question, with the answers that were found."""
    return tuple({**unanswered(), **{each.id: each for each in found}}.values())
