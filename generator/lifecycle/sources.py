"""The source of a lifecycle policy: a published template, a file with a template, or a file with a policy."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

from generator import catalog, json_text
from generator.errors import GeneratorError, WrongUsageError
from generator.publishing import render
from generator.suggestion import did_you_mean


@dataclass(frozen=True)
class PolicyFile:
    """The text of a policy, without its repository."""

    text: str


@dataclass(frozen=True)
class TemplateSource:
    """A template."""

    body: dict[str, Any]


def read(source: str) -> PolicyFile | TemplateSource:
    """The contents of a published template or a file.

    A file holds a template (JSON or YAML), the input of put-lifecycle-policy, or the output of get-lifecycle-policy.
    """
    published = catalog.templates()
    if source in published:
        return TemplateSource(render.to_dict(published[source]()))
    if not Path(source).exists():
        hint = did_you_mean(source, published)
        others = "" if hint else f" Templates: {', '.join(published)}."
        raise WrongUsageError(f"No template or file is named {source!r}{hint}.{others}")
    text = json_text.read(source)
    document = json_text.parse(text, source) if text.lstrip()[:1] in ("{", "[") else _yaml(text, source)
    if isinstance(document, dict) and isinstance(document.get("Resources"), dict):
        return TemplateSource(document)
    if isinstance(document, dict) and isinstance(document.get("lifecyclePolicyText"), str):
        return PolicyFile(document["lifecyclePolicyText"])
    return PolicyFile(text)


def _yaml(text: str, name: str) -> Any:
    """A template in YAML. Only cfn-lint reads the short forms (`!Sub`)."""
    from cfnlint.decode import decode_str  # only such a template needs it

    template, problems = decode_str(text)
    if problems or not isinstance(template, dict) or "Resources" not in template:
        said = [" ".join(problem.message.split()) for problem in problems] or ["there are no Resources"]
        raise GeneratorError(f"{name}: neither JSON nor a template in YAML: {'; '.join(said)}")
    return template
