"""AWS CodeCommit."""

from __future__ import annotations

from generator.authorization.need import Needs, arn, each_on

NEEDS: Needs = {
    **each_on(
        arn("codecommit", "{repositoryName}"),
        "codecommit:CancelUploadArchive",
        "codecommit:GetBranch",
        "codecommit:GetCommit",
        "codecommit:GetRepository",
        "codecommit:GetUploadArchiveStatus",
        "codecommit:UploadArchive",
    ),
}
