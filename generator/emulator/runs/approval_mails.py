"""What approvers were asked, as their mail has it."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import NamedTuple


class ApprovalMail(NamedTuple):
    """What CodePipeline publishes for an approval, without the token, with which anybody could answer."""

    execution: str
    subject: str
    """"" where there is no topic, so that nobody is mailed."""
    text: str
    review_link: str
    expires: str
    more: str = ""
    """A link to what is to be reviewed, "" where the action has none."""


@dataclass
class ApprovalMails:
    """The mails of all runs, in their order."""

    sent: list[ApprovalMail] = field(default_factory=list)

    def of(self, execution: str) -> tuple[ApprovalMail, ...]:
        """Those of a run."""
        return tuple(each for each in self.sent if each.execution == execution)
