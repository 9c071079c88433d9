"""One rule of a stage's condition, with its environment."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from generator.emulator.runs.action import ActionError, RunContext


@dataclass(frozen=True, kw_only=True)
class RuleStep:
    """A rule that is evaluated."""

    world: RunContext
    kind: str
    """BEFORE_ENTRY or ON_SUCCESS, as OverrideStageCondition calls conditions."""
    role: str
    """The ARN of its role: the rule's own, or else the pipeline's."""
    configuration: Mapping[str, str]
    timeout_minutes: int | None
    is_overridden: Callable[[], bool]
    """Whether the condition has been overridden in the meantime."""

    def client(self, service: str) -> Any:
        """A client with the role."""
        return self.world.cloud.client(service, self.role)

    def setting(self, name: str) -> str:
        """A required key of the configuration."""
        if not self.configuration.get(name):
            raise ActionError(f"the configuration has no {name}")
        return self.configuration[name]

    def allow(self, *keys: str) -> None:
        """NotImplementedError for a key that is not evaluated here."""
        if unknown := sorted(self.configuration.keys() - {*keys}):
            raise NotImplementedError(f"rules with {', '.join(unknown)} are not evaluated here")


RuleProvider = Callable[[RuleStep], str]
"""Evaluates a rule of one provider, and returns the result as text. ActionError if the rule fails."""
