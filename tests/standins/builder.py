"""`docker` and `aws` for the buildspecs that build and publish images: one machine and one registry, pretended.

Run as `builder.py aws|docker ARGUMENT...`. STANDIN_STATE names a JSON file that says what is there and what goes wrong,
and is written back; every call is appended to STANDIN_LOG. What is not known here is refused, as in registry.py.

    registry, repository, host, password, errors, refusals, prefix    as in registry.py
    bases       base images that can be pulled
    tools       image -> "hadolint", "trivy" or "buildkit": tools that can be pulled
    platform    what the machine builds for
    wrong       target of a Dockerfile ("" is the last one) -> what the builder says instead of building it
    lint        {"exit": code, "prints": text}
    tests       {"exit": code, "writes": {file: text}, "links": {file: where to}}: what the container of the tests does
    findings    what the scanner writes; null: it fails
    immutable   whether the repository refuses to move a tag
    media_type  of the images that docker pushes
    local       image -> what `docker image inspect` knows of it
    images      digest -> {"text": manifest, "type": its media type}
    tags        tag -> digest
    builder     image of the builder in use; "" is Docker's own
"""

from __future__ import annotations

import hashlib
import json
import os
import re
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).resolve().parents[2]))

from tests.standins import registry
from tests.standins.registry import LOG, STATE, earlier, nth, refuse, stop, usage

REPOSITORY = {"--registry-id": (False, "one"), "--repository-name": (True, "one")}
OPTIONS: dict[tuple[str, str], dict[str, tuple[bool, str]]] = {
    ("ecr", "get-login-password"): {},
    ("ecr", "batch-get-image"): {
        **REPOSITORY,
        "--image-ids": (True, "many"),
        "--accepted-media-types": (False, "many"),
    },
    ("ecr", "put-image"): {
        **REPOSITORY,
        "--image-manifest": (True, "one"),
        "--image-manifest-media-type": (False, "one"),
        "--image-tag": (False, "one"),
        "--image-digest": (False, "one"),
    },
    ("codeartifact", "get-authorization-token"): {
        "--domain": (True, "one"),
        "--duration-seconds": (False, "one"),
        "--query": (False, "one"),
    },
}
# The names of errors in messages, and in STATE.
OPERATIONS = {
    "get-login-password": "GetAuthorizationToken",
    "batch-get-image": "BatchGetImage",
    "put-image": "PutImage",
    "get-authorization-token": "CodeArtifactToken",
}
Given = dict[str, list[str]]


def sha256(text: str) -> str:
    """The digest of a text."""
    return f"sha256:{hashlib.sha256(text.encode()).hexdigest()}"


def put(text: str, media_type: str, tag: str = "") -> str:
    """Keep a manifest, under a tag if there is one."""
    digest = sha256(text)
    STATE["images"][digest] = {"text": text, "type": media_type}
    if tag:
        STATE["tags"][tag] = digest
    return digest


# aws


def batch_get_image(given: Given) -> dict[str, Any]:
    """The existing manifests, by tag or digest, and a failure for each that does not exist."""
    images: list[Any] = []
    failures: list[Any] = []
    for asked in map(registry.image_id, given["--image-ids"]):
        digest = asked.get("imageDigest") or STATE["tags"].get(asked["imageTag"])
        image = STATE["images"].get(digest)
        if image is None:
            reason = "Requested image not found"
            failures.append({"imageId": asked, "failureCode": "ImageNotFound", "failureReason": reason})
        elif image["type"] not in given.get("--accepted-media-types", ()):
            stop(99, f"what ECR answers without accepting {image['type']} is not pretended here")
        else:
            told = {"imageId": {**asked, "imageDigest": digest}, "imageManifest": image["text"]}
            images.append({**told, "imageManifestMediaType": image["type"]})
    return {"images": images, "failures": failures}


def put_image(given: Given) -> dict[str, Any]:
    """Keep a manifest as ECR does: https://docs.aws.amazon.com/AmazonECR/latest/APIReference/API_PutImage.html."""
    [text], [media_type] = given["--image-manifest"], given["--image-manifest-media-type"]
    if text.startswith("file://"):
        text = Path(text.removeprefix("file://")).read_text(encoding="utf-8")
    manifest, digest = json.loads(text), sha256(text)
    [tag], [wanted] = given.get("--image-tag", [""]), given.get("--image-digest", [digest])
    if wanted != digest:
        refuse("PutImage", "ImageDigestDoesNotMatchException", f"{wanted} is not {digest}")
    if missing := [each["digest"] for each in manifest.get("manifests", ()) if each["digest"] not in STATE["images"]]:
        refuse("PutImage", "ReferencedImagesNotFoundException", f"Images with digests {missing} required")
    there = STATE["tags"].get(tag)
    if there == digest or (not tag and digest in STATE["images"]):
        where = f"the repository with name '{STATE['repository']}'"
        refuse("PutImage", "ImageAlreadyExistsException", f"Image with digest '{digest}' already exists in {where}")
    if there and STATE["immutable"]:
        message = f"The image tag '{tag}' already exists and cannot be overwritten because the tag is immutable."
        refuse("PutImage", "ImageTagAlreadyExistsException", message)
    put(text, media_type, tag)
    return {"image": {"imageId": {"imageDigest": digest, "imageTag": tag}}}


def aws(words: list[str]) -> None:
    """Answer a call of the AWS CLI."""
    command = (words[0], words[1]) if len(words) > 1 else ("", "")
    if command not in OPTIONS:
        usage(f"argument command: Found invalid choice in {words[:2]}")
    registry.OPTIONS[command[1]] = OPTIONS[command]
    given = registry.parse(command[1], words[2:]) if command[0] == "ecr" else parsed_text(command, words[2:])
    operation = OPERATIONS[command[1]]
    error = nth(STATE["errors"].get(operation) or [None], len(earlier("aws", *command)))
    if error:
        refuse(operation, error["code"], error["message"])
    if command[1] == "get-login-password":
        print(STATE["password"])
    elif command[0] == "codeartifact":
        print(f"token of {given['--domain'][0]}")
    else:
        registry.check_repository(operation, given)
        answer = batch_get_image(given) if command[1] == "batch-get-image" else put_image(given)
        print(json.dumps(answer, indent=4))


def parsed_text(command: tuple[str, str], words: list[str]) -> Given:
    """A call that asks for `--output text`, which registry.py does not pretend."""
    if words[-2:] != ["--output", "text"]:
        usage("only --output text is pretended here")
    return registry.parse(command[1], words[:-2])


# docker


def options(words: list[str], known: dict[str, str], what: str) -> tuple[dict[str, list[str]], list[str]]:
    """The options of a call, up to the first word that is none. `known` gives the kind of each: "flag" or "value"."""
    given: dict[str, list[str]] = {}
    words = list(words)
    while words and words[0].startswith("-"):
        name, equals, value = words.pop(0).partition("=")
        if name == "--":
            break
        if name not in known:
            stop(125, f"unknown flag: {name}\n\nUsage:  docker {what}")
        if known[name] == "value" and not equals:
            if not words:
                stop(125, f"flag needs an argument: {name}")
            value = words.pop(0)
        given.setdefault(name, []).append(value)
    return given, words


def fetch(image: str) -> str:
    """The kind of tool in an image, after it was pulled. Images of the registry require a login."""
    if image.startswith(f"{STATE['host']}/") and not earlier("docker", "login"):
        stop(125, f"docker: Error response from daemon: Head {image}: no basic auth credentials")
    if image not in STATE["tools"]:
        stop(125, f"Unable to find image '{image}' locally\ndocker: Error response from daemon: pull access denied")
    return str(STATE["tools"][image])


def buildx_create(words: list[str]) -> None:
    """Use a builder of its own, from an image."""
    known = {"--use": "flag", "--driver": "value", "--driver-opt": "value"}
    given, rest = options(words, known, "buildx create")
    if rest or given.get("--driver") != ["docker-container"]:
        stop(1, f"not pretended: docker buildx create {words}")
    image = given["--driver-opt"][0].removeprefix("image=")
    if fetch(image) != "buildkit":
        stop(1, f"ERROR: {image} is no BuildKit")
    STATE["builder"] = image
    print("vibrant_hopper")


BUILD = dict.fromkeys(("--progress", "--provenance", "--file", "--secret", "--target", "--tag", "--label"), "value")
BUILD |= {"--load": "flag", "--cache-from": "value", "--cache-to": "value"}


def buildx_build(words: list[str]) -> None:
    """Build the stages of a Dockerfile."""
    given, rest = options(words, BUILD, "buildx build")
    [context], [file], [target] = rest, given["--file"], given.get("--target", [""])
    if not Path(context).is_dir() or "--load" not in given:
        stop(1, f'ERROR: unable to prepare context: path "{context}" not found')
    for secret in given.get("--secret", ()):
        variable = dict(pair.split("=", 1) for pair in secret.split(","))["env"]
        if variable not in os.environ:
            stop(1, f"ERROR: failed to stat {variable}: no such file or directory")
    if ("--cache-to" in given or "--cache-from" in given) and not STATE["builder"]:
        stop(1, "ERROR: failed to build: Cache export is not supported for the docker driver.")
    text = Path(file).read_text(encoding="utf-8", errors="surrogateescape")
    if problem := unbuildable(text, target):
        stop(1, f"ERROR: failed to solve: {problem}")
    system, architecture = STATE["platform"].split("/")
    told = {"Os": system, "Architecture": architecture, "Labels": given.get("--label", []), "RepoDigests": []}
    for tag in given["--tag"]:
        STATE["local"][tag] = {**told, "Target": target, "Id": sha256(json.dumps([text, target, told]))}


def unbuildable(dockerfile: str, target: str) -> str:
    """The builder's errors in a Dockerfile: names of stages count in lower case, base images must exist."""
    names: list[str] = []
    for line in dockerfile.splitlines():
        words = [word for word in line.split() if not word.startswith("--")]
        if words and words[0].upper() == "FROM":
            base = words[1]
            if base not in STATE["bases"] and base.lower() not in [*names, "scratch"]:
                return f"{base}: failed to resolve source metadata for {base}: i/o timeout"
            names.append(words[3].lower() if len(words) == 4 and words[2].upper() == "AS" else "")
    if not names:
        return "file with no instructions"
    if target and target not in names:
        return f'target stage "{target}" could not be found'
    return str(STATE["wrong"].get(target, ""))


def run(words: list[str]) -> None:
    """Run the container of the tests, or a tool."""
    known = {"--rm": "flag", "--interactive": "flag", "--network": "value", "--volume": "value"}
    known |= {"--init": "flag", "--name": "value"}
    given, rest = options(words, known, "run")
    if given.get("--network") != ["none"]:
        stop(125, "not pretended: a container with a network")
    mounts = [volume.partition(":") for volume in given.get("--volume", ())]
    volumes = {inside: outside for outside, _, inside in mounts}
    [image, *command] = rest
    if image in STATE["local"]:
        if "--init" not in given or not given.get("--name"):
            stop(125, "a program that hears no signal would never end")
        run_tests(Path(volumes["/reports"]))
    {"hadolint": run_hadolint, "trivy": run_trivy}[fetch(image)](command, volumes)


def remove(words: list[str]) -> None:
    """Remove the container of the tests, which does not exist if it has ended on its own."""
    options(words, {"--force": "flag"}, "rm")


def run_tests(reports: Path) -> None:
    """Act like the tests, as the user of the image, which may be anybody."""
    if reports.stat().st_mode & 0o777 != 0o777:
        stop(1, "PermissionError: [Errno 13] Permission denied: '/reports'")
    for name, text in STATE["tests"].get("writes", {}).items():
        file = reports / name
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(text, encoding="utf-8")
    for name, where in STATE["tests"].get("links", {}).items():
        (reports / name).symlink_to(where)
    print(STATE["tests"].get("prints", "tested"))
    sys.exit(STATE["tests"].get("exit", 0))


def run_hadolint(command: list[str], _volumes: dict[str, str]) -> None:
    """Look at a Dockerfile on standard input."""
    if command[:3] != ["hadolint", "--no-color", "--failure-threshold"] or command[4:] != ["-"]:
        stop(1, f"Invalid option in {command}")
    if "FROM" not in sys.stdin.read().upper():
        stop(1, "-:1:1 unexpected end of input")
    print(STATE["lint"]["prints"])
    sys.exit(STATE["lint"]["exit"])


def run_trivy(command: list[str], volumes: dict[str, str]) -> None:
    """Scan an archive without a network, or convert findings to another format."""
    known = dict.fromkeys(("--quiet", "--list-all-pkgs", "--offline-scan", "--skip-db-update"), "flag")
    known |= dict.fromkeys(("--input", "--scanners", "--format", "--output"), "value")
    given, rest = options(command[1:], {**known, "--skip-java-db-update": "flag"}, "run trivy")
    output = here(given["--output"][0], volumes)
    if command[0] == "image" and not rest:
        if not {"--offline-scan", "--skip-db-update", "--skip-java-db-update"} <= given.keys():
            stop(1, "FATAL failed to download vulnerability DB")
        if not here(given["--input"][0], volumes).is_file() or STATE["findings"] is None:
            stop(1, "FATAL Fatal error: unable to open the archive")
        output.write_text(json.dumps(STATE["findings"]), encoding="utf-8")
    elif command[0] == "convert" and given["--format"] == ["cyclonedx"]:
        found = json.loads(here(rest[0], volumes).read_text(encoding="utf-8"))
        output.write_text(json.dumps({"bomFormat": "CycloneDX", "of": found}), encoding="utf-8")
    else:
        stop(1, f"unknown command {command}")


def here(path: str, volumes: dict[str, str]) -> Path:
    """The place of a container's path on the machine."""
    for inside, outside in volumes.items():
        if path.startswith(f"{inside}/"):
            return Path(outside) / path.removeprefix(f"{inside}/")
    return stop(1, f"{path}: no such file or directory")


def known_locally(image: str) -> dict[str, Any]:
    """Docker's description of a built image."""
    if image not in STATE["local"]:
        stop(1, f"Error response from daemon: No such image: {image}")
    return dict(STATE["local"][image])


def save(words: list[str]) -> None:
    """Write an image into an archive."""
    given, [image] = options(words, {"--output": "value"}, "save")
    Path(given["--output"][0]).write_text(json.dumps(known_locally(image)), encoding="utf-8")


def push(words: list[str]) -> None:
    """Push the built image; the registry may refuse."""
    [image] = words
    config = known_locally(image)
    repository, _, tag = image.rpartition(":")
    if not earlier("docker", "login"):
        stop(1, f"Error response from daemon: {image}: no basic auth credentials")
    if repository != f"{STATE['host']}/{STATE['repository']}" or "push" in STATE["refusals"]:
        stop(1, STATE["refusals"].get("push", f"name unknown: The repository {repository} does not exist"))
    if STATE["immutable"] and tag in STATE["tags"]:
        stop(1, f"tag invalid: The image tag '{tag}' already exists and cannot be overwritten: the tag is immutable.")
    media_type = STATE["media_type"]
    manifest = {"schemaVersion": 2, "mediaType": media_type, "config": {"digest": config["Id"], "size": 7023}}
    digest = put(json.dumps({**manifest, "layers": []}, indent=3), media_type, tag)
    STATE["local"][image]["RepoDigests"] = [f"elsewhere.example/app@{sha256('else')}", f"{repository}@{digest}"]
    print(f"{tag}: digest: {digest} size: 528")


def inspect(words: list[str]) -> None:
    """Describe a built image."""
    given, [image] = options(words, {"--format": "value"}, "image inspect")
    told = known_locally(image)
    if "--format" in given:
        print(re.sub(r"\{\{\.([A-Za-z]+)\}\}", lambda match: str(told[match[1]]), given["--format"][0]))
    else:
        print(json.dumps([told], indent=4))


DOCKER: dict[tuple[str, ...], Callable[[list[str]], None]] = {
    ("login",): registry.docker_login,
    ("buildx", "create"): buildx_create,
    ("buildx", "build"): buildx_build,
    ("run",): run,
    ("save",): save,
    ("rm",): remove,
    ("push",): push,
    ("image", "inspect"): inspect,
}


def docker(words: list[str]) -> None:
    """Act like the Docker CLI."""
    for command, act in DOCKER.items():
        if tuple(words[: len(command)]) == command:
            act(words[len(command) :])
            return
    stop(125, f"unknown docker command: docker {words}")


def main() -> None:
    """Answer, then record the call and the state of the machine and the registry."""
    tool, words = sys.argv[1], sys.argv[2:]
    before = json.dumps(STATE)
    try:
        aws(words) if tool == "aws" else docker(words)
    finally:
        with Path(LOG).open("a", encoding="utf-8") as log:
            log.write(json.dumps([tool, *words]) + "\n")
        if before != json.dumps(STATE):
            Path(os.environ["STANDIN_STATE"]).write_text(json.dumps(STATE), encoding="utf-8")


if __name__ == "__main__":
    main()
