"""`docker` in a build, as a separate program: `docker.py SETTINGS ARGUMENT...`.

ECR checks the permissions of the logged-in caller at each pull: the emulator checks them first, with the build's
credentials. Then a real engine does the rest, if SETTINGS names one, with a registry on this machine in place of ECR's.
Without one, this file replaces it: it supports `login`, `pull` and `image inspect`, and refuses all else.

It imports nothing of this package, because it is run by its path, once for each command.
"""

from __future__ import annotations

import hashlib
import json
import os
import re
import sys
from pathlib import Path
from typing import Any, NamedTuple, NoReturn, TextIO


class Settings(NamedTuple):
    """The settings of `docker`."""

    host: str
    """The registry's name at AWS."""
    password: str
    """The password that `docker login` requires."""
    blobs: str
    """The folder of all pushed content."""
    engine: list[str]
    """The command of the real engine; empty if there is none."""
    address: str
    """The address of the registry for the engine."""


def stop(code: int, message: str) -> NoReturn:
    """Complain and end, like the command."""
    sys.stderr.write(f"{message}\n")
    sys.exit(code)


def login(settings: Settings, words: list[str], stdin: TextIO) -> None:
    """Take `--username AWS --password-stdin HOST`; the password is the one that ECR issued."""
    if words != ["--username", "AWS", "--password-stdin", settings.host]:
        stop(125, f"not a login to {settings.host} with the password on standard input: docker login {' '.join(words)}")
    if stdin.read().rstrip("\r\n") != settings.password:
        stop(1, f"Error response from daemon: login attempt to https://{settings.host}/v2/ failed: 400 Bad Request")
    kept().parent.mkdir(parents=True, exist_ok=True)
    kept().touch()
    kept().with_name("config.json").write_text('{"auths": {}}', encoding="utf-8")
    sys.stdout.write("Login Succeeded\n")


def kept() -> Path:
    """The file of pulled references, one per line. It exists after a login. Each build has a home folder of its own.

    https://docs.docker.com/reference/cli/docker/#environment-variables
    """
    return Path(os.environ.get("DOCKER_CONFIG") or Path.home() / ".docker", "pulled")


def pull(settings: Settings, words: list[str]) -> None:
    """Take `[--quiet] [--platform OS/ARCH] REFERENCE`, where the reference has a digest."""
    platform, rest = "", [word for word in words if word not in ("--quiet", "-q")]
    if rest[:1] == ["--platform"]:
        platform, rest = rest[1], rest[2:]
    if len(rest) != 1 or rest[0].startswith("-"):
        stop(125, f"not pretended here: docker pull {' '.join(words)}")
    [reference] = rest
    name, digest = named(settings, reference)
    if not kept().exists():
        stop(1, f'Error response from daemon: Head "https://{reference}": no basic auth credentials')
    layers = permitted(name, digest)
    if settings.engine:
        hand_over(settings, ["pull", *words])
    config = json.loads(blob(settings, json.loads(blob(settings, digest))["config"]["digest"]))
    for layer in layers:
        blob(settings, layer)
    own = [config["os"], config["architecture"], config.get("variant", "")]
    if any(wanted != has for wanted, has in zip(platform.split("/"), own, strict=False) if wanted and has):
        stop(1, f"Error response from daemon: {reference} was found but does not provide the platform ({platform})")
    with kept().open("a", encoding="utf-8") as pulled:
        pulled.write(f"{reference}\n")
    sys.stdout.write(f"{reference}\n")


def inspect(settings: Settings, words: list[str]) -> None:
    """Print pulled images, in the given order: https://docs.docker.com/reference/cli/docker/image/inspect/."""
    pulled = kept().read_text(encoding="utf-8").splitlines() if kept().exists() else []
    known = [reference for reference in words if reference in pulled]
    sys.stdout.write(json.dumps([described(settings, reference) for reference in known], indent=4) + "\n")
    for reference in words:
        if reference not in pulled:
            stop(1, f"Error response from daemon: No such image: {reference}")


def named(settings: Settings, reference: str) -> tuple[str, str]:
    """The repository and the digest."""
    name, _, digest = reference.partition("@")
    if not re.fullmatch("sha256:[0-9a-f]{64}", digest):
        stop(1, f"invalid reference format, only digests are pretended here: {reference}")
    if not name.startswith(f"{settings.host}/"):
        stop(1, f"Error response from daemon: dial tcp: lookup {name.partition('/')[0]}: no such host")
    return name.removeprefix(f"{settings.host}/"), digest


def permitted(repository: str, digest: str) -> list[str]:
    """The layers of an image, if ECR allows the caller to pull them.

    https://docs.aws.amazon.com/AmazonECR/latest/userguide/repository-policy-examples.html
    """
    import boto3
    from botocore.config import Config
    from botocore.exceptions import BotoCoreError, ClientError

    config = Config(retries={"total_max_attempts": 1}, read_timeout=20, user_agent_extra="docker/28")
    ecr = boto3.client("ecr", config=config)
    try:
        found = ecr.batch_get_image(repositoryName=repository, imageIds=[{"imageDigest": digest}])["images"]
        manifest = json.loads(found[0]["imageManifest"]) if found else {}
        layers = [layer["digest"] for layer in manifest.get("layers", ())]
        places = [ecr.get_download_url_for_layer(repositoryName=repository, layerDigest=layer) for layer in layers]
    except (ClientError, BotoCoreError) as error:
        stop(1, f"Error response from daemon: pull access denied for {repository}: denied: {error}")
    if not all(place.get("downloadUrl") for place in places):
        stop(1, f"Error response from daemon: no place to download the layers of {repository}@{digest} from")
    if "config" not in manifest:
        stop(1, f"Error response from daemon: manifest for {repository}@{digest} not found: manifest unknown")
    return layers


def blob(settings: Settings, digest: str) -> bytes:
    """The bytes, which must have this digest."""
    file = Path(settings.blobs, digest.removeprefix("sha256:"))
    content = file.read_bytes() if file.exists() else b""
    if f"sha256:{hashlib.sha256(content).hexdigest()}" != digest:
        stop(1, f"Error response from daemon: blob {digest} is not what was pushed")
    return content


def described(settings: Settings, reference: str) -> dict[str, Any]:
    """A pulled image under Docker's keys, as far as its properties are known."""
    _, digest = named(settings, reference)
    manifest = json.loads(blob(settings, digest))
    config = json.loads(blob(settings, manifest["config"]["digest"]))
    return {
        "Id": manifest["config"]["digest"],
        "RepoTags": [],
        "RepoDigests": [reference],
        "Created": config["created"],
        "Config": config["config"],
        "Architecture": config["architecture"],
        **({"Variant": config["variant"]} if "variant" in config else {}),
        "Os": config["os"],
        "Size": sum(layer["size"] for layer in manifest["layers"]),
        "RootFS": {"Type": "layers", "Layers": config["rootfs"]["diff_ids"]},
    }


def hand_over(settings: Settings, words: list[str]) -> NoReturn:
    """Let the real engine do it, with the registry of this machine in place of ECR's."""
    there = [word.replace(settings.host, settings.address) for word in words]
    os.execvp(settings.engine[0], [*settings.engine, *there])  # noqa: S606  the engine that this machine has


def main(arguments: list[str], stdin: TextIO) -> None:
    """Act like the Docker CLI."""
    settings = Settings(**json.loads(Path(arguments[0]).read_text(encoding="utf-8")))
    words = arguments[1:]
    if words[:1] == ["login"]:
        login(settings, words[1:], stdin)
    elif words[:1] == ["pull"]:
        pull(settings, words[1:])
    elif settings.engine:
        hand_over(settings, words)
    elif words[:2] == ["image", "inspect"]:
        inspect(settings, words[2:])
    else:
        stop(125, f"no container engine here, and not pretended: docker {' '.join(words)}")


if __name__ == "__main__":
    main(sys.argv[1:], sys.stdin)
