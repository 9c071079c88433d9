"""Whether an EventBridge rule fits the pipeline of the same template that it starts."""

from __future__ import annotations

import json
import re
from collections import deque
from collections.abc import Iterator
from contextlib import suppress
from difflib import get_close_matches
from typing import Any, NamedTuple

from cfnlint.helpers import is_function
from cfnlint.jsonschema import CfnTemplateValidator
from cfnlint.rules import CloudFormationLintRule, RuleMatch  # type: ignore[attr-defined]  # cfn-lint has no __all__
from cfnlint.rules.helpers import get_value_from_path
from cfnlint.template.template import Template

# The types of revisions that can override a source:
# https://docs.aws.amazon.com/codepipeline/latest/userguide/pipelines-trigger-source-overrides.html
REVISION_TYPES = {
    "CodeCommit": ("COMMIT_ID",),
    "CodeStarSourceConnection": ("COMMIT_ID",),
    "ECR": ("IMAGE_DIGEST",),
    "GitHub": ("COMMIT_ID",),
    "S3": ("S3_OBJECT_VERSION_ID", "S3_OBJECT_KEY"),
}

# https://docs.aws.amazon.com/codepipeline/latest/APIReference/API_StartPipelineExecution.html
OVERRIDES = ("sourceRevisions", "variables")
REQUEST = (*OVERRIDES, "clientRequestToken", "name")
REVISION = ("actionName", "revisionType", "revisionValue")
VARIABLE = ("name", "value")

# A JSON string, or a placeholder outside of one. EventBridge puts a value that is text into quotes where it has none:
# https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-transform-target-input.html
STRING_OR_PLACEHOLDER = re.compile(r'"(?:[^"\\]|\\.)*"|<[A-Za-z0-9_.-]+>', re.DOTALL)
PLACEHOLDER = re.compile(r"<([A-Za-z0-9_-]+)>")  # those of EventBridge itself have dots: <aws.events.rule-arn>

Complaint = tuple[list[str | int], str]


class DeclaredSource(NamedTuple):
    """A source action of a pipeline."""

    name: Any
    provider: str
    repository: str | None


class DeclaredPipeline(NamedTuple):
    """The properties of a pipeline that a rule depends on."""

    kinds: tuple[Any, ...]
    sources: tuple[DeclaredSource, ...]
    variables: tuple[Any, ...]


class Trigger(CloudFormationLintRule):
    """A rule that starts a pipeline sends a request that fits it, for the repository that the pipeline reads."""

    id = "E9704"
    shortdesc = "A rule fits the pipeline that it starts"
    description = (
        "If the InputTransformer or the event pattern of a rule does not fit the source actions and variables of the "
        "pipeline, pushes start nothing, or start it with the wrong image, and no error is reported"
    )
    source_url = "https://docs.aws.amazon.com/codepipeline/latest/userguide/create-cwe-ecr-source-cfn.html"
    tags = ["resources", "codepipeline", "events", "ecr"]  # noqa: RUF012  (how cfn-lint declares a rule)

    def match(self, cfn: Template) -> list[RuleMatch]:
        """The complaints about every rule with a target that is a pipeline of the template."""
        root = CfnTemplateValidator(schema={}, cfn=cfn)
        return [
            RuleMatch(path, message)
            for name in cfn.get_resources("AWS::Events::Rule")
            for target, where in _values(root, cfn.template, "Resources", name, "Properties", "Targets", "*")
            for arn, _ in _values(where, target, "Arn")
            for pipeline in _pipelines(root, cfn, _text(arn))
            for path, message in (
                *_wrong_input(pipeline, target, where),
                *_wrong_repository(pipeline, target, where, ["Resources", name, "Properties", "EventPattern"]),
            )
        ]


def _text(value: Any) -> str | None:
    """The value, with ${...} for references; None if it is not known."""
    if isinstance(value, str):
        return value
    match is_function(value):
        case "Ref", str(name):
            return f"${{{name}}}"
        case "Fn::GetAtt", str(attribute):
            return f"${{{attribute}}}"
        case "Fn::GetAtt", [str(resource), str(attribute)]:
            return f"${{{resource}.{attribute}}}"
        case "Fn::Sub", str(template):
            return template
        case "Fn::Sub", [str(template), dict(given)]:
            texts = {name: _text(inner) for name, inner in given.items()}
            for name, text in texts.items():
                template = template.replace(f"${{{name}}}", str(text))
            return None if None in texts.values() else template
        case "Fn::Join", [str(delimiter), list(parts)]:
            joined = [_text(part) for part in parts]
            return None if None in joined else delimiter.join(map(str, joined))
    return None


def _pipelines(root: Any, cfn: Template, arn: str | None) -> Iterator[DeclaredPipeline]:
    """The pipeline with the ARN, if it is in the template."""
    for name, resource in cfn.get_resources("AWS::CodePipeline::Pipeline").items():
        properties = resource.get("Properties")
        own_name = _text(properties.get("Name")) if isinstance(properties, dict) else None
        names = (f"${{{name}}}", f"${{{name}.Arn}}", *([own_name] if own_name else []))
        if arn and (arn in names[:2] or (":codepipeline:" in arn and arn.rpartition(":")[2] in names)):
            yield _pipeline(root, cfn, ["Resources", name, "Properties"])


def _pipeline(root: Any, cfn: Template, path: list[str]) -> DeclaredPipeline:
    def values(*keys: str) -> list[tuple[Any, Any]]:
        return list(_values(root, cfn.template, *path, *keys))

    return DeclaredPipeline(
        kinds=tuple(kind for kind, _ in values("PipelineType")),
        sources=tuple(
            DeclaredSource(action.get("Name"), str(action["ActionTypeId"].get("Provider")), _resolved(repository, cfn))
            for action, where in values("Stages", "*", "Actions", "*")
            if isinstance(action, dict) and isinstance(action.get("ActionTypeId"), dict)
            if action["ActionTypeId"].get("Category") == "Source"
            for repository, _ in _values(where, action, "Configuration", "RepositoryName")
        ),
        variables=tuple(name for name, _ in values("Variables", "*", "Name") if name is not None),
    )


def _resolved(value: Any, cfn: Template) -> str | None:
    """The name of a repository. For a repository of the template, the name that the template gives it."""
    text = _text(value)
    for name, resource in cfn.get_resources("AWS::ECR::Repository").items():
        if text == f"${{{name}}}" and isinstance(resource.get("Properties"), dict):
            return _text(resource["Properties"].get("RepositoryName", value))
    return text


def _requests(target: Any, where: Any) -> Iterator[tuple[str, Any, Any]]:
    """The text of the InputTemplate, its parsed value, and its path. Invalid JSON is an error."""
    for template, at in _values(where, target, "InputTransformer", "InputTemplate"):
        text = _text(template)
        if text is not None:
            filled = STRING_OR_PLACEHOLDER.sub(lambda each: each[0] if each[0][0] == '"' else f'"{each[0]}"', text)
            try:
                yield text, json.loads(filled), at
            except ValueError as error:
                yield text, error, at


def _wrong_input(pipeline: DeclaredPipeline, target: Any, where: Any) -> Iterator[Complaint]:
    for text, request, at in _requests(target, where):
        path = list(at.context.path.path)
        for paths, _ in _values(at, target, "InputTransformer", "InputPathsMap"):
            if paths is None or (isinstance(paths, dict) and is_function(paths) == (None, None)):
                there = [str(name) for name in paths or ()]
                for name in dict.fromkeys(PLACEHOLDER.findall(text)):
                    if name not in there:
                        yield path, f"<{name}> is not in the InputPathsMap, which has {', '.join(there) or 'nothing'}"
        if isinstance(request, dict):
            yield from ((path, problem) for problem in _wrong_request(pipeline, request))
        elif not isinstance(request, ValueError):
            yield path, f"The InputTemplate starts a pipeline, so it must be an object with {' or '.join(OVERRIDES)}"
        elif "${" not in text:  # its replacement may be what makes it JSON
            yield path, f"The InputTemplate is not JSON, even with its placeholders replaced: {request}"


def _wrong_request(pipeline: DeclaredPipeline, request: dict[str, Any]) -> Iterator[str]:
    yield from (
        _misfit(key, REQUEST, "the keys of the request that starts a pipeline") for key in request if key not in REQUEST
    )
    if all(kind in (None, "V1") for kind in pipeline.kinds):
        yield from (f"{key} requires PipelineType V2, and the pipeline is V1" for key in OVERRIDES if key in request)
    names = tuple(source.name for source in pipeline.sources)
    revisions, broken = _records(request, "sourceRevisions", REVISION)
    yield from broken
    for revision in revisions:
        action, kind = revision["actionName"], revision["revisionType"]
        if not _known(action, names):
            yield _misfit(action, names, "the source actions of the pipeline")
        for provider in {source.provider for source in pipeline.sources if source.name == action}:
            allowed = REVISION_TYPES.get(provider, (kind,))
            if not _known(kind, allowed):
                yield _misfit(kind, allowed, f"the revision types of a source of {provider}")
    variables, broken = _records(request, "variables", VARIABLE)
    yield from broken
    for variable in variables:
        if not _known(variable["name"], pipeline.variables):
            yield _misfit(variable["name"], pipeline.variables, "the variables that the pipeline declares")


def _records(request: dict[str, Any], key: str, fields: tuple[str, ...]) -> tuple[list[dict[str, Any]], list[str]]:
    """The records of a list in the request, and the complaints about members that are not records."""
    records = request.get(key, [])
    listed = records if isinstance(records, list) else []
    good = [record for record in listed if isinstance(record, dict) and set(record) == set(fields)]
    bad = [record for record in listed if record not in good] if records is listed else [records]
    return good, [f"{key} is a list of {{{', '.join(fields)}}}, not {json.dumps(record)}" for record in bad]


def _known(value: Any, known: tuple[Any, ...]) -> bool:
    """Whether the value is one of those, or is known only at deployment."""
    return value in known or "${" in str(value) or any(is_function(each) != (None, None) for each in known)


def _misfit(value: Any, allowed: tuple[Any, ...], what: str) -> str:
    there = [str(each) for each in allowed]
    close = get_close_matches(str(value), there, n=1)
    hint = f"; did you mean {close[0]!r}?" if close else ""
    return f"{value!r} is not among {what}{hint} (there: {', '.join(there) or 'none'})"


def _wrong_repository(
    pipeline: DeclaredPipeline, target: Any, where: Any, pattern: list[str | int]
) -> Iterator[Complaint]:
    root = CfnTemplateValidator(schema={}, cfn=where.cfn)

    def values(*path: str) -> list[tuple[Any, list[str | int]]]:
        found = _values(root, where.cfn.template, *pattern, *path)
        return [(value, list(at.context.path.path)) for value, at in found]

    requests = [request for _, request, _ in _requests(target, where) if isinstance(request, dict)]
    named = [each["actionName"] for request in requests for each in _records(request, "sourceRevisions", REVISION)[0]]
    sources = [source for source in pipeline.sources if source.provider == "ECR"]
    read = [source.repository for source in ([each for each in sources if each.name in named] or sources)]
    if not read or None in read or "ECR Image Action" not in [kind for kind, _ in values("detail-type", "*")]:
        return
    listed = ", ".join(map(str, read))
    for detail, _ in values("detail"):
        if detail is None or (isinstance(detail, dict) and not {"repository-name", "$or"} & set(detail)):
            yield pattern, f"Pushes to every repository start the pipeline: match only repository-name {listed}"
    for value, path in values("detail", "repository-name", "*"):
        text = _resolved(value, where.cfn)
        if text is not None and text not in read:
            yield path, f"The rule waits for the repository {text}, and the source action reads {listed}"


def _values(where: Any, instance: Any, *path: str | int) -> Iterator[tuple[Any, Any]]:
    """The values at the path, with their places and conditions.

    A broken `Fn::If` ends the search (E1028 reports it).
    """
    with suppress(TypeError):  # cfn-lint uses the first argument as the name of a condition, and it may be anything
        yield from get_value_from_path(where, instance, deque(path))
