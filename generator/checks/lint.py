"""cfn-lint with all its rules and ours, in this process.

cfnlint.api.lint builds its rules again for each template. Here one Runner serves them all.
"""

from __future__ import annotations

import itertools
import multiprocessing
import os
import signal
import sys
from collections.abc import Iterator, Sequence
from collections.abc import Set as AbstractSet
from functools import cache
from pathlib import Path
from typing import Any

import cfnlint
from cfnlint.config import ConfigMixIn
from cfnlint.decode import decode_str
from cfnlint.match import Match
from cfnlint.runner import Runner
from cfnlint.runner.template import run_template_by_data
from cfnlint.schema.manager import PROVIDER_SCHEMA_MANAGER, ProviderSchemaManager

from generator.checks.subject import Subject
from generator.errors import GeneratorError
from generator.findings import Finding

# One region for each partition that cfn-lint knows, which represent all regions that have the services: a test holds
# that it has the same schemas for the others. A template is linted for those that have all of its types. With
# ALL_REGIONS it multiplies the regions of every Fn::Sub, takes a minute for each template, and complains of regions
# that lack a service.
REGIONS = ("us-east-1", "cn-north-1", "us-gov-west-1")
OWN_RULES = Path(__file__).parent.parent / "rules"
ARGUMENTS = ("--config-file", os.devnull, "--append-rules", str(OWN_RULES))  # no .cfnlintrc of a user counts


def check(subjects: Sequence[Subject]) -> Iterator[Finding]:
    """The findings of cfn-lint for the templates, informational ones included. Processors share them where possible."""
    runner()  # made once, before there are several processes
    if len(subjects) > 1 and sys.platform == "linux":  # elsewhere a fork is not safe, or there is none
        workers = min(len(subjects), os.cpu_count() or 1)
        with multiprocessing.get_context("fork").Pool(workers, initializer=_in_a_worker) as pool:
            yield from itertools.chain.from_iterable(pool.map(findings, subjects, chunksize=1))
    else:
        yield from itertools.chain.from_iterable(map(findings, subjects))


def _in_a_worker() -> None:
    """Ignore signals, which are for the parent: it ends its workers silently by SIGTERM."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    signal.signal(signal.SIGHUP, signal.SIG_IGN)
    signal.signal(signal.SIGTERM, signal.SIG_DFL)


def findings(subject: Subject) -> list[Finding]:
    """The findings of cfn-lint for one template."""
    template, matches = decode_str(subject.text)
    if template is not None:
        matches = list(run_template_by_data(template, _config(regions_with(_types(template))), runner().rules))
    return [_finding(subject, match) for match in matches]


def findings_of_another(subject: Subject) -> list[Finding]:
    """The findings of cfn-lint for a template of somebody else, without informational ones.

    As on the command line, it is checked for us-east-1, unless its metadata names other regions or ignores rules:
    https://github.com/aws-cloudformation/cfn-lint#metadata
    """
    template, matches = decode_str(subject.text)
    if template is not None:
        config = ConfigMixIn(list(ARGUMENTS), regions=["us-east-1"])
        try:
            matches = list(run_template_by_data(template, config, runner().rules))
        except Exception as error:
            raise GeneratorError(f"{subject.path}: cfn-lint cannot read this template: {error}") from error
    return [_finding(subject, match) for match in matches if not match.rule.id.startswith("I")]


def _finding(subject: Subject, match: Match) -> Finding:
    return Finding(
        path=str(subject.path),
        line=match.linenumber,
        place="/".join(str(part) for part in getattr(match, "path", None) or ()),
        message=" ".join(match.message.split()),
        check=match.rule.id,
    )


@cache
def schemas() -> ProviderSchemaManager:
    """The schemas of the wheel, on every machine.

    Otherwise cfn-lint prefers newer ones from a user's cache, at its import.
    """
    folder = Path(cfnlint.__file__).parent / "data" / "schemas"
    PROVIDER_SCHEMA_MANAGER.__init__(folder / "providers", folder / "resources")  # type: ignore[misc]  # chosen again
    return PROVIDER_SCHEMA_MANAGER


def regions_with(types: AbstractSet[str]) -> tuple[str, ...]:
    """The regions that have every type. A type that no region has is misspelt, and does not count."""
    known = {region: types & set(schemas().get_resource_types(region)) for region in REGIONS}
    every = set().union(*known.values())
    return tuple(region for region in REGIONS if known[region] == every)


def _types(template: Any) -> set[str]:
    """The types of the resources of an unchecked template."""
    resources = template.get("Resources") if isinstance(template, dict) else None
    every = resources.values() if isinstance(resources, dict) else ()
    return {str(resource["Type"]) for resource in every if isinstance(resource, dict) and "Type" in resource}


@cache
def runner() -> Runner:
    """cfn-lint with all its rules and ours."""
    schemas()
    return Runner(_config(REGIONS))


@cache
def _config(regions: tuple[str, ...]) -> ConfigMixIn:
    return ConfigMixIn(list(ARGUMENTS), regions=list(regions), include_checks=["I"])
