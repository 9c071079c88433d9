"""The deployer of EKS with a Deployment or a chart, run under real bash against a simulated cluster."""

from __future__ import annotations

import hashlib
import io
import json
import os
import shlex
import shutil
import sys
import tarfile
import tempfile
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest

from generator.buildspec import buildspec
from generator.emulator.programs import kubernetes, libjq
from generator.emulator.runs.buildspec_run import BuildRun, Shells, run
from tests.conftest import RENDERED

pytestmark = pytest.mark.slow

STANDIN = Path(kubernetes.__file__)
BUILDSPEC = buildspec("deployers/eks.yml")
BOTH_SHELLS = pytest.mark.parametrize("shells", ["one", "script per command"])
REPOSITORY = "111122223333.dkr.ecr.eu-west-1.amazonaws.com/team/orders"
NEW, OLD = (f"{REPOSITORY}@sha256:{digit * 64}" for digit in "10")
SETTINGS = {
    "CLUSTER": "apps",
    "NAMESPACE": "shop",
    "DEPLOYMENT": "orders",
    "CONTAINERS": "app",
    "ROLLOUT_MINUTES": "10",
    "HELM_CHART": "",
    "HELM_CHART_SHA256": "",
    "HELM_ARCHIVE": "",
    "HELM_SHA256": "",
    "IMAGE_URI": NEW,
}
WAITING = {"waiting": {"reason": "ImagePullBackOff", "message": 'Back-off pulling image\n"x"'}}
UNREACHABLE = "Unable to connect to the server: dial tcp 10.0.1.2:443: i/o timeout"
UNAUTHORIZED = "error: You must be logged in to the server (Unauthorized)"


def _template(image: str) -> dict[str, Any]:
    spec = {
        "containers": [{"name": "app", "image": image}, {"name": "proxy", "image": "proxy:1"}],
        "initContainers": [{"name": "migrate", "image": image}],
    }
    return {"metadata": {"labels": {"app": "orders"}}, "spec": spec}


def _pod(image: str, *states: dict[str, Any], **status: Any) -> dict[str, Any]:
    return {
        "metadata": {"labels": {"app": "orders", "pod-template-hash": "1"}},
        "spec": _template(image)["spec"],
        "status": {"containerStatuses": [{"name": "app", "state": state} for state in states], **status},
    }


@dataclass(frozen=True)
class Cluster:
    """The initial state, and the faults."""

    image: str = OLD
    annotations: Mapping[str, str] = field(default_factory=lambda: {"deployment.kubernetes.io/revision": "3"})
    paused: bool = False
    pods: tuple[dict[str, Any], ...] = ()
    outcomes: Mapping[str, str] = field(default_factory=dict)
    put_back: bool = False
    refusals: Mapping[str, str] = field(default_factory=dict)
    objects: Mapping[str, bytes] = field(default_factory=dict)
    release: Mapping[str, str] | None = None
    more: Mapping[str, str] = field(default_factory=dict)

    def state(self, folder: Path) -> dict[str, Any]:
        """The file that the stand-ins read; objects of buckets become files in the folder."""
        files = {address: folder / f"object{number}" for number, address in enumerate(self.objects)}
        for address, file in files.items():
            file.write_bytes(self.objects[address])
        spec: dict[str, Any] = {"selector": {"matchLabels": {"app": "orders"}}, "template": _template(self.image)}
        if self.paused:
            spec["paused"] = True
        return {
            "cluster": "apps",
            "namespace": "shop",
            "deployment": {"metadata": {"name": "orders", "annotations": dict(self.annotations)}, "spec": spec},
            "revisions": {"2": _template("older:1"), "3": _template(self.image)},
            "pods": self.pods,
            "outcomes": self.outcomes,
            "put_back": self.put_back,
            "refusals": self.refusals,
            "objects": {f"s3://{address}": str(file) for address, file in files.items()},
            "release": self.release,
            **self.more,
        }


@dataclass(frozen=True)
class Outcome:
    """A build, its calls, the state of the cluster afterwards, and the files that it left."""

    build: BuildRun
    calls: tuple[tuple[str, ...], ...]
    state: Mapping[str, Any]
    left: tuple[str, ...]

    @property
    def complaint(self) -> str:
        """The one line of a failed build."""
        assert not self.build.succeeded
        (line,) = self.build.stderr.splitlines()
        return line

    @property
    def images(self) -> dict[str, str]:
        """The image of each container afterwards."""
        spec = self.state["deployment"]["spec"]["template"]["spec"]
        return {each["name"]: each["image"] for each in (*spec["initContainers"], *spec["containers"])}

    def called(self, *words: str) -> list[tuple[str, ...]]:
        """The calls that begin with these words."""
        return [call for call in self.calls if call[: len(words)] == words]


def _executable(file: Path, script: str) -> None:
    file.write_text(f"#!/bin/sh\n{script}\n", encoding="utf-8")
    file.chmod(0o755)


def _standin(program: str) -> str:
    # Without site-packages Python starts twice as fast.
    return f'exec {shlex.quote(sys.executable)} -SE {shlex.quote(str(STANDIN))} {program} "$@"'


@pytest.fixture(scope="module")
def path(tmp_path_factory: pytest.TempPathFactory) -> str:
    """A search path with the stand-ins first; helm is not on it, as it is not in CodeBuild's images."""
    folder = tmp_path_factory.mktemp("bin")
    for name in ("aws", "kubectl"):
        _executable(folder / name, _standin(name))
    if shutil.which("jq") is None:
        _executable(folder / "jq", f'exec {shlex.join([sys.executable, "-I", libjq.__file__])} "$@"')
    return f"{folder}{os.pathsep}{os.environ['PATH']}"


def _deploy(
    path: str,
    cluster: Cluster | None = None,
    settings: Mapping[str, str | None] | None = None,
    *,
    shells: Shells = "script per command",
) -> Outcome:
    """Run the deployer in front of a cluster."""
    with tempfile.TemporaryDirectory() as name:
        box = Path(name)
        source, temporary = box / "source", box / "temporary"
        source.mkdir()
        temporary.mkdir()
        state, log = box / "state.json", box / "log"
        state.write_text(json.dumps((cluster or Cluster()).state(box)), encoding="utf-8")
        standins = {"STANDIN_STATE": str(state), "STANDIN_LOG": str(log), "TMPDIR": str(temporary), "HOME": str(source)}
        env = {key: value for key, value in {**SETTINGS, **(settings or {}), **standins}.items() if value is not None}
        build = run(BUILDSPEC, workdir=source, env=env, path=path, shells=shells)
        lines = log.read_text(encoding="utf-8").splitlines() if log.exists() else []
        left = tuple(str(file.relative_to(source)) for file in source.rglob("*"))
        return Outcome(build, tuple(tuple(json.loads(line)) for line in lines), json.loads(state.read_text()), left)


# Successful deployments


@BOTH_SHELLS
def test_the_containers_get_the_digest(path: str, shells: Shells) -> None:
    """The named containers get the image by digest, init containers too; the others keep theirs."""
    outcome = _deploy(path, settings={"CONTAINERS": "app,migrate"}, shells=shells)
    assert "" == outcome.build.stderr
    assert outcome.build.succeeded
    assert {"app": NEW, "migrate": NEW, "proxy": "proxy:1"} == outcome.images
    assert f"deployment orders in shop runs {NEW}" == outcome.build.stdout.splitlines()[-1]


def test_only_the_named_containers_change(path: str) -> None:
    """One of several."""
    assert {"app": OLD, "migrate": NEW, "proxy": "proxy:1"} == _deploy(path, settings={"CONTAINERS": "migrate"}).images


def test_it_reads_the_cluster_then_the_deployment_and_waits_for_the_given_time(path: str) -> None:
    """Every call, in its order: all with the namespace of the parameter, none without end."""
    look = ("kubectl", "get", "deployment", "orders", "--output", "json", "--request-timeout=60s")
    assert (
        ("aws", "eks", "update-kubeconfig", "--name", "apps"),
        ("kubectl", "config", "set-context", "--current", "--namespace=shop"),
        ("kubectl", "get", "--raw", "/version", "--request-timeout=30s"),
        look,
        ("kubectl", "set", "image", "deployment/orders", f"app={NEW}"),
        ("kubectl", "rollout", "status", "deployment/orders", "--timeout", "7m"),
        look,
    ) == _deploy(path, settings={"ROLLOUT_MINUTES": "7"}).calls


def test_an_image_that_runs_already_is_checked(path: str) -> None:
    """A retry, or the same digest once more, ends well and changes nothing."""
    outcome = _deploy(path, Cluster(image=NEW))
    assert outcome.build.succeeded
    assert ["2", "3"] == list(outcome.state["revisions"])


def test_the_source_folder_stays_as_it_was(path: str) -> None:
    """Configuration, answers and archives are elsewhere."""
    assert () == _deploy(path).left


# Failed deployments


@BOTH_SHELLS
@pytest.mark.parametrize(
    ("outcome", "said"),
    [
        ("never", "error: timed out waiting for the condition"),
        ("deadline", 'error: deployment "orders" exceeded its progress deadline'),
    ],
)
def test_a_rollout_that_does_not_come_up_is_undone(path: str, shells: Shells, outcome: str, said: str) -> None:
    """A rollout that never ends and one that fails: back to the revision that was there, and it is waited for."""
    done = _deploy(path, Cluster(outcomes={NEW: outcome}), shells=shells)
    assert (
        f"Deploy: deployment orders in shop did not become ready with {NEW}: {said}. Revision 3 was restored"
        == done.complaint
    )
    assert OLD == done.images["app"]
    undo, wait = done.calls[-2:]
    assert ("kubectl", "rollout", "undo", "deployment/orders", "--to-revision=3") == undo
    assert ("kubectl", "rollout", "status", "deployment/orders", "--timeout", "10m") == wait


@pytest.mark.parametrize(
    ("pod", "said"),
    [
        (_pod(NEW, WAITING), '(ImagePullBackOff Back-off pulling image "x")'),
        (_pod(NEW, {"terminated": {"reason": "OOMKilled", "exitCode": 137}}), "(OOMKilled )"),
        (
            _pod(NEW, conditions=[{"type": "PodScheduled", "status": "False", "message": "0/3 nodes are available"}]),
            "(0/3 nodes are available)",
        ),
        (_pod(NEW, {"running": {}}, {"terminated": {"reason": "Completed"}}), "condition. Revision"),
        (_pod(OLD, WAITING), "condition. Revision"),
    ],
)
def test_the_reason_why_new_pods_wait_is_reported(path: str, pod: dict[str, Any], said: str) -> None:
    """Why a container does not start, or a pod is not scheduled. Other pods are not this image's fault."""
    assert said in _deploy(path, Cluster(outcomes={NEW: "never"}, pods=(pod,))).complaint


def test_pods_that_cannot_be_read_are_left_out(path: str) -> None:
    """The complaint is one line without them, and the rollback happens nevertheless."""
    cluster = Cluster(outcomes={NEW: "never"}, refusals={"kubectl get pods": "Error from server (Forbidden)"})
    assert _deploy(path, cluster).complaint.endswith("timed out waiting for the condition. Revision 3 was restored")


def test_the_previous_image_is_not_undone(path: str) -> None:
    """A deployment that fails with the image that it already had is not rolled back: nobody requested an older one."""
    outcome = _deploy(path, Cluster(image=NEW, outcomes={NEW: "deadline"}))
    assert outcome.complaint.endswith("It had this image before: there is no other revision to restore")
    assert [] == outcome.called("kubectl", "rollout", "undo")
    assert NEW == outcome.images["app"]


def test_without_a_number_it_rolls_back_to_the_revision_before(path: str) -> None:
    """The controller has not numbered the deployment, or its number is invalid."""
    for numbered in ({}, {"deployment.kubernetes.io/revision": "3 --all"}):
        outcome = _deploy(path, Cluster(annotations=numbered, outcomes={NEW: "never"}))
        assert [("kubectl", "rollout", "undo", "deployment/orders", "--to-revision=0")] == outcome.called(
            "kubectl", "rollout", "undo"
        )
        assert OLD == outcome.images["app"]


def test_a_rollback_that_is_impossible_is_reported(path: str) -> None:
    """The failure, and the command to type."""
    refusals = {"kubectl rollout undo": "error: unable to find specified revision 3 in history"}
    complaint = _deploy(path, Cluster(outcomes={NEW: "never"}, refusals=refusals)).complaint
    assert (
        "The rollback failed as well: error: unable to find specified revision 3 in history. Run yourself: "
        in complaint
    )
    assert complaint.endswith("Run yourself: kubectl rollout undo deployment/orders --to-revision=3 --namespace shop")


def test_a_revision_that_does_not_come_up_again_is_reported(path: str) -> None:
    """It is back, and it does not run either."""
    complaint = _deploy(path, Cluster(outcomes={NEW: "never", OLD: "never"})).complaint
    assert complaint.endswith(
        "Revision 3 was restored, but did not become ready either: error: timed out waiting for the condition"
    )


def test_an_image_that_something_else_put_back_is_no_success(path: str) -> None:
    """Where a cluster is kept as a repository says, kubectl reports a good rollout of the old image."""
    complaint = _deploy(path, Cluster(put_back=True)).complaint
    assert f"started with {OLD}: something else set that image" in complaint


# A cluster that does not fit the parameters


@pytest.mark.parametrize(
    ("cluster", "settings", "said", "check"),
    [
        (Cluster(), {"CLUSTER": "other"}, "No cluster found for name: other", "Check ClusterName"),
        (Cluster(), {"NAMESPACE": "other"}, 'namespaces "other" not found', "Check Deployment, Namespace"),
        (Cluster(), {"DEPLOYMENT": "other"}, 'deployments.apps "other" not found', "Check Deployment, Namespace"),
        (Cluster(), {"CONTAINERS": "app,web"}, "has no container web, but migrate, app, proxy", "Check Containers"),
        (Cluster(), {"CONTAINERS": "App"}, "has no container App, but migrate, app, proxy", "Check Containers"),
        (Cluster(paused=True), {}, "is paused", "Resume it: kubectl rollout resume deployment/orders -n shop"),
        (Cluster(refusals={"kubectl get --raw": UNREACHABLE}), {}, UNREACHABLE, "Check VpcId, ClusterSecurityGroupId"),
        (Cluster(refusals={"kubectl get --raw": UNAUTHORIZED}), {}, UNAUTHORIZED, "the access entry"),
        (
            Cluster(refusals={"kubectl set image": 'Error from server (Forbidden): User "x" cannot patch'}),
            {},
            'User "x" cannot patch',
            "what the access entry lets the role do",
        ),
    ],
)
def test_a_missing_resource_is_reported_and_nothing_is_changed(
    path: str, cluster: Cluster, settings: dict[str, str], said: str, check: str
) -> None:
    """One line: the request, the answer of the cluster, and what to check."""
    outcome = _deploy(path, cluster, settings)
    assert outcome.complaint.startswith("Deploy: ")
    assert said in outcome.complaint
    assert check in outcome.complaint
    assert ["2", "3"] == list(outcome.state["revisions"])


@BOTH_SHELLS
@pytest.mark.parametrize(
    "image",
    [
        None,
        "",
        f"{REPOSITORY}:latest",
        REPOSITORY,
        NEW[:-1],
        NEW + "0",
        NEW + "\n",
        f"{NEW} --all",
        f"--kubeconfig=x/y@sha256:{'1' * 64}",
        f"$(touch pwned)/x@sha256:{'1' * 64}",
        f"`touch pwned`/x@sha256:{'1' * 64}",
        f"a'b/x@sha256:{'1' * 64}",
        f"a,b/x@sha256:{'1' * 64}",
        "é" * 500,
        NEW.upper(),
    ],
)
def test_an_image_without_digest_is_refused(path: str, shells: Shells, image: str | None) -> None:
    """Before anything is called, quoted, on one line, in ASCII whatever the locale of the image; it is not run."""
    outcome = _deploy(path, settings={"IMAGE_URI": image, "LC_ALL": "C.UTF-8"}, shells=shells)
    assert outcome.complaint.startswith("Deploy: IMAGE_URI is ")
    assert outcome.complaint.endswith(", not an image by digest. Start the pipeline instead of this project")
    assert outcome.complaint.isascii()
    assert len(outcome.complaint) < 1000
    assert ((), ()) == (outcome.calls, outcome.left)


def test_a_complaint_stays_on_one_line(path: str) -> None:
    """However long and however many lines the cluster's answer has."""
    said = "\n".join(f"E1120 memcache.go: {UNREACHABLE}\t\x1b[31m" for _ in range(50))
    complaint = _deploy(path, Cluster(refusals={"kubectl get --raw": said})).complaint
    assert "\x1b" not in complaint
    assert len(complaint) < 800


# Helm

CHART, ARCHIVE = "charts/orders.tgz", "charts/helm.tar.gz"


def _archive(member: str = "linux-amd64/helm") -> bytes:
    """A release of Helm, as it is published; the program in it is the stand-in."""
    packed, program = io.BytesIO(), f"#!/bin/sh\n{_standin('helm')}\n".encode()
    with tarfile.open(fileobj=packed, mode="w:gz") as archive:
        info = tarfile.TarInfo(member)
        info.size, info.mode = len(program), 0o755
        archive.addfile(info, io.BytesIO(program))
    return packed.getvalue()


HELM = _archive()
PACKED = b"image: {repository}@{digest}"
WITH_HELM: dict[str, str | None] = {
    "CONTAINERS": "",
    "HELM_CHART": CHART,
    "HELM_CHART_SHA256": hashlib.sha256(PACKED).hexdigest(),
    "HELM_ARCHIVE": ARCHIVE,
    "HELM_SHA256": hashlib.sha256(HELM).hexdigest(),
}
OBJECTS = {CHART: PACKED, ARCHIVE: HELM}


def _chart(packed: bytes) -> tuple[dict[str, bytes], dict[str, str]]:
    """The objects with another chart, and the settings that name it."""
    return {**OBJECTS, CHART: packed}, {"HELM_CHART_SHA256": hashlib.sha256(packed).hexdigest()}


BEFORE = {"image.repository": REPOSITORY, "image.digest": OLD.partition("@")[2], "replicas": "7"}


@BOTH_SHELLS
@pytest.mark.parametrize("before", [BEFORE, None])
def test_a_chart_is_given_the_digest(path: str, shells: Shells, before: dict[str, str] | None) -> None:
    """Repository and digest are values of the release, the other values stay; the first time it is installed."""
    outcome = _deploy(path, Cluster(objects=OBJECTS, release=before), WITH_HELM, shells=shells)
    assert outcome.build.succeeded, outcome.build.stderr
    given = {"image.repository": REPOSITORY, "image.digest": NEW.partition("@")[2]}
    assert {**(before or {}), **given} == outcome.state["release"]
    assert f"release orders in shop has {NEW}" == outcome.build.stdout.splitlines()[-1]


def test_helm_rolls_back_by_itself_and_in_time(path: str) -> None:
    """The chart is rendered before the upgrade, which is atomic and has a time limit."""
    dry, upgrade = _deploy(path, Cluster(objects=OBJECTS), WITH_HELM).called("helm", "upgrade")
    assert ("--dry-run=server",) == dry[-1:]
    assert ("--atomic", "--timeout", "10m") == upgrade[-3:]
    assert dry[:-1] == upgrade[:-3]


@pytest.mark.parametrize(("before", "said"), [(BEFORE, "has been rolled back"), (None, "has been uninstalled")])
def test_a_release_that_fails_is_reported(path: str, before: dict[str, str] | None, said: str) -> None:
    """In Helm's own words."""
    cluster = Cluster(objects=OBJECTS, release=before, outcomes={NEW: "never"})
    outcome = _deploy(path, cluster, WITH_HELM)
    assert f"Deploy: release orders in shop did not take {NEW}: Error: " in outcome.complaint
    assert said in outcome.complaint
    assert before == outcome.state["release"]


@pytest.mark.parametrize(
    ("objects", "settings", "said"),
    [
        ({ARCHIVE: HELM}, {}, "Forbidden. Check HelmChart and its bucket"),
        ({CHART: b""}, {}, "Forbidden. Check HelmArchive and its bucket"),
        (OBJECTS, {"HELM_SHA256": "0" * 64}, f"not {'0' * 64}. Check HelmArchive and HelmSha256"),
        ({**OBJECTS, ARCHIVE: HELM + b"x"}, {}, "Check HelmArchive and HelmSha256"),
        ({**OBJECTS, CHART: PACKED + b" "}, {}, "Check HelmChart and HelmChartSha256"),
        (*_chart(b"image: {repository}:latest"), "Nothing was changed"),
        (*_chart(b"Error: chart.metadata.version is required"), "Check the chart"),
        (
            {**OBJECTS, ARCHIVE: _archive("linux-arm64/helm")},
            {"HELM_SHA256": hashlib.sha256(_archive("linux-arm64/helm")).hexdigest()},
            "Check that HelmArchive is a release of Helm for linux-amd64",
        ),
    ],
)
def test_a_chart_that_cannot_be_deployed_is_reported(
    path: str, objects: dict[str, bytes], settings: dict[str, str], said: str
) -> None:
    """A missing object, another checksum, a chart that ignores the digest: reported, and the release is unchanged."""
    outcome = _deploy(path, Cluster(objects=objects, release=BEFORE), {**WITH_HELM, **settings})
    assert said in outcome.complaint
    assert BEFORE == outcome.state["release"]


@pytest.mark.parametrize("which", ["HELM_SHA256", "HELM_CHART_SHA256"])
def test_a_file_of_another_checksum_is_not_used(path: str, which: str) -> None:
    """Neither Helm nor a chart: nothing is run."""
    outcome = _deploy(path, Cluster(objects=OBJECTS), {**WITH_HELM, which: "0" * 64})
    assert f"not {'0' * 64}" in outcome.complaint
    assert [] == outcome.called("helm")


@pytest.mark.parametrize(
    ("status", "said"),
    [
        ("pending-install", "If nothing is running: helm uninstall orders --namespace shop"),
        ("pending-upgrade", "helm rollback orders REVISION --wait --namespace shop, with the last revision that helm"),
        ("pending-rollback", "helm history orders --namespace shop shows as deployed"),
    ],
)
def test_a_release_that_a_stopped_build_left_is_shown_with_its_remedy(path: str, status: str, said: str) -> None:
    """Helm would only say that another operation is in progress. Nothing is changed."""
    outcome = _deploy(path, Cluster(objects=OBJECTS, release=BEFORE, more={"status": status}), WITH_HELM)
    assert f"Deploy: release orders in shop is {status}: " in outcome.complaint
    assert said in outcome.complaint
    assert [] == outcome.called("helm", "upgrade")


def test_an_upgrade_that_something_else_put_back_is_no_success(path: str) -> None:
    """The cluster may differ from what Helm sent: the build reads the objects of the release."""
    cluster = Cluster(objects=OBJECTS, release=BEFORE, more={"live": OLD})
    complaint = _deploy(path, cluster, WITH_HELM).complaint
    assert f"was upgraded, but its objects lack {NEW}: something else must leave the image alone" in complaint


# The interface between template and buildspec


def test_the_project_sets_every_variable_of_the_buildspec() -> None:
    """Every variable comes from a parameter, except the image, which the pipeline passes."""
    environment = RENDERED["deployer-eks"]["Resources"]["DeployProject"]["Properties"]["Environment"]
    given = {variable["Name"]: variable["Value"] for variable in environment["EnvironmentVariables"]}
    assert SETTINGS.keys() - {"IMAGE_URI"} == given.keys()
    assert all(name in BUILDSPEC for name in given)
    assert all(value.keys() == {"Ref"} for value in given.values())


def test_deployment_and_rollback_fit_into_a_build() -> None:
    """Helm's hooks before, pods and hooks after may each take the longest time, and again on the way back."""
    longest = RENDERED["deployer-eks"]["Parameters"]["RolloutMinutes"]["MaxValue"]
    assert 2 * 3 * longest < RENDERED["deployer-eks"]["Resources"]["DeployProject"]["Properties"]["TimeoutInMinutes"]
