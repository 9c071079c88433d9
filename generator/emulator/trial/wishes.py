"""The options of a trial, read and checked before anything starts."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date

from generator.emulator.services.ecr import REPOSITORY_NAME, ImageScan
from generator.errors import Gathered, WrongUsageError
from generator.suggestion import did_you_mean

REPLICATE, FAILED_REPLICATION = "replicate", "failed-replication"
REPLICATIONS = (REPLICATE, FAILED_REPLICATION)
SEVERITIES = ("CRITICAL", "HIGH", "MEDIUM", "LOW", "INFORMATIONAL", "UNDEFINED")
_REPOSITORY = re.compile(rf"(?=.{{2,256}}$){REPOSITORY_NAME}")
# https://github.com/opencontainers/distribution-spec/blob/main/spec.md#pulling-manifests
_TAG = re.compile("[A-Za-z0-9_][A-Za-z0-9_.-]{0,127}")
_PLATFORM = re.compile("[a-z0-9]+(?:/[a-z0-9_]+){1,2}")
# As Inspect reads it (buildspec.yml).
_ENTRY = re.compile(r"\s*[A-Za-z0-9][A-Za-z0-9._:-]{2,59}@(?P<day>[0-9]{4}-[0-9]{2}-[0-9]{2})\s+\S.*")
ACCEPTED = "SAMPLE-CRITICAL-1@2099-12-31 not reachable"
_ACCOUNT = re.compile("[0-9]{12}")
_COUNT = re.compile("[0-9]{1,4}")
_REGISTRY = re.compile(r"[^/]*[.:][^/]*/|localhost/")


@dataclass(frozen=True, kw_only=True)
class Wish:
    """The options of a trial."""

    image: str = ""
    """REPOSITORY:TAG or TAG; "" is the repository of the parameters, and a tag that starts the pipeline."""
    platforms: Sequence[str] = ("linux/amd64",)
    findings: Sequence[str] = ()
    """SEVERITY=COUNT"""
    accepted: Sequence[str] = ()
    """ID@LAST-DAY REASON, as in a list of accepted findings."""
    scanned: bool = True
    approved: bool = True
    event: str = "push"
    """One of the choices of `try --event`."""
    source_account: str = ""
    """The account that replicates; "" is one that the parameters name."""

    def options(self) -> list[str]:
        """The options of `try` that produce it: those that differ from the defaults."""
        plain = Wish()
        platforms = [f"--platform={each}" for each in self.platforms if tuple(self.platforms) != plain.platforms]
        return [
            *([f"--image={self.image}"] if self.image else []),
            *platforms,
            *(f"--findings={each}" for each in self.findings),
            *(f"--accepted={each}" for each in self.accepted),
            *([] if self.scanned else ["--no-scan"]),
            *([] if self.approved else ["--reject"]),
            *([] if self.event == plain.event else [f"--event={self.event}"]),
            *([f"--source-account={self.source_account}"] if self.source_account else []),
        ]


@dataclass(frozen=True, kw_only=True)
class Act:
    """Options that can be executed."""

    repository: str
    """"" means the repository of the parameters."""
    tag: str
    """"" means a tag that starts the pipeline."""
    platforms: tuple[str, ...]
    scan: ImageScan | None
    accepted: tuple[str, ...]
    """Lines of a list of accepted findings."""
    approved: bool
    event: str
    source_account: str
    """"" means one that the parameters name."""


def act(wish: Wish) -> Act:
    """The options to execute. WrongUsageError with all impossible ones, and the allowed values."""
    gathered = Gathered()
    repository, tag = gathered.of(lambda: _image(wish.image), ("", ""))
    for complaint in (*_platforms(wish.platforms), *_findings(wish), *_accepted(wish), *_source_account(wish)):
        gathered.add(WrongUsageError(complaint))
    gathered.refuse()
    return Act(
        repository=repository,
        tag=tag,
        platforms=tuple(wish.platforms),
        scan=ImageScan(counts=_counts(wish.findings)) if wish.scanned else None,
        accepted=tuple(wish.accepted),
        approved=wish.approved,
        event=wish.event,
        source_account=wish.source_account,
    )


def _source_account(wish: Wish) -> Iterator[str]:
    given = wish.source_account
    if given and not _ACCOUNT.fullmatch(given):
        yield f"--source-account: given {given!r}, allowed: an account ID of twelve digits"
    if given and wish.event not in REPLICATIONS:
        yield f"--source-account: given with --event {wish.event}, allowed: with {' or '.join(REPLICATIONS)}"


def _image(image: str) -> tuple[str, str]:
    """The repository and the tag of [REPOSITORY:]TAG."""
    if not image:
        return "", ""
    given = f"--image: given {image!r}"
    if "@" in image or _REGISTRY.match(image):
        meant = _REGISTRY.sub("", image).partition("@")[0]
        raise WrongUsageError(f"{given}, allowed: a repository of this account and a tag, such as {_example(meant)}")
    repository, colon, tag = image.rpartition(":")
    if not _TAG.fullmatch(tag):
        example = f", such as {_example(image)}" if _REPOSITORY.fullmatch(image) else ""
        raise WrongUsageError(f"{given}, allowed: a tag of letters, digits and _ . - in [REPOSITORY:]TAG{example}")
    if colon and not _REPOSITORY.fullmatch(repository):
        raise WrongUsageError(f"{given}, allowed: a repository such as team/orders before the colon")
    return repository, tag


def _example(meant: str) -> str:
    """The probably intended value, in the allowed form."""
    repository, _, tag = meant.partition(":")
    repository = repository if _REPOSITORY.fullmatch(repository) else "team/orders"
    return f"{repository}:{tag if _TAG.fullmatch(tag) else 'v1'}"


def _platforms(platforms: Sequence[str]) -> Iterator[str]:
    for platform in dict.fromkeys(platforms):
        if not _PLATFORM.fullmatch(platform):
            yield f"--platform: given {platform!r}, allowed: os/architecture, such as linux/arm64"
        elif not platform.startswith("linux/"):
            yield f"--platform: given {platform!r}, allowed: linux/ARCHITECTURE, such as linux/arm64"
        if list(platforms).count(platform) > 1:
            yield f"--platform: given {platform} more than once, allowed: once"


def _accepted(wish: Wish) -> Iterator[str]:
    for given in wish.accepted:
        entry = _ENTRY.fullmatch(given)
        if not entry:
            yield (
                f"--accepted: given {given!r}, allowed: the id of a finding (3 to 60 letters, digits and . _ : -), @,"
                f' the last day and a reason, such as "{ACCEPTED}"'
            )
        elif not _is_day(entry["day"]):
            yield f'--accepted: given {given!r}: there is no day {entry["day"]}, allowed: such as "{ACCEPTED}"'


def _is_day(text: str) -> bool:
    try:
        return bool(date.fromisoformat(text))
    except ValueError:
        return False


def _findings(wish: Wish) -> Iterator[str]:
    if wish.findings and not wish.scanned:
        yield "--findings: given with --no-scan, allowed: one of the two, because only a scan has findings"
    severities = [given.partition("=")[0] for given in wish.findings]
    for given, severity in zip(wish.findings, severities, strict=True):
        if severity not in SEVERITIES or not _COUNT.fullmatch(given.partition("=")[2]):
            hint = did_you_mean(severity, SEVERITIES) if severity not in SEVERITIES else ""
            yield (
                f"--findings: given {given!r}, allowed: one of {', '.join(SEVERITIES)}, then = and a number"
                f" up to 9999{hint}"
            )
    for severity in SEVERITIES:
        if severities.count(severity) > 1:
            yield f"--findings: given {severity} more than once, allowed: once"


def _counts(findings: Sequence[str]) -> Mapping[str, int]:
    pairs = [given.partition("=") for given in findings]
    return {severity: int(count) for severity, _, count in pairs}
