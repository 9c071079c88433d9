"""The meaning of a stack's status for a plan, and what to do about it.

https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/view-stack-events.html
"""

from __future__ import annotations

REVIEW = "REVIEW_IN_PROGRESS"
"""A stack that a change set has created, without any resource."""
DONE = ("CREATE_COMPLETE", "UPDATE_COMPLETE", "IMPORT_COMPLETE")
_DELETE = (
    "it can only be deleted: aws cloudformation delete-stack --stack-name {stack}, then run the same command again"
)
_ADVICE = {
    "CREATE_FAILED": f"its creation failed: {_DELETE}",
    "ROLLBACK_COMPLETE": f"its creation failed: {_DELETE}",
    "ROLLBACK_FAILED": f"its creation failed, and not all of it was removed: {_DELETE}",
    "DELETE_FAILED": "not all of it could be deleted: aws cloudformation describe-stack-events --stack-name {stack}"
    " says why; delete it again",
    "UPDATE_ROLLBACK_FAILED": "an update failed, and so did the way back: aws cloudformation continue-update-rollback"
    " --stack-name {stack}, then run the same command again",
    "IMPORT_ROLLBACK_FAILED": "an import failed, and so did the way back: aws cloudformation continue-update-rollback"
    " --stack-name {stack}, then run the same command again",
    "UPDATE_FAILED": "an update failed and was not rolled back: aws cloudformation rollback-stack --stack-name {stack},"
    " then run the same command again",
}


def is_busy(status: str) -> bool:
    """Whether CloudFormation is working on the stack."""
    return status.endswith("_IN_PROGRESS") and status != REVIEW


def is_new(status: str) -> bool:
    """Whether there is no stack yet."""
    return status in ("", REVIEW)


def advice(stack: str, status: str) -> str:
    """Why a stack in this status cannot be changed, and what to do; "" if it can."""
    if is_busy(status):
        return f"is in {status}: wait until it is complete, then run the same command again"
    return f"is in {status}: {_ADVICE[status].format(stack=stack)}" if status in _ADVICE else ""
