"""The artifact store of a pipeline: zipped files in the emulator's S3, encrypted as the pipeline requires."""

from __future__ import annotations

import io
import zipfile
from collections.abc import Mapping
from typing import NamedTuple
from uuid import uuid4

from generator.emulator.front.cloud import Emulator


class ArtifactLocation(NamedTuple):
    """The place of an artifact."""

    bucket: str
    key: str


class Store(NamedTuple):
    """The bucket and the key that artifacts are encrypted with ("" is S3's own)."""

    cloud: Emulator
    bucket: str
    key_id: str

    def look(self, role: str) -> None:
        """Read the bucket's properties, with the calls that AWS lists for the role of a pipeline and of a build.

        https://docs.aws.amazon.com/codebuild/latest/userguide/setting-up-service-role.html
        """
        s3 = self.cloud.client("s3", role)
        s3.get_bucket_acl(Bucket=self.bucket)
        s3.get_bucket_location(Bucket=self.bucket)

    def find(self, role: str) -> None:
        """Check that the bucket exists, as the CodeCommit action does.

        https://docs.aws.amazon.com/codepipeline/latest/userguide/troubleshooting.html
        """
        self.cloud.client("s3", role).head_bucket(Bucket=self.bucket)

    def place(self, pipeline: str, artifact: str) -> ArtifactLocation:
        """A new place, with a name like CodePipeline's."""
        return ArtifactLocation(self.bucket, f"{pipeline[:20]}/{artifact[:10]}/{uuid4().hex[:7]}")

    def put(
        self, role: str, pipeline: str, artifact: str, files: Mapping[str, bytes], *, key_id: str = "", acl: str = ""
    ) -> ArtifactLocation:
        """Upload files as one artifact with the permissions of the role. The key is the store's if none is given."""
        buffer = io.BytesIO()
        with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive:
            for name, content in files.items():
                archive.writestr(name, content)
        location = self.place(pipeline, artifact)
        key = key_id or self.key_id
        given = {"ServerSideEncryption": "aws:kms", "SSEKMSKeyId": key, "ACL": acl}
        headers = {name: value for name, value in given.items() if value}
        self.cloud.client("s3", role).put_object(**_where(location), Body=buffer.getvalue(), **headers)
        return location

    def get(self, role: str, location: ArtifactLocation) -> dict[str, bytes]:
        """The files of an artifact, downloaded with the permissions of the role."""
        body = self.cloud.client("s3", role).get_object(**_where(location))["Body"].read()
        with zipfile.ZipFile(io.BytesIO(body)) as archive:
            return {name: archive.read(name) for name in archive.namelist()}


def _where(location: ArtifactLocation) -> dict[str, str]:
    return {"Bucket": location.bucket, "Key": location.key}
