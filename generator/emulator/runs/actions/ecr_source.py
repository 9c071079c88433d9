"""ECR as the source: finds the image, and describes it for later actions in imageDetail.json.

https://docs.aws.amazon.com/codepipeline/latest/userguide/action-reference-ECR.html
"""

from __future__ import annotations

import json
from datetime import timezone

from generator.emulator.runs.action import ActionError, Done, Provider, Step


def run(step: Step) -> Done:
    """Look up the digest that the run was started with, or else the current image of the configured tag.

    https://docs.aws.amazon.com/codepipeline/latest/userguide/file-reference.html
    """
    repository, tag = step.setting("RepositoryName"), step.configuration.get("ImageTag", "latest")
    wanted = {"imageDigest": step.revision} if step.revision else {"imageTag": tag}
    ecr = step.client("ecr")
    try:
        [found] = ecr.describe_images(repositoryName=repository, imageIds=[wanted])["imageDetails"]
    except (ecr.exceptions.ImageNotFoundException, ecr.exceptions.RepositoryNotFoundException) as error:
        raise ActionError(f"there is no image {step.revision or tag} in the repository {repository}") from error
    digest = found["imageDigest"]
    [described] = step.world.cloud.inside("ecr").describe_repositories(repositoryNames=[repository])["repositories"]
    uri = f"{described['repositoryUri']}@{digest}"
    detail = {
        "ImageSizeInBytes": str(found.get("imageSizeInBytes", 0)),
        "ImageDigest": digest,
        "Version": "1.0",
        "ImagePushedAt": found["imagePushedAt"].astimezone(timezone.utc).strftime("%a %b %d %H:%M:%S UTC %Y"),
        "RegistryId": found["registryId"],
        "RepositoryName": repository,
        "ImageURI": uri,
        # The file has a list of tags, the output variable is one tag.
        "ImageTags": found.get("imageTags", []),
    }
    variables = {
        "RegistryId": found["registryId"],
        "RepositoryName": repository,
        "ImageDigest": digest,
        "ImageURI": uri,
        # CodePipeline outputs no tag for a run that was started with a digest.
        # https://docs.aws.amazon.com/codepipeline/latest/userguide/action-reference-ECR.html
        **({} if step.revision else {"ImageTag": tag}),
    }
    outputs = step.write({"imageDetail.json": json.dumps(detail).encode()})
    return Done(summary=f"{repository}@{digest}", variables=variables, outputs=outputs)


PROVIDERS: dict[tuple[str, str], Provider] = {("Source", "ECR"): run}
