"""`kubectl`, `helm`, `aws eks` and `aws s3` in front of a pretended cluster, as a program of its own.

Run as `kubernetes.py kubectl|helm|aws ARGUMENT...`. STANDIN_STATE names a JSON file that says what is there and what
goes wrong, or a folder of such files, CLUSTER.json each; what is changed is changed in them. Every call is appended
to STANDIN_LOG. What kubectl does and says was taken from kubectl 1.33 in front of a pretended API; arguments that are
not known here are refused.

    cluster, namespace
    deployment  as `kubectl get --output json` prints it
    revisions   number -> template of the pods
    pods        the items of `kubectl get pods --output json`
    outcomes    image -> "never" or "deadline"; any other image comes up
    put_back    true: something else puts back whatever is changed
    refusals    the first words of a command -> what it says instead of doing it
    objects     s3:// address -> path of a file
    release     the values of the release; null: there is none
    status      the status of the release: "deployed" without one
    manifest    what the release has made, as Helm keeps it
    live        what the cluster has of it; without it the manifest
"""

from __future__ import annotations

import copy
import json
import os
import re
import shutil
import sys
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any, NoReturn

STATE: dict[str, Any] = {}  # read when it is run
REVISION = "deployment.kubernetes.io/revision"
FOUND = ("[a-z0-9-]+", "--output", "json", "--request-timeout=[0-9]+s")


def stop(message: str, code: int = 1) -> NoReturn:
    """Complain and end, like the command."""
    sys.stderr.write(f"{message}\n")
    sys.exit(code)


def say(text: str) -> None:
    """Print a line."""
    sys.stdout.write(f"{text}\n")


def state_file() -> Path:
    """The path of the state of the cluster that the configuration names."""
    given = Path(os.environ["STANDIN_STATE"])
    return given / f"{context()['cluster']}.json" if given.is_dir() else given


def keep() -> None:
    """Save the current state."""
    state_file().write_text(json.dumps(STATE), encoding="utf-8")


def context() -> dict[str, Any]:
    """The cluster and namespace that the configuration names. Without one kubectl would call localhost."""
    file = Path(os.environ.get("KUBECONFIG", "nowhere"))
    if not file.exists():
        stop("The connection to the server localhost:8080 was refused - did you specify the right host or port?")
    text = file.read_text(encoding="utf-8")
    try:
        return dict(json.loads(text))
    except ValueError:
        # The AWS CLI has written it. Without site-packages, where this comes from, Python starts twice as fast.
        import yaml

        return current(yaml.safe_load(text))


def current(configuration: dict[str, Any]) -> dict[str, Any]:
    """The same for a real configuration, whose context has the ARN of the cluster as its name.

    https://docs.aws.amazon.com/cli/latest/reference/eks/update-kubeconfig.html
    """
    names = {each["name"]: each["context"] for each in configuration["contexts"]}
    cluster = names[configuration["current-context"]]["cluster"]
    return {"cluster": cluster.rpartition("/")[2]}


def containers(template: dict[str, Any]) -> list[dict[str, Any]]:
    """The containers of a template of pods, init containers first."""
    spec = template["spec"]
    return [*spec.get("initContainers", []), *spec["containers"]]


def deployment(name: str) -> dict[str, Any]:
    """The deployment of that name in the namespace of the configuration."""
    namespace = context().get("namespace", "default")
    if namespace != STATE["namespace"]:
        stop(f'Error from server (NotFound): namespaces "{namespace}" not found')
    there: dict[str, Any] = STATE["deployment"]
    if name != there["metadata"]["name"]:
        stop(f'Error from server (NotFound): deployments.apps "{name}" not found')
    return there


def give(there: dict[str, Any], template: dict[str, Any]) -> bool:
    """Give the deployment the template: its controller creates a revision, or uses the old one with that template."""
    if template == there["spec"]["template"]:
        return False
    revisions = STATE["revisions"]
    newest = str(max(map(int, revisions)) + 1)
    for number in [number for number, each in revisions.items() if each == template]:
        del revisions[number]
    revisions[newest] = copy.deepcopy(template)
    there["spec"]["template"] = template
    there["metadata"]["annotations"][REVISION] = newest
    keep()
    return True


# kubectl


def get_version(_words: Sequence[str]) -> None:
    """`get --raw /version`."""
    context()
    say('{"major": "1", "minor": "33"}')


def set_context(words: Sequence[str]) -> None:
    """`config set-context --current --namespace=NAME`."""
    file = Path(os.environ["KUBECONFIG"])
    file.write_text(json.dumps({**context(), "namespace": words[3].partition("=")[2]}), encoding="utf-8")
    say('Context "arn" modified.')


def get_deployment(words: Sequence[str]) -> None:
    """`get deployment NAME --output json`."""
    say(json.dumps(deployment(words[2])))


def get_pods(words: Sequence[str]) -> None:
    """`get pods --selector LABELS --output json`."""
    context()
    labels = dict(pair.split("=") for pair in words[3].split(","))
    items = [pod for pod in STATE["pods"] if labels.items() <= pod["metadata"]["labels"].items()]
    say(json.dumps({"kind": "List", "items": items}))


def set_image(words: Sequence[str]) -> None:
    """`set image deployment/NAME CONTAINER=IMAGE...`: existing containers are changed even if others do not exist."""
    there = deployment(words[2].partition("/")[2])
    template = copy.deepcopy(there["spec"]["template"])
    unknown = []
    for name, _, image in (word.partition("=") for word in words[3:]):
        named = [each for each in containers(template) if each["name"] == name]
        for each in named:
            each["image"] = image
        unknown += [] if named else [name]
    if give(there, template):
        say(f"deployment.apps/{there['metadata']['name']} image updated")
    if unknown:
        stop(f'error: unable to find container named "{unknown[0]}"')


def rollout_status(words: Sequence[str]) -> None:
    """`rollout status deployment/NAME --timeout DURATION`."""
    name = words[2].partition("/")[2]
    there = deployment(name)
    outcomes = {STATE["outcomes"].get(each["image"]) for each in containers(there["spec"]["template"])}
    say(f'Waiting for deployment "{name}" rollout to finish: 1 out of 2 new replicas have been updated...')
    if "never" in outcomes:
        stop("error: timed out waiting for the condition")
    if "deadline" in outcomes:
        stop(f'error: deployment "{name}" exceeded its progress deadline')
    if STATE["put_back"]:
        give(there, copy.deepcopy(STATE["revisions"][sorted(STATE["revisions"], key=int)[-2]]))
    say(f'deployment "{name}" successfully rolled out')


def rollout_undo(words: Sequence[str]) -> None:
    """`rollout undo deployment/NAME --to-revision=NUMBER`; 0, or no number, is the one before the last."""
    there = deployment(words[2].partition("/")[2])
    numbers = sorted(STATE["revisions"], key=int)
    number = words[3].partition("=")[2] or "0"
    number = number if number != "0" or len(numbers) < 2 else numbers[-2]
    if number not in numbers:
        stop(f"error: unable to find specified revision {number} in history")
    give(there, copy.deepcopy(STATE["revisions"][number]))
    say(f"deployment.apps/{there['metadata']['name']} rolled back")


# Helm


def helm_upgrade(words: Sequence[str]) -> None:
    """`upgrade RELEASE CHART`, where a chart is a file with {repository} and {digest} in it. No internet, no hooks."""
    given = dict(pair.split("=") for pair in words[words.index("--set-string") + 1].split(","))
    if context().get("namespace") != STATE["namespace"]:
        stop("Error: UPGRADE FAILED: query: failed to query with labels: secrets is forbidden")
    chart = Path(words[2]).read_text(encoding="utf-8")
    if "Error:" in chart:
        stop(chart)
    image = chart.format(repository=given["image.repository"], digest=given["image.digest"])
    if "--dry-run=server" in words:
        say(f"NAME: {words[1]}\nSTATUS: pending-upgrade\nMANIFEST:\n{image}")
        return
    if STATE["outcomes"].get(f"{given['image.repository']}@{given['image.digest']}"):
        if STATE["release"] is None:
            stop(f"Error: release {words[1]} failed, and has been uninstalled due to atomic being set: timed out")
        stop(
            f"Error: UPGRADE FAILED: release {words[1]} failed, and has been rolled back due to atomic being set:"
            " context deadline exceeded"
        )
    STATE["release"] = {**(STATE["release"] or {}), **given}
    STATE["manifest"] = image
    keep()
    say(f'Release "{words[1]}" has been upgraded. Happy Helming!')


def helm_status(words: Sequence[str]) -> None:
    """`status RELEASE --output json`."""
    if STATE["release"] is None:
        stop("Error: release: not found")
    say(json.dumps({"name": words[1], "info": {"status": STATE.get("status", "deployed")}}))


def helm_manifest(_words: Sequence[str]) -> None:
    """`get manifest RELEASE`."""
    say(STATE["manifest"])


def get_live(words: Sequence[str]) -> None:
    """`get --filename FILE --output json`: the objects of the file, as they are in the cluster."""
    context()
    manifest = Path(words[2]).read_text(encoding="utf-8").strip()
    say(json.dumps({"kind": "List", "items": [{"spec": STATE.get("live", manifest)}]}))


# The AWS CLI


def update_kubeconfig(words: Sequence[str]) -> None:
    """`eks update-kubeconfig --name CLUSTER`."""
    if words[3] != STATE["cluster"]:
        error = "An error occurred (ResourceNotFoundException) when calling the DescribeCluster operation: "
        stop(f"\naws: [ERROR]: {error}No cluster found for name: {words[3]}.", 254)
    Path(os.environ["KUBECONFIG"]).write_text(json.dumps({"cluster": words[3]}), encoding="utf-8")
    say(f"Added new context arn to {os.environ['KUBECONFIG']}")


def copy_object(words: Sequence[str]) -> None:
    """`s3 cp --only-show-errors ADDRESS FILE`. Without permission to list, a missing object is forbidden."""
    if words[3] not in STATE["objects"]:
        stop("fatal error: An error occurred (403) when calling the HeadObject operation: Forbidden")
    shutil.copyfile(STATE["objects"][words[3]], words[4])


COMMANDS: tuple[tuple[tuple[str, ...], Callable[[Sequence[str]], None]], ...] = (
    (("kubectl", "config", "set-context", "--current", "--namespace=[a-z0-9-]+"), set_context),
    (("kubectl", "get", "--raw", "/version", "--request-timeout=[0-9]+s"), get_version),
    (("kubectl", "get", "deployment", *FOUND), get_deployment),
    (("kubectl", "get", "pods", "--selector", "[a-z]+=[a-z]+", *FOUND[1:]), get_pods),
    (("kubectl", "get", "--filename", "[a-z]+", *FOUND[1:]), get_live),
    (("kubectl", "set", "image", "deployment/[a-z0-9-]+", "[a-z0-9-]+=[^ ]+", "..."), set_image),
    (("kubectl", "rollout", "status", "deployment/[a-z0-9-]+", "--timeout", "[0-9]+m"), rollout_status),
    (("kubectl", "rollout", "undo", "deployment/[a-z0-9-]+", "--to-revision=[0-9]+"), rollout_undo),
    (("kubectl", "rollout", "undo", "deployment/[a-z0-9-]+", "--namespace", "[a-z0-9-]+"), rollout_undo),
    (
        (
            *("helm", "upgrade", "[a-z0-9-]+", ".+[.]tgz", "--install", "--reset-then-reuse-values", "--set-string"),
            "image.repository=[^ ,]+,image.digest=[^ ,]+",
            "--dry-run=server|--atomic",
            "...",
        ),
        helm_upgrade,
    ),
    (("helm", "status", "[a-z0-9-]+", "--output", "json"), helm_status),
    (("helm", "get", "manifest", "[a-z0-9-]+"), helm_manifest),
    (("aws", "eks", "update-kubeconfig", "--name", "[A-Za-z0-9_-]+"), update_kubeconfig),
    (("aws", "s3", "cp", "--only-show-errors", "s3://[^ ]+", "[a-z.]+"), copy_object),
)


def fits(form: Sequence[str], words: Sequence[str]) -> bool:
    """Whether the words have the form; a final `...` matches any number of words."""
    if form[-1] == "...":
        form, words = form[:-1], words[: len(form) - 1]
    return len(form) == len(words) and all(map(re.fullmatch, form, words))


def main(words: Sequence[str]) -> None:
    """Execute the command line."""
    with Path(os.environ["STANDIN_LOG"]).open("a", encoding="utf-8") as log:
        log.write(json.dumps(words) + "\n")
    STATE.update(json.loads(state_file().read_text(encoding="utf-8")))
    for said, message in STATE["refusals"].items():
        if " ".join(words).startswith(said):
            stop(message)
    for form, command in COMMANDS:
        if fits(form, words):
            command(words[1:])
            return
    stop(f"not pretended: {words}", 99)


if __name__ == "__main__":
    main(sys.argv[1:])
