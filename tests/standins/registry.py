"""`aws ecr`, `aws s3api` and `docker` in front of one pretended registry, for the buildspecs under test.

Run as `registry.py aws|docker ARGUMENT...`. STANDIN_STATE names a JSON file that says what the registry holds and what
goes wrong; every call is appended to STANDIN_LOG. Options that the real command does not know are refused in its words;
options that it knows and this file does not are refused as well, so that nothing is taken on trust.

    registry, repository, host, password
    images      digest -> a member of BatchGetImage's `images`
    tags        digest -> a member of DescribeImages' `imageDetails`
    signings    digest -> the statuses that DescribeImageSigningStatus answers, call after call (the last one stays)
    scans       digest -> what DescribeImageScanFindings answers, call after call (the last one stays)
    errors      operation -> the errors of its calls, call after call (the last one stays; null: none)
    containers  digest -> a member of what `docker image inspect` prints
    objects     "bucket/key" -> the text of an object in S3
    refusals    "login", "pull DIGEST" or "inspect" -> what docker says instead of doing it
    prefix      what the AWS CLI puts before an error (left out: what it puts there today)
"""

from __future__ import annotations

import json
import os
import re
import sys

# It is started for every command of every build: what it does not import saves half of its time.
TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Any, NoReturn

with open(os.environ["STANDIN_STATE"], encoding="utf-8") as file:  # noqa: PTH123  pathlib takes its time
    STATE: dict[str, Any] = json.load(file)
LOG = os.environ["STANDIN_LOG"]

# An option, whether the call needs it, and whether it takes one value or several.
OPTIONS: dict[str, dict[str, tuple[bool, str]]] = {
    "get-login-password": {},
    "batch-get-image": {
        "--registry-id": (False, "one"),
        "--repository-name": (True, "one"),
        "--image-ids": (True, "many"),
        "--accepted-media-types": (False, "many"),
    },
    "describe-images": {
        "--registry-id": (False, "one"),
        "--repository-name": (True, "one"),
        "--image-ids": (False, "many"),
    },
    "describe-image-scan-findings": {
        "--registry-id": (False, "one"),
        "--repository-name": (True, "one"),
        "--image-id": (True, "one"),
        "--page-size": (False, "one"),
    },
}
OPTIONS["describe-image-signing-status"] = {
    "--registry-id": (False, "one"),
    "--repository-name": (True, "one"),
    "--image-id": (True, "one"),
}
GLOBAL = {"--region": (False, "one"), "--output": (False, "one")}


def stop(code: int, message: str) -> NoReturn:
    """Complain and end, as the command would."""
    print(message, file=sys.stderr)
    sys.exit(code)


def nth(answers: list[Any], count: int) -> Any:
    """The answer to this call: the last one stays."""
    return answers[min(count, len(answers) - 1)]


def earlier(*words: str) -> list[list[str]]:
    """The calls before this one that begin with these words."""
    if not os.path.exists(LOG):  # noqa: PTH110
        return []
    with open(LOG, encoding="utf-8") as log:  # noqa: PTH123
        calls: list[list[str]] = [json.loads(line) for line in log]
    return [call for call in calls if call[: len(words)] == list(words)]


# The AWS CLI (version 2): exit codes https://docs.aws.amazon.com/cli/latest/userguide/cli-usage-returncodes.html


def usage(message: str) -> NoReturn:
    """The CLI's error for arguments that it does not accept."""
    stop(252, f"\nusage: aws [options] <command> <subcommand> [parameters]\n\naws: [ERROR]: {message}\n")


def refuse(operation: str, code: str, message: str) -> NoReturn:
    """An error of the service, in the form that STATE asks for: the CLI has put a name before it since 2.34."""
    prefix = STATE.get("prefix", "aws: [ERROR]: ")
    stop(254, f"\n{prefix}An error occurred ({code}) when calling the {operation} operation: {message}")


def parse(operation: str, words: list[str]) -> dict[str, list[str]]:
    """The options of a call with their values."""
    known = {**OPTIONS[operation], **GLOBAL}
    given: dict[str, list[str]] = {}
    option = ""
    for word in words:
        if word.startswith("--"):
            if word not in known:
                usage(f"Unknown options: {word}")
            option = word
            given[option] = []
        elif option and (known[option][1] == "many" or not given[option]):
            given[option].append(word)
        else:
            usage(f"Unknown options: {word}")
    for option, values in given.items():
        if not values:
            usage(f"argument {option}: expected {'at least one' if known[option][1] == 'many' else 'one'} argument")
    needed = [option for option, (required, _) in known.items() if required and option not in given]
    if needed:
        usage(f"the following arguments are required: {', '.join(needed)}")
    if given.get("--output", ["json"]) != ["json"]:
        usage("only --output json is pretended here")
    return given


def image_id(text: str) -> dict[str, str]:
    """The CLI's shorthand for an image identifier."""
    pairs = dict(pair.partition("=")[::2] for pair in text.split(","))
    if unknown := pairs.keys() - {"imageDigest", "imageTag"}:
        names = ", ".join(sorted(unknown))
        stop(252, f"\nParameter validation failed:\nUnknown parameter: {names}, must be one of: imageDigest, imageTag")
    return pairs


def check_repository(operation: str, given: dict[str, list[str]]) -> None:
    """ECR looks at the shape of the names, then for the repository."""
    [registry], [repository] = given.get("--registry-id", [STATE["registry"]]), given["--repository-name"]
    if not re.fullmatch("[0-9]{12}", registry):
        refuse(operation, "InvalidParameterException", "Invalid parameter at 'registryId' failed to satisfy constraint")
    if (registry, repository) != (STATE["registry"], STATE["repository"]):
        where = f"The repository with name '{repository}' does not exist in the registry with id '{registry}'"
        refuse(operation, "RepositoryNotFoundException", where)


def batch_get_image(given: dict[str, list[str]]) -> dict[str, Any]:
    """The existing manifests, and a failure for each that does not exist."""
    images: list[Any] = []
    failures: list[Any] = []
    for identifier in map(image_id, given["--image-ids"]):
        image = STATE["images"].get(identifier.get("imageDigest"))
        if image is None:
            reason = "Requested image not found"
            failures.append({"imageId": identifier, "failureCode": "ImageNotFound", "failureReason": reason})
        elif image["imageManifestMediaType"] not in given.get("--accepted-media-types", ()):
            stop(99, f"what ECR answers without accepting {image['imageManifestMediaType']} is not pretended here")
        else:
            images.append(image)
    return {"images": images, "failures": failures}


def describe_images(given: dict[str, list[str]]) -> dict[str, Any]:
    """ECR's description of each image; one that does not exist is an error."""
    details = []
    for identifier in map(image_id, given["--image-ids"]):
        if identifier.get("imageDigest") not in STATE["tags"]:
            message = f"The image with imageId {{imageDigest:'{identifier.get('imageDigest')}'}} does not exist"
            refuse("DescribeImages", "ImageNotFoundException", message)
        details.append(STATE["tags"][identifier["imageDigest"]])
    return {"imageDetails": details}


def describe_image_scan_findings(given: dict[str, list[str]]) -> dict[str, Any]:
    """The state of the image's scan at this call. The CLI itself joins the pages."""
    [text] = given["--image-id"]
    digest = image_id(text).get("imageDigest", "")
    if digest not in STATE["images"]:
        message = f"The image with imageId {{imageDigest:'{digest}'}} does not exist within the repository"
        refuse("DescribeImageScanFindings", "ImageNotFoundException", message)
    if not 1 <= int(given.get("--page-size", ["1000"])[0]) <= 1000:
        usage("Invalid range for parameter maxResults")
    before = [call for call in earlier("aws", "ecr", "describe-image-scan-findings") if text in call]
    answer = nth(STATE["scans"].get(digest) or [None], len(before))
    if answer is None:
        message = f"Image scan does not exist for the image with '{{imageDigest:'{digest}'}}'"
        refuse("DescribeImageScanFindings", "ScanNotFoundException", message)
    return dict(answer)


def describe_image_signing_status(given: dict[str, list[str]]) -> dict[str, Any]:
    """A status for each profile whose rule matched the image; none where no rule did."""
    [text] = given["--image-id"]
    digest = image_id(text).get("imageDigest", "")
    before = earlier("aws", "ecr", "describe-image-signing-status")
    statuses = nth(STATE["signings"].get(digest) or [[]], len(before))
    return {"repositoryName": STATE["repository"], "imageId": {"imageDigest": digest}, "signingStatuses": statuses}


ANSWERS: dict[str, Callable[[dict[str, list[str]]], dict[str, Any]]] = {
    "batch-get-image": batch_get_image,
    "describe-images": describe_images,
    "describe-image-scan-findings": describe_image_scan_findings,
    "describe-image-signing-status": describe_image_signing_status,
}


def get_object(words: list[str]) -> None:
    """Write an object to a file. Without s3:ListBucket, a missing object looks like a forbidden one.

    https://docs.aws.amazon.com/AmazonS3/latest/API/API_GetObject.html
    """
    if words[:1] != ["get-object"] or len(words) != 6 or (words[1], words[3]) != ("--bucket", "--key"):
        usage(f"not pretended here: aws s3api {words}")
    text = STATE["objects"].get(f"{words[2]}/{words[4]}")
    error = STATE["errors"].get("GetObject") or (
        [] if text is not None else [{"code": "AccessDenied", "message": "No"}]
    )
    if error:
        refuse("GetObject", error[0]["code"], error[0]["message"])
    with open(words[5], "w", encoding="utf-8", errors="surrogatepass", newline="") as target:  # noqa: PTH123
        target.write(text)
    print(json.dumps({"ContentLength": len(text), "VersionId": "1"}))


def aws(words: list[str]) -> None:
    """Answer a call of the AWS CLI."""
    if words[:1] == ["s3api"]:
        get_object(words[1:])
        return
    if words[:1] != ["ecr"] or not words[1:] or words[1] not in OPTIONS:
        usage(f"argument command: Found invalid choice in {words[:2]}")
    command = words[1]
    given = parse(command, words[2:])
    if not (given.get("--region") or os.environ.get("AWS_REGION")):
        stop(253, "\naws: [ERROR]: An error occurred (NoRegion): You must specify a region.")
    password = command == "get-login-password"
    operation = "GetAuthorizationToken" if password else command.title().replace("-", "")
    error = nth(STATE["errors"].get(operation) or [None], len(earlier("aws", "ecr", command)))
    if error:
        refuse(operation, error["code"], error["message"])
    if password:
        print(STATE["password"])
        return
    check_repository(operation, given)
    print(json.dumps(ANSWERS[command](given), indent=4))


# The Docker CLI


def docker_login(words: list[str]) -> None:
    """Keep the login of `--username NAME --password-stdin HOST`; without a host it is one to Docker Hub."""
    if len(words) not in (3, 4) or words[0] != "--username" or words[2] != "--password-stdin":
        stop(125, f"unknown or missing flags of docker login: {words}")
    password = sys.stdin.read().strip("\r\n")
    if "login" in STATE["refusals"]:
        stop(1, STATE["refusals"]["login"])
    if not password:
        stop(1, "Error: Cannot perform an interactive login from a non TTY device")
    [host] = words[3:] or ["registry-1.docker.io"]
    known = {STATE["host"]: ("AWS", STATE["password"]), "registry-1.docker.io": tuple(STATE.get("docker_hub", ()))}
    if (words[1], password) != known.get(host):
        host = f"https://{host}/v2/"
        stop(1, f"Error response from daemon: login attempt to {host} failed with status: 400 Bad Request")
    print("\nWARNING! Your credentials are stored unencrypted in '/root/.docker/config.json'.", file=sys.stderr)
    print("Login Succeeded")


def digest_of(reference: str) -> str:
    """The digest in `host/repository@digest`; nothing is ever referred to by tag."""
    name, at, digest = reference.partition("@")
    if not at or not re.fullmatch("sha256:[0-9a-f]{64}", digest):
        stop(1, "invalid reference format")
    if name != f"{STATE['host']}/{STATE['repository']}":
        stop(1, f"Error response from daemon: pull access denied for {name}, repository does not exist")
    return digest


def docker_pull(words: list[str]) -> None:
    """Take `[--quiet] [--platform OS/ARCH] REFERENCE`; one image of one platform, as the buildspecs must."""
    words = [word for word in words if word != "--quiet"]
    platform = ""
    if words[:1] == ["--platform"]:
        platform, words = words[1], words[2:]
    if len(words) != 1 or words[0].startswith("-"):
        stop(125, f"unknown flag or wrong number of arguments: {words}")
    [reference] = words
    digest = digest_of(reference)
    if not earlier("docker", "login"):
        stop(1, f'Error response from daemon: Head "https://{reference}": no basic auth credentials')
    refusal = STATE["refusals"].get(f"pull {digest}")
    container = STATE["containers"].get(digest)
    if refusal or container is None:
        missing = f"Error response from daemon: manifest for {reference} not found: manifest unknown"
        stop(1, refusal or missing)
    own = [container[key] for key in ("Os", "Architecture", "Variant")]
    if any(wanted != has for wanted, has in zip(platform.split("/"), own, strict=False) if wanted and has):
        found = f"image with reference {reference} was found but does not provide the specified platform ({platform})"
        stop(1, f"Error response from daemon: {found}")
    print(reference)


def docker_inspect(words: list[str]) -> None:
    """Print pulled images, in the given order."""
    pulled = {call[-1] for call in earlier("docker", "pull")}
    known = [reference for reference in words if reference in pulled]
    print(json.dumps([STATE["containers"][digest_of(reference)] for reference in known], indent=4))
    for reference in words:
        if reference not in pulled:
            stop(1, f"Error response from daemon: No such image: {reference}")
    if "inspect" in STATE["refusals"]:
        stop(1, STATE["refusals"]["inspect"])


def docker(words: list[str]) -> None:
    """Act like the Docker CLI."""
    if words[:1] == ["login"]:
        docker_login(words[1:])
    elif words[:1] == ["pull"]:
        docker_pull(words[1:])
    elif words[:2] == ["image", "inspect"] and words[2:]:
        docker_inspect(words[2:])
    else:
        stop(125, f"unknown docker command: docker {words}")


def main() -> None:
    """Answer, then record the call: a question about earlier calls is not itself among them."""
    tool, words = sys.argv[1], sys.argv[2:]
    try:
        aws(words) if tool == "aws" else docker(words)
    finally:
        with open(LOG, "a", encoding="utf-8") as log:  # noqa: PTH123
            log.write(json.dumps([tool, *words]) + "\n")


if __name__ == "__main__":
    main()
