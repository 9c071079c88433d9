"""Run a buildspec under real bash as CodeBuild does: phases, shells, exported variables, artifacts.

A failed install or pre_build ends the build: neither build nor post_build runs and nothing is uploaded. A failed build
still runs post_build, and the upload is tried:
https://docs.aws.amazon.com/codebuild/latest/userguide/view-build-details-phases.html
"""

from __future__ import annotations

import shutil
import subprocess
import tempfile
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

import yaml

from generator.emulator.programs import children

PHASES = ("install", "pre_build", "build", "post_build")

# AWS documents one shell: https://docs.aws.amazon.com/codebuild/latest/userguide/build-env-ref-cmd.html
# CodeBuild's agent writes a script for each command: it exports every variable that the command sets and carries over
# the variables and the folder of a command that ended by itself. The commands of a buildspec must work with both.
Shells = Literal["one", "script per command"]

# The emulated parts. Any other part of a buildspec is an error here, so that none is ignored silently.
KNOWN = {
    "": {"version", "env", "phases", "artifacts", "reports"},
    "env": {"shell", "variables", "exported-variables"},
    "phase": {"commands", "finally"},
    "artifacts": {"files", "base-directory"},
    "reports": {"files", "base-directory"},
}


@dataclass(frozen=True)
class Phase:
    """The result of one phase. The exit code of a phase that was not reached is None."""

    exit_code: int | None = None
    stdout: str = ""
    stderr: str = ""


@dataclass(frozen=True)
class BuildRun:
    """The results of a build. An artifact file that does not exist is silently left out of the upload."""

    phases: Mapping[str, Phase]
    exported: Mapping[str, str]
    artifacts: Mapping[str, bytes]
    missing: tuple[str, ...]
    reports: Mapping[str, Mapping[str, bytes]]

    @property
    def succeeded(self) -> bool:
        """Whether no phase failed and, if artifacts are declared, there was something to upload."""
        uploaded = bool(self.artifacts) or not self.missing
        return uploaded and all(phase.exit_code == 0 for phase in self.phases.values())

    @property
    def stdout(self) -> str:
        """The standard output."""
        return "".join(phase.stdout for phase in self.phases.values())

    @property
    def stderr(self) -> str:
        """The standard error output."""
        return "".join(phase.stderr for phase in self.phases.values())


def run(
    buildspec: str | Mapping[str, Any],
    *,
    workdir: Path,
    env: Mapping[str, str],
    path: str,
    shells: Shells = "script per command",
    timeout: float = 60,
) -> BuildRun:
    """Build in `workdir`, which holds the input artifact, with only `env` and `path` in the environment."""
    spec = yaml.safe_load(buildspec) if isinstance(buildspec, str) else buildspec
    refuse_unknown(spec)
    with tempfile.TemporaryDirectory() as state:
        bash = shutil.which("bash", path=path)
        if bash is None:
            raise ValueError(f"no bash in {path}")
        agent = Agent(Path(state), workdir, bash, shells, timeout)
        agent.start({**spec["env"].get("variables", {}), **env, "PATH": path, "CODEBUILD_SRC_DIR": str(workdir)})
        phases: dict[str, Phase] = {}
        succeeding = prepared = True
        for name in (name for name in PHASES if name in spec["phases"]):
            reached = succeeding or (name == "post_build" and prepared)
            phases[name] = agent.phase(spec["phases"][name], succeeding=succeeding) if reached else Phase()
            succeeding = succeeding and phases[name].exit_code == 0
            prepared = succeeding or (prepared and name not in ("install", "pre_build"))
        artifacts, missing = collect(spec.get("artifacts", {}), workdir) if prepared else ({}, ())
        # A report is made of whatever the tests have left, also when they failed.
        reports = {group: collect(each, workdir)[0] for group, each in spec.get("reports", {}).items() if prepared}
        return BuildRun(phases, agent.values(spec["env"].get("exported-variables", ())), artifacts, missing, reports)


def refuse_unknown(spec: Mapping[str, Any]) -> None:
    """ValueError for a buildspec that this module does not run as CodeBuild would."""
    if spec.get("version") != 0.2 or spec.get("env", {}).get("shell") != "bash":
        raise ValueError("only buildspecs of version 0.2 with env.shell bash are run here")
    parts = [("", spec), ("env", spec["env"]), ("artifacts", spec.get("artifacts", {}))]
    parts += [("phase", phase) for phase in spec["phases"].values()]
    parts += [("reports", report) for report in spec.get("reports", {}).values()]
    unknown = {f"{where} {key}".strip() for where, part in parts for key in part.keys() - KNOWN[where]}
    unknown |= spec["phases"].keys() - set(PHASES)
    if unknown:
        raise ValueError(f"not emulated: {', '.join(sorted(unknown))}")


def collect(artifacts: Mapping[str, Any], workdir: Path) -> tuple[dict[str, bytes], tuple[str, ...]]:
    """The files that the upload finds, and the patterns that match nothing."""
    base = workdir / artifacts.get("base-directory", ".")
    found = {pattern: [path for path in base.glob(pattern) if path.is_file()] for pattern in artifacts.get("files", ())}
    files = {str(path.relative_to(base)): path.read_bytes() for paths in found.values() for path in paths}
    return files, tuple(pattern for pattern, paths in found.items() if not paths)


@dataclass(frozen=True)
class Agent:
    """Runs commands one after the other; `state` holds what is carried over from one command to the next."""

    state: Path
    workdir: Path
    interpreter: str
    shells: Shells
    timeout: float

    def start(self, environment: Mapping[str, str]) -> None:
        """Begin in the source folder with this environment."""
        (self.state / "folder").write_text(str(self.workdir), encoding="utf-8")
        (self.state / "environment").touch()
        self.bash("", environment)

    def phase(self, phase: Mapping[str, Sequence[str]], *, succeeding: bool) -> Phase:
        """The commands up to the first that fails, then those under `finally`."""
        done = []
        for commands in (phase["commands"], phase.get("finally", ())):
            scripts = commands if self.shells == "script per command" else ["\n(exit $?) || exit\n".join(commands)]
            for script in scripts:
                done.append(self.bash(f"export CODEBUILD_BUILD_SUCCEEDING={int(succeeding)}\n{script}"))
                if done[-1].returncode:
                    break
        code = next((each.returncode for each in done if each.returncode), 0)
        return Phase(code, "".join(each.stdout for each in done), "".join(each.stderr for each in done))

    def values(self, names: Sequence[str]) -> dict[str, str]:
        """The environment variables of these names. One that is not set or not exported is left out."""
        reading = "\n".join(f'[ -z "${{{name}+set}}" ] || printf \'%s\\0\' {name} "${name}"' for name in names)
        words = self.bash(reading).stdout.split("\0")
        return dict(zip(words[0::2], words[1::2], strict=False))

    def bash(self, script: str, environment: Mapping[str, str] | None = None) -> subprocess.CompletedProcess[str]:
        """Run a script; a script that ends by `exit` or `set -e` leaves no variables to the next one."""
        lines = [f'. "{self.state}/environment"', f'cd "$(cat "{self.state}/folder")"']
        lines += ["set -a"] if self.shells == "script per command" else []
        lines += [script, "CODEBUILD_LAST_EXIT=$?"]
        lines += [f'export -p >"{self.state}/environment"', f'pwd >"{self.state}/folder"', "exit $CODEBUILD_LAST_EXIT"]
        file = self.state / "script.sh"
        file.write_text("\n".join(lines), encoding="utf-8")
        return children.run(
            [self.interpreter, file],
            env=environment or {},
            encoding="utf-8",
            errors="surrogateescape",
            timeout=self.timeout,
        )
