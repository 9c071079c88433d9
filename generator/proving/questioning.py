"""A question to AWS that may get no answer: its check is then not reached, and the others continue."""

from __future__ import annotations

from collections.abc import Callable

from generator.errors import GeneratorError
from generator.proving.proof_records import NOT_REACHED, Check
from generator.proving.proving_site import ProvingSite
from generator.rollout.aws_program import AwsRefusalError, CredentialsError, OldProgramError

_RIGHTS = ("AccessDenied", "AccessDeniedException", "UnauthorizedOperation")


def asked(area: str, subject: str, ask: Callable[[], Check]) -> Check:
    """The answer to the question, or the reason why there is none. Missing credentials end all questions."""
    try:
        return ask()
    except CredentialsError:
        raise
    except GeneratorError as error:
        return Check(area=area, subject=subject, verdict=NOT_REACHED, text=why_not_answered(error))


def once(site: ProvingSite, done: str, *arguments: str) -> None:
    """A call that is refused with the code `done` if it has been executed already.

    The AWS CLI repeats a call whose answer was lost.
    """
    try:
        site.aws.call(*arguments)
    except AwsRefusalError as error:
        if error.code != done:
            raise


def why_not_answered(error: GeneratorError) -> str:
    """AWS's answer, and what to do about it."""
    if isinstance(error, AwsRefusalError) and error.code in _RIGHTS:
        return f"{error}; `ecr-pipeline prove --policy` prints the permissions that prove needs"
    if isinstance(error, AwsRefusalError) and error.code:
        return f"{error.code}: {error}"
    return str(error) if isinstance(error, OldProgramError) else f"AWS did not answer: {error}"
