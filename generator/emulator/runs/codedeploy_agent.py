"""CodeDeploy's agent on an instance: it downloads a revision and runs its scripts, event by event.

https://docs.aws.amazon.com/codedeploy/latest/userguide/reference-appspec-file-structure-hooks.html
"""

from __future__ import annotations

import io
import os
import shlex
import shutil
import stat
import subprocess
import sys
import zipfile
from collections.abc import Mapping
from pathlib import Path
from typing import Any, NamedTuple

import yaml
from botocore.exceptions import ClientError

from generator.authorization.authorized_calls import ServiceCall
from generator.emulator.front.answers import reason
from generator.emulator.front.cloud import Emulator
from generator.emulator.programs import children, host_docker
from generator.emulator.runs.instances import Machines

# In the order in which the agent comes to them. The others are about load balancers.
FIRST, DOWNLOAD, INSTALL = "ApplicationStop", "DownloadBundle", "Install"
EVENTS = (FIRST, DOWNLOAD, "BeforeInstall", INSTALL, "AfterInstall", "ApplicationStart", "ValidateService")
LOG_TAIL = 2048  # bytes of what a script printed that are kept here; AWS names no number
LONGEST_SECONDS = 600  # of a script, here
PORT = "codedeploy-commands-secure"
PERMISSIONS = (
    "PollHostCommand",
    "GetDeploymentSpecification",
    "PutHostCommandAcknowledgement",
    "PutHostCommandComplete",
)


class AgentError(Exception):
    """The agent cannot do its part of an event: code and text as CodeDeploy shows them."""

    def __init__(self, code: str, message: str, *, script: str = "", log: str = "") -> None:
        super().__init__(message)
        self.code, self.script, self.log = code, script, log


class Revision(NamedTuple):
    """A revision in S3, and the deployment of it."""

    deployment: str
    group: str
    """The id of the group."""
    names: Mapping[str, str]
    """Application and group."""
    location: Mapping[str, str]


def deploy(cloud: Emulator, instance: str, role: str, revision: Revision) -> list[dict[str, Any]]:
    """The result of each lifecycle event on an instance: all succeeded, or the last one that ran failed."""
    agent = _Agent(cloud, cloud.memory(Machines), instance, role, revision)
    done: list[dict[str, Any]] = []
    for event in EVENTS:
        if done and done[-1]["status"] != "Succeeded":
            done.append({"lifecycleEventName": event, "status": "Skipped"})
            continue
        try:
            told = {"errorCode": "Success", "message": "Succeeded", "logTail": agent.carry_out(event)}
            done.append({"lifecycleEventName": event, "status": "Succeeded", "diagnostics": told})
        except AgentError as error:
            told = {"errorCode": error.code, "message": str(error), "scriptName": error.script, "logTail": error.log}
            done.append({"lifecycleEventName": event, "status": "Failed", "diagnostics": told})
    if done[-1]["status"] == "Succeeded":
        agent.machines.previous[instance, revision.group] = agent.archive
    return done


class _Agent(NamedTuple):
    """The agent of an instance, and its deployment."""

    cloud: Emulator
    machines: Machines
    instance: str
    role: str
    revision: Revision

    @property
    def home(self) -> Path:
        """The folder of the instance."""
        return self.machines.home(self.instance)

    @property
    def archive(self) -> Path:
        """The folder of the revision."""
        root = self.home / "opt/codedeploy-agent/deployment-root"
        return root / self.revision.group / self.revision.deployment / "deployment-archive"

    def carry_out(self, event: str) -> str:
        """Do the work of an event. Returns the output of its scripts."""
        if event == FIRST:
            self._answer()
            # The scripts are those of the revision before.
            before = self.machines.previous.get((self.instance, self.revision.group))
            return self._hooks(event, before) if before else ""
        if event == DOWNLOAD:
            self._download()
        elif event == INSTALL:
            if _appspec(self.archive).get("files"):
                raise NotImplementedError("files of a revision are not installed here")
        else:
            return self._hooks(event, self.archive)
        return ""

    def _answer(self) -> None:
        """Poll CodeDeploy, which waits an hour for it. Through a VPC endpoint this requires permissions.

        https://docs.aws.amazon.com/codedeploy/latest/userguide/vpc-endpoints.html
        """
        if self.instance in self.machines.silent:
            raise AgentError("UnknownError", "CodeDeploy agent was not able to receive the lifecycle event")
        if not self.role:
            raise AgentError("UnknownError", "the agent has no credentials: the instance has no instance profile")
        for operation in PERMISSIONS:
            if why := self.machines.permits(ServiceCall(PORT, operation, {}, self.role)):
                raise AgentError("UnknownError", f"the agent cannot poll: {why}")

    def _download(self) -> None:
        where = {"Bucket": self.revision.location["bucket"], "Key": self.revision.location["key"]}
        try:
            body = self.cloud.client("s3", self.role).get_object(**where)["Body"].read()
        except ClientError as error:
            raise AgentError("UnknownError", f"{where['Key']} cannot be downloaded: {reason(error)}") from error
        self.archive.mkdir(parents=True, exist_ok=True)
        with zipfile.ZipFile(io.BytesIO(body)) as bundle:
            for entry in bundle.infolist():
                file = Path(bundle.extract(entry, self.archive))
                file.chmod(entry.external_attr >> 16 & 0o777 or 0o644)

    def _hooks(self, event: str, archive: Path) -> str:
        printed = ""
        for hook in _appspec(archive).get("hooks", {}).get(event, ()):
            script, name = archive / hook["location"], hook["location"]
            if not script.is_file():
                raise AgentError("ScriptMissing", f"Script does not exist at specified location: {name}", script=name)
            script.chmod(script.stat().st_mode | stat.S_IXUSR)
            done = self._run(event, script, min(int(hook.get("timeout", 3600)), LONGEST_SECONDS))
            printed += done.stdout + done.stderr
            if done.returncode:
                message = f"Script at specified location: {name} failed with exit code {done.returncode}"
                raise AgentError("ScriptFailed", message, script=name, log=printed[-LOG_TAIL:])
        return printed[-LOG_TAIL:]

    def _run(self, event: str, script: Path, seconds: int) -> subprocess.CompletedProcess[str]:
        """Run a script, outside of the revision's folder."""
        (self.home / "tmp").mkdir(exist_ok=True)
        environment = {
            **self.cloud.environment(self.role),
            "PATH": os.pathsep.join([self._programs(), self.machines.path]),
            "HOME": str(self.home),
            "TMPDIR": str(self.home / "tmp"),
            "APPLICATION_NAME": self.revision.names["applicationName"],
            "DEPLOYMENT_GROUP_NAME": self.revision.names["deploymentGroupName"],
            "DEPLOYMENT_GROUP_ID": self.revision.group,
            "DEPLOYMENT_ID": self.revision.deployment,
            "LIFECYCLE_EVENT": event,
            "BUNDLE_BUCKET": self.revision.location["bucket"],
            "BUNDLE_KEY": self.revision.location["key"],
        }
        try:
            return children.run([script], cwd="/", env=environment, encoding="utf-8", errors="replace", timeout=seconds)
        except subprocess.TimeoutExpired as error:
            message = f"Script did not end in {seconds} seconds"
            raise AgentError("ScriptTimedOut", message, script=script.name) from error

    def _programs(self) -> str:
        """The folder of programs that only instances have."""
        folder = self.home / "bin"
        folder.mkdir(exist_ok=True)
        of_builds = shutil.which("docker", path=self.machines.path) or "docker"
        words = [sys.executable, "-I", host_docker.__file__, str(self.home / "engine.json"), of_builds]
        program = folder / "docker"
        program.write_text(f'#!/bin/sh\nexec {shlex.join(words)} "$@"\n', encoding="utf-8")
        program.chmod(0o755)
        return str(folder)


def _appspec(archive: Path) -> dict[str, Any]:
    file = archive / "appspec.yml"
    if not file.exists():
        raise AgentError("UnknownError", "The CodeDeploy agent did not find an AppSpec file within the revision")
    appspec = yaml.safe_load(file.read_text(encoding="utf-8"))
    if appspec.get("version") != 0.0 or appspec.get("os") != "linux":
        raise AgentError("UnknownError", "The AppSpec file needs version 0.0 and os linux")
    return dict(appspec)
