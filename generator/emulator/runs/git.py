"""Git repositories as source actions see them: branches, and connections to the repositories.

Neither moto nor botocore has the calls that fetch a commit: CodePipeline uses operations of services that are not
public.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass, field


@dataclass(frozen=True, kw_only=True)
class Commit:
    """A commit: files by their paths. One for which a Git tag was pushed has the tag's name.

    `executable` are paths of files that may be run, `links` the targets of symbolic links by their paths.
    """

    files: Mapping[str, bytes]
    executable: frozenset[str] = frozenset()
    links: Mapping[str, str] = field(default_factory=dict)
    message: str = "Change orders"
    date: str = "2026-11-20T10:30:15Z"
    tag: str = ""

    @property
    def id(self) -> str:
        """Forty hexadecimal digits derived from all of it, like Git's own."""
        parts = [
            self.message,
            self.date,
            self.tag,
            *(f"{path} {path in self.executable} {self.files[path].hex()}" for path in sorted(self.files)),
            *(f"{path} -> {self.links[path]}" for path in sorted(self.links)),
        ]
        return hashlib.sha1("\n".join(parts).encode()).hexdigest()  # noqa: S324  Git's own ids are no signatures either

    def in_zip(self) -> dict[str, bytes]:
        """The files of the artifact CODE_ZIP, which keeps neither executable bits nor symbolic links.

        A link becomes a file that contains its target. AWS documents that CODE_ZIP has no Git metadata; links and bits
        are known from reports, so the worse case is assumed.
        https://docs.aws.amazon.com/codepipeline/latest/userguide/action-reference-CodestarConnectionSource.html
        https://github.com/aws-ia/terraform-aws-control_tower_account_factory/issues/547
        """
        return {**self.files, **{path: target.encode() for path, target in self.links.items()}}


@dataclass(frozen=True)
class Git:
    """The commits of every branch, and the authorized connections."""

    authorized: set[str] = field(default_factory=set)
    """ARNs of connections."""
    _branches: dict[tuple[str, str], list[Commit]] = field(default_factory=dict)

    def push(self, repository: str, branch: str, commit: Commit) -> None:
        """Put a commit on top of a branch, which is created if it does not exist."""
        self._branches.setdefault((repository, branch), []).append(commit)

    def find(self, repository: str, branch: str, commit_id: str = "") -> Commit | None:
        """The commit of that id, or the last one of the branch; None if there is none."""
        commits = self._branches.get((repository, branch), [])
        return next((each for each in reversed(commits) if commit_id in ("", each.id)), None)
