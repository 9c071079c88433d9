"""The mails to approvers."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import NamedTuple


class ApprovalMail(NamedTuple):
    """The message that CodePipeline publishes for an approval, without the token, which is enough to answer."""

    execution: str
    subject: str
    """"" without a topic: then no mail is sent."""
    text: str
    review_link: str
    expires: str
    more: str = ""
    """The ExternalEntityLink of the action, or ""."""


@dataclass
class ApprovalMails:
    """The mails of all runs, in order."""

    sent: list[ApprovalMail] = field(default_factory=list)

    def of(self, execution: str) -> tuple[ApprovalMail, ...]:
        """The mails of one run."""
        return tuple(each for each in self.sent if each.execution == execution)
