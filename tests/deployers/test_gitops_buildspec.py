"""The deployer of GitOps with a repository: the script under real bash, with a real Git server."""

from __future__ import annotations

import os
import shlex
import sys
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path

import pytest
import yaml

from generator.buildspec import buildspec
from generator.emulator.programs.git_server import GitRequest, GitServer, git_server
from generator.emulator.runs.buildspec_run import BuildRun, Shells, run

pytestmark = pytest.mark.slow

BUILDSPEC = buildspec("deployers/gitops.yml")
REGION, REPOSITORY, BRANCH = "eu-west-1", "example/deployments", "main"
ARN = f"arn:aws:codeconnections:{REGION}:111122223333:connection/1a2b3c4d"
URI = "111122223333.dkr.ecr.eu-west-1.amazonaws.com/team/orders"
DIGEST = "sha256:" + "1" * 64
IMAGE = f"{URI}@{DIGEST}"
KUSTOMIZATION = "apps/orders/kustomization.yaml"
VALUES = "apps/orders/values.yaml"
HELPER = """import sys

assert sys.argv[1:3] == ["codecommit", "credential-helper"], sys.argv
if sys.argv[3] != "get":
    sys.exit()
asked = dict(line.strip().split("=", 1) for line in sys.stdin if "=" in line)
assert asked["host"].partition(":")[0].endswith(".amazonaws.com"), asked
assert asked["path"].startswith("git-http/111122223333/"), asked
print("username=ASIAKEY%TOKEN")
print("password=20261129T101500Zsignature")
"""


@dataclass
class Bench:
    """A Git server, its recorded requests, and its refusals."""

    folder: Path
    server: GitServer = field(init=False)
    requests: list[GitRequest] = field(default_factory=list)
    refuse: Callable[[GitRequest], str] = lambda _: ""

    def decide(self, request: GitRequest) -> str:
        """Write the request down, and decide it."""
        self.requests.append(request)
        return self.refuse(request)

    def build(self, shells: Shells = "script per command", /, **variables: str) -> BuildRun:
        """Run the script."""
        programs, home, workdir = (self.folder / name for name in ("programs", "home", "work"))
        for each in (programs, home, workdir):
            each.mkdir(exist_ok=True)
        texts = {
            "git": self.server.program,
            "aws": f'#!/bin/sh\nexec {shlex.join([sys.executable, "-I", "-c", HELPER])} "$@"\n',
        }
        for name, text in texts.items():
            (programs / name).write_text(text, encoding="utf-8")
            (programs / name).chmod(0o755)
        settings = {
            "CONNECTION_ARN": ARN,
            "GIT_REPOSITORY": REPOSITORY,
            "GIT_BRANCH": BRANCH,
            "FILE_PATH": KUSTOMIZATION,
            "IMAGE_PLACE": "orders",
            "DOMAIN": "amazonaws.com",
            "PIPELINE_NAME": "orders",
            "TASK": "commit",
            "STAGE": "staging",
            "IMAGE_URI": IMAGE,
            "EXECUTION_ID": "run-1",
            "HOME": str(home),
            **variables,
        }
        path = os.pathsep.join([str(programs), os.environ["PATH"]])
        done = run(BUILDSPEC, workdir=workdir, env=settings, path=path, shells=shells)
        assert [] == list(workdir.iterdir())
        return done

    def put(self, files: Mapping[str, str | Path]) -> None:
        """Commit as another user."""
        self.server.create(REPOSITORY, BRANCH, files)

    def read(self, path: str) -> str:
        """A file at the end of the branch."""
        return self.server.read(REPOSITORY, BRANCH, path)

    @property
    def commits(self) -> list[str]:
        """The commits of the branch, the last one first."""
        return self.server.commits(REPOSITORY, BRANCH)


@pytest.fixture
def bench(tmp_path: Path) -> Iterator[Bench]:
    """A server with a repository that has a kustomization."""
    bench = Bench(tmp_path)
    with git_server(REGION, bench.decide) as server:
        bench.server = server
        bench.put({KUSTOMIZATION: "images:\n- name: orders\n  newTag: before\n"})
        yield bench


def complaint(build: BuildRun) -> str:
    """The one line of a failed build."""
    assert not build.succeeded
    [line] = build.stderr.splitlines()
    return line


@pytest.mark.parametrize("shells", ["one", "script per command"])
def test_the_digest_becomes_a_commit(bench: Bench, shells: Shells) -> None:
    """One commit on the branch, whose id is the variable of the action; its message names image and run."""
    [before] = bench.commits
    build = bench.build(shells)
    assert build.succeeded, build.stderr
    [after, *rest] = bench.commits
    assert ([before], {"COMMIT_ID": after}) == (rest, build.exported)
    assert [{"name": "orders", "newName": URI, "digest": DIGEST}] == yaml.safe_load(bench.read(KUSTOMIZATION))["images"]
    message = bench.server.message(REPOSITORY, BRANCH)
    assert message.startswith(f"orders: staging gets {DIGEST}\n")
    assert IMAGE in message
    assert "run-1" in message


def test_each_request_is_made_with_the_role(bench: Bench) -> None:
    """The repository is pulled and pushed by the credentials that AWS's helper makes, through the connection."""
    bench.build()
    assert {"ASIAKEY"} == {each.access_key for each in bench.requests}
    assert {f"{REGION}:111122223333:connection/1a2b3c4d"} == {each.connection for each in bench.requests}
    assert {REPOSITORY} == {each.repository for each in bench.requests}
    assert {"GitPull", "GitPush"} == {each.action for each in bench.requests}


def test_a_digest_that_is_there_needs_no_commit(bench: Bench) -> None:
    """A retry finds its own commit: nothing is pushed, and the commit that the branch has is the variable."""
    bench.build()
    commits = bench.commits
    build = bench.build()
    assert (commits, {"COMMIT_ID": commits[0]}) == (bench.commits, build.exported)
    assert "already" in build.stdout


def test_a_check_changes_nothing(bench: Bench) -> None:
    """It says that the file can take the image, and pushes nothing."""
    commits = bench.commits
    build = bench.build(TASK="check")
    assert build.succeeded, build.stderr
    assert commits == bench.commits
    assert {"GitPull"} == {each.action for each in bench.requests}


def test_a_commit_that_comes_first_stays(bench: Bench) -> None:
    """The push is refused, the file is read again, and both changes are kept."""
    others = iter([{"other.yaml": "a: 1\n"}])

    def somebody(request: GitRequest) -> str:
        if request.action == "GitPush" and (files := next(others, None)):
            bench.put(files)
        return ""

    bench.refuse = somebody
    build = bench.build()
    assert build.succeeded, build.stderr
    assert ("a: 1\n", True) == (bench.read("other.yaml"), DIGEST in bench.read(KUSTOMIZATION))


def test_commits_that_come_first_every_time_end_it(bench: Bench) -> None:
    """After three attempts the build fails and says what to do."""
    numbers = iter(range(1000))

    def somebody(request: GitRequest) -> str:
        if request.action == "GitPush":
            bench.put({"other.yaml": f"a: {next(numbers)}\n"})
        return ""

    bench.refuse = somebody
    said = complaint(bench.build())
    assert f"Commit: {REPOSITORY} ({BRANCH}): other commits came first 3 times. Retry the stage" == said
    assert DIGEST not in bench.read(KUSTOMIZATION)


def test_a_protected_branch_is_named(bench: Bench) -> None:
    """The server's message is shown, with what to check; there is no second attempt."""
    hook = bench.server.folder / f"{REPOSITORY}.git" / "hooks" / "pre-receive"
    hook.write_text("#!/bin/sh\necho 'GH006: Protected branch update failed' >&2\nexit 1\n", encoding="utf-8")
    hook.chmod(0o755)
    said = complaint(bench.build())
    assert "refuses the push: remote: GH006: Protected branch update failed" in said
    assert said.endswith("The connection must be allowed to write, and to a protected branch")
    assert 1 == sum(each.action == "GitPush" for each in bench.requests) // 2


@pytest.mark.parametrize("action", ["GitPull", "GitPush"])
def test_a_refused_request_is_one_line(bench: Bench, action: str) -> None:
    """A role without the permission, or an unauthorized connection: AWS answers 403."""
    bench.refuse = lambda request: "no" if request.action == action else ""
    said = complaint(bench.build())
    assert "403" in said
    assert "Check ConnectionArn" in said or "The connection must be allowed to write" in said


@pytest.mark.parametrize(
    ("variables", "expected"),
    [
        ({"GIT_REPOSITORY": "example/nothing"}, "example/nothing (main) cannot be cloned: "),
        ({"GIT_BRANCH": "nothing"}, f"{REPOSITORY} (nothing) cannot be cloned: "),
        ({"FILE_PATH": "apps/other.yaml"}, f"{REPOSITORY} (main) has no file apps/other.yaml. Check FilePath"),
        ({"FILE_PATH": "link.yaml"}, f"{REPOSITORY} (main) has no file link.yaml. Check FilePath"),
        ({"IMAGE_PLACE": "other"}, f"{KUSTOMIZATION} has no entries with the name other in images. Check FilePath"),
        ({"IMAGE_URI": f"{URI}:latest"}, f"IMAGE_URI is '{URI}:latest', not an image by digest"),
        ({"IMAGE_URI": ""}, "IMAGE_URI is '', not an image by digest"),
        ({"STAGE": "$(id)"}, "TASK, STAGE or EXECUTION_ID is not as the pipeline sets it. Start the pipeline"),
    ],
)
def test_a_missing_file_fails_early(bench: Bench, variables: dict[str, str], expected: str) -> None:
    """One line with the given value and what to check, for a check as for a commit; nothing is pushed."""
    bench.put({"link.yaml": Path("/etc/hostname")})
    for task in ("check", "commit"):
        said = complaint(bench.build(TASK=task, **variables))
        assert expected in said
    assert "GitPush" not in {each.action for each in bench.requests}


TOP = """# top
resources:
  - ../base
images:
  - name: proxy
    newTag: '1'
  # ours
  - name: orders
"""
EDITED = [
    # kustomize: the entry gets the digest in the place of a tag, the others stay
    (
        KUSTOMIZATION,
        "orders",
        TOP + "    newTag: v1\nnamePrefix: x-\n",
        TOP + f"    newName: {URI}\n    digest: {DIGEST}\nnamePrefix: x-\n",
    ),
    (
        KUSTOMIZATION,
        "a.b/orders:x",
        'images:\n- digest: old\n  name: "a.b/orders:x"\n',
        f'images:\n- name: "a.b/orders:x"\n  newName: {URI}\n  digest: {DIGEST}\n',
    ),
    (
        KUSTOMIZATION,
        "orders",
        "images:\n- name: orders # ours\n  newName: x\n\n# end\n",
        f"images:\n- name: orders # ours\n  newName: {URI}\n  digest: {DIGEST}\n\n# end\n",
    ),
    (
        KUSTOMIZATION,
        "orders",
        "images:\r\n- name: orders\r\nnamespace: a\r\n",
        f"images:\r\n- name: orders\r\n  newName: {URI}\r\n  digest: {DIGEST}\r\nnamespace: a\r\n",
    ),
    (
        KUSTOMIZATION,
        "orders",
        "images:\n- name: orders",
        f"images:\n- name: orders\n  newName: {URI}\n  digest: {DIGEST}\n",
    ),
    # another file: the whole image, or only its digest
    (
        VALUES,
        "image.digest",
        "image:\n  repository: a # where\n  digest: sha256:old # which\nreplicas: 2\n",
        f"image:\n  repository: a # where\n  digest: {DIGEST} # which\nreplicas: 2\n",
    ),
    (
        VALUES,
        "spec.values.app",
        "a: |\n  spec:\n    values:\n      app: text\nspec:\n  values:\n    app: 'old'\n",
        f"a: |\n  spec:\n    values:\n      app: text\nspec:\n  values:\n    app: '{IMAGE}'\n",
    ),
    (
        VALUES,
        "image",
        "list:\n- image: a\n- b:\n    image: c\nimage:\n",
        f"list:\n- image: a\n- b:\n    image: c\nimage: {IMAGE}\n",
    ),
    (
        VALUES,
        "b.digest",
        '---\na:\n  digest: "x"\n---\n"b":\n  digest: "x"\n',
        f'---\na:\n  digest: "x"\n---\n"b":\n  digest: "{DIGEST}"\n',
    ),
]


@pytest.mark.parametrize(("path", "place", "before", "after"), EDITED)
def test_nothing_else_of_the_file_changes(bench: Bench, path: str, place: str, before: str, after: str) -> None:
    """Comments, order, quotes and line ends stay, and the result is YAML that says the same apart from the image."""
    bench.put({path: before})
    build = bench.build(FILE_PATH=path, IMAGE_PLACE=place)
    assert build.succeeded, build.stderr
    text = bench.read(path)
    assert after == text
    assert list(yaml.safe_load_all(text))


REFUSED = [
    (KUSTOMIZATION, "orders", "resources: []\n", "has no key images on a line of its own"),
    (KUSTOMIZATION, "orders", "images: []\n", "has no entries with the name orders in images"),
    (
        KUSTOMIZATION,
        "orders",
        "images:\n- name: orders\n- name: orders\n",
        "has 2 entries with the name orders in images",
    ),
    (
        KUSTOMIZATION,
        "orders",
        "images:\n- {name: orders, newTag: a}\n",
        "has no entries with the name orders in images",
    ),
    (
        KUSTOMIZATION,
        "orders",
        "images:\n- name: orders\n  tagSuffix: -x\n",
        "has other fields than name, newName, newTag and digest in the entry orders of images",
    ),
    (VALUES, "image.digest", "image:\n  tag: a\n", "has no key image.digest on a line of its own"),
    (VALUES, "image.digest", "image: {digest: a}\n", "has no key image.digest on a line of its own"),
    (
        VALUES,
        "image.digest",
        "---\nimage:\n  digest: a\n---\nimage:\n  digest: b\n",
        "has 2 keys image.digest on a line of its own",
    ),
    (VALUES, "image", "image:\n  digest: a\n", "has something else than one word at image"),
    (VALUES, "image", "image: &old a\n", "has something else than one word at image"),
    (VALUES, "image", "image: |\n  a\n", "has something else than one word at image"),
    (VALUES, "image", "image:\n- a\n", "has something else than one word at image"),
    (VALUES, "image", "image: {{ .Values.image }}\n", "has something else than one word at image"),
    (VALUES, "0.image", "- image: a\n", "has no key 0.image on a line of its own"),
]


@pytest.mark.parametrize(("path", "place", "before", "expected"), REFUSED)
def test_a_place_that_is_not_one_word_is_refused(
    bench: Bench, path: str, place: str, before: str, expected: str
) -> None:
    """The complaint names the file and its value there; nothing is written."""
    bench.put({path: before})
    said = complaint(bench.build(FILE_PATH=path, IMAGE_PLACE=place))
    assert f"Commit: {REPOSITORY} ({BRANCH}): {path} {expected}. Check FilePath and ImagePlace" == said
    assert before == bench.read(path)
