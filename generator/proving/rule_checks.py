"""Whether EventBridge matches events as the emulator does."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from generator.eventbridge.patterns import BusEvent
from generator.eventbridge.sample_events import sample_events
from generator.proving.proof_records import FAILED, NO, NOT_REACHED, PASSED, YES, Check, QuestionAnswer
from generator.proving.proved_templates import ProvedTemplate
from generator.proving.proving_site import ProvingSite
from generator.proving.questioning import asked, why_not_answered
from generator.rollout.aws_program import AwsRefusalError
from generator.rollout.several import several

AREA = "rules"
HARD_TAGS = ("*ab1.*cd2-*ef3_*", "*a1*b2*c3*", "*a.*a*aaa*")
"""Tag patterns at the limit of what a pipeline's form allows."""


@dataclass(frozen=True, kw_only=True)
class ProbedRule:
    """A rule, with events that must match and one that must not."""

    subject: str
    pattern: str
    events: tuple[tuple[BusEvent, bool], ...]


def rules_of(site: ProvingSite, templates: Sequence[ProvedTemplate]) -> list[ProbedRule]:
    """Every rule of the templates."""
    return [
        _probed(f"{template.name}/{title}", rule["EventPattern"], site)
        for template in templates
        for title, rule in template.offline(site.place, template.name).resources("AWS::Events::Rule")
        if "EventPattern" in rule
    ]


def rule_checks(site: ProvingSite, templates: Sequence[ProvedTemplate]) -> list[Check]:
    """TestEventPattern for every rule.

    https://docs.aws.amazon.com/eventbridge/latest/APIReference/API_TestEventPattern.html
    """
    rules = rules_of(site, templates)
    site.progress(f"testing {len(rules)} rules")
    return several(lambda rule: asked(AREA, rule.subject, lambda: _check(site, rule)), rules, site.stopping)


def hard_patterns(site: ProvingSite, question: QuestionAnswer) -> QuestionAnswer:
    """The answer to the question which tag patterns are too complex for EventBridge."""
    for tag in HARD_TAGS:
        pattern = {"source": ["aws.ecr"], "detail": {"image-tag": [{"wildcard": tag}]}}
        probed = _probed(tag, pattern, site)
        try:
            if _differences(site, probed):
                return _answered(question, NO, f"EventBridge does not match {tag} as expected")
        except AwsRefusalError as error:
            if error.code == "InvalidEventPatternException":
                return _answered(question, NO, f"EventBridge refuses {tag}: {error}")
            return _answered(question, NOT_REACHED, why_not_answered(error))
    return _answered(question, YES, f"as relied on: EventBridge accepts {', '.join(HARD_TAGS)}, which the form allows")


def _answered(question: QuestionAnswer, verdict: str, text: str) -> QuestionAnswer:
    return QuestionAnswer(id=question.id, question=question.question, verdict=verdict, text=text)


def _probed(subject: str, pattern: Any, site: ProvingSite) -> ProbedRule:
    events = sample_events(pattern, account=site.place.account, region=site.place.region)
    return ProbedRule(
        subject=subject,
        pattern=json.dumps(pattern, separators=(",", ":")),
        events=(*((each, True) for each in events.matching), (events.missing, False)),
    )


def _check(site: ProvingSite, rule: ProbedRule) -> Check:
    try:
        wrong = _differences(site, rule)
    except AwsRefusalError as error:
        if error.code != "InvalidEventPatternException":
            raise
        return Check(area=AREA, subject=rule.subject, verdict=FAILED, text=f"EventBridge refuses the pattern: {error}")
    if wrong:
        return Check(area=AREA, subject=rule.subject, verdict=FAILED, text="; ".join(wrong))
    return Check(area=AREA, subject=rule.subject, verdict=PASSED, text=f"{len(rule.events)} events")


def _differences(site: ProvingSite, rule: ProbedRule) -> list[str]:
    """The events that EventBridge does not match as expected."""
    wrong = []
    for event, expected in rule.events:
        answer = site.aws.call(
            *("events", "test-event-pattern", "--event-pattern", rule.pattern),
            *("--event", json.dumps(event, separators=(",", ":"))),
        )
        if bool(answer["Result"]) != expected:
            verb = "does not match" if expected else "matches"
            wrong.append(f"the pattern {verb} the event {json.dumps(event)}")
    return wrong
