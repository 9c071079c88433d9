"""The work of `ecr-pipeline try`: one push, one outcome."""

from __future__ import annotations

import re
import shlex
import shutil
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any, NamedTuple

from botocore.exceptions import ClientError

from generator import catalog
from generator.checks.looser_limits import looser
from generator.cloudformation import parameter_file_problems, parameter_files, parameter_types
from generator.cloudformation.example_files import unchanged_examples
from generator.cloudformation.imports import needs
from generator.emulator.programs.images import sample
from generator.emulator.runs.action import ApprovalDecision, ApprovalRequest
from generator.emulator.stacks.stack_records import Body
from generator.emulator.trial import accepted_lists, emulated_places, stage_stacks, task_stacks, wishes
from generator.emulator.trial.fleet import replicated
from generator.emulator.trial.imported_stacks import DEFAULTS, Given, exporting
from generator.emulator.trial.outcome import NOT_STARTED, SUCCEEDED, Outcome, outcome
from generator.emulator.trial.stage_stacks import Deployer
from generator.emulator.trial.trial import Push, Trial, trial
from generator.emulator.trial.trial_facts import facts
from generator.emulator.trial.wishes import Act, Wish
from generator.errors import Gathered, GeneratorError, WrongUsageError
from generator.program_name import program
from generator.publishing import render
from generator.publishing.writable_pages import refuse_unwritable

LEAST_WAIT = "30"
PLATFORM = "platform"
TIMEOUT = "ScanTimeoutSeconds"
ACCOUNTS = "ReplicatingAccountIds"
STANDARD_INPUT = "-"
# Inspect's message on a platform, where findings can be accepted: https://jqlang.org/manual/#tojson
_FINDING = re.compile(r'such as \["(?P<id>[^"\\]+)".*accept them on the platform', re.DOTALL)
FOREIGN = "999988887777"  # an account that the parameters do not name


class TrialFiles(NamedTuple):
    """The files of a trial; "" means none."""

    parameters: str
    platform: str = ""
    """The parameters of the platform that the pipeline imports from."""
    page: str = ""
    """The page to write."""


def attempt(
    name: str,
    files: TrialFiles,
    wish: Wish,
    progress: Callable[[str], None],
) -> Outcome:
    """Run the trial. Its outcome has everything that the page shows, if there is one to write.

    GeneratorError with all problems before anything starts.
    """
    body = render.to_dict(catalog.build(name))
    if catalog.TAG_PARAMETER not in body["Parameters"]:
        fitting = ", ".join(catalog.image_pipelines())
        raise WrongUsageError(f"{name} has no pipeline that an image push starts, allowed: {fitting}")
    act, parameters, given = _checked(name, body, files, wish)
    detailed, deployer = bool(files.page), deployer_of(name)
    for line in _without_effect(parameters, given, files.platform):
        progress(line)
    if act.accepted and not given[PLATFORM].get(accepted_lists.ROLE_PARAMETER):
        given[PLATFORM][accepted_lists.ROLE_PARAMETER] = accepted_lists.accepting_role(_values(parameters, given))

    def approver(_request: ApprovalRequest) -> ApprovalDecision:
        return ApprovalDecision(approved=act.approved, summary="by ecr-pipeline try")

    if act.scan is None:
        inspecting = parameters if TIMEOUT in body["Parameters"] else given[PLATFORM]
        inspecting[TIMEOUT] = LEAST_WAIT
        progress(f"{TIMEOUT} is set to {LEAST_WAIT}, because the image is not scanned")
    try:
        with trial(
            body,
            parameters,
            deployer=deployer,
            task=_task_of(parameters),
            given=given,
            approver=approver,
            stack=name,
            progress=progress,
        ) as tried:
            if act.accepted:
                accepted_lists.write(tried.cloud, PLATFORM, act.accepted)
            source = act.source_account or parameters.get(ACCOUNTS, "").replace("none", "").partition(",")[0]
            tags = [_starting_tag(body, parameters, digit) for digit in ("1", "2")]
            push = _done(tried, act, two_tags(act.tag, tags), source or FOREIGN)
            found = outcome(tried, push, act.repository, detailed=detailed)
    except ClientError as error:  # of what is made for the parameters; an action that is refused fails its run
        said = error.response["Error"]["Message"]
        raise GeneratorError(f"the emulated AWS refuses {error.operation_name} for these parameters: {said}") from error
    if not detailed:
        return found
    read = {files.parameters: parameters, **({files.platform: given[PLATFORM]} if files.platform else {})}
    own = facts(name, again(name, files.parameters, wish, files.platform), read)
    return replace(found, details=replace(found.details, facts=own))


def again(name: str, file: str, wish: Wish, platform_file: str) -> str:
    """The command that repeats a trial."""
    platform = ["--platform-params", platform_file] if platform_file else []
    return f"{program()} {shlex.join(['try', name, '--params', file, *platform, *wish.options()])}"


def next_command(name: str, file: str, found: Outcome, wish: Wish, platform_file: str) -> str:
    """The next command for the user after the trial: deploy, or examine the same run. "" if there is no file to use."""
    path = Path(file)
    if found.status == NOT_STARTED:
        return again(name, file, Wish(), platform_file)  # pushes a tag that the pattern matches
    if found.status != SUCCEEDED:
        closer = "--permissions" if found.permissions.refused else "--report=run.html"
        return f"{again(name, file, wish, platform_file)} {closer}"
    if file == STANDARD_INPUT:
        return ""
    if path in unchanged_examples(path.parent):
        return f"{program()} init {name}"  # of an account without an owner
    if path.parent.name == "params" and parameter_files.template_of(path) == name:
        return f"make deploy TEMPLATE={name} ENV={parameter_files.environment_of(path)}"
    return (
        f"{program()} params overrides {shlex.quote(file)} >overrides.json, then aws cloudformation deploy"
        " --parameter-overrides file://overrides.json ..."
    )


def accepting_command(name: str, file: str, found: Outcome, wish: Wish, platform_file: str) -> str:
    """The trial again with the first finding that stopped it accepted; "" if none did, or nobody can accept one."""
    refused = _FINDING.search(found.failed.error) if found.failed else None
    if not refused:
        return ""
    accepted = (*wish.accepted, f"{refused['id']}@2099-12-31 not reachable")
    return again(name, file, replace(wish, accepted=accepted), platform_file)


def deployer_of(name: str) -> Deployer | None:
    """The template of this pipeline's deployers, if it has one."""
    target = name.removeprefix("pipeline-")
    deployer = f"deployer-{target}"
    if target == name or deployer not in catalog.templates():
        return None
    return Deployer(deployer, render.to_dict(catalog.build(deployer)))


def _task_of(parameters: Mapping[str, str]) -> Body | None:
    """The template of the tasks that run before the deployments of a pipeline with these parameters."""
    return render.to_dict(catalog.build(task_stacks.TEMPLATE)) if task_stacks.are_asked_for(parameters) else None


def _checked(
    name: str, body: Body, files: TrialFiles, wish: Wish
) -> tuple[Act, dict[str, str], dict[str, dict[str, str]]]:
    """The options to execute, the parameters of the pipeline, and those of the stacks that it imports from."""
    gathered = Gathered()
    act = gathered.of(lambda: wishes.act(wish), wishes.act(Wish()))
    parameters = gathered.of(lambda: _parameters(files.parameters, name, body), {})
    given = gathered.of(lambda: _given(name, body, files.platform), {})
    if wish.accepted and PLATFORM not in needs(body):
        gathered.add(
            WrongUsageError(
                f"--accepted: given with {name}, allowed: with a pipeline on a platform, which has the lists of"
                " accepted findings. Without one, raise MaxCriticalFindings or MaxHighFindings in the parameter file"
            )
        )
    gathered.add(*map(GeneratorError, emulated_places.problems(_values(parameters, given))))
    gathered.add(*map(GeneratorError, _missing_programs(name, parameters)))
    if files.page:
        gathered.of(lambda: refuse_unwritable(files.page, filter(None, (files.parameters, files.platform))), None)
    gathered.refuse()
    return act, parameters, given


def _values(parameters: Mapping[str, str], given: Given) -> list[str]:
    return [*parameters.values(), *(value for own in given.values() for value in own.values())]


def _without_effect(parameters: Mapping[str, str], given: Given, platform_file: str) -> Iterator[str]:
    """The limits of the pipeline that are looser than those of the platform, which apply."""
    if PLATFORM not in given:
        return
    whole = parameter_file_problems.meanings(exporting()[PLATFORM], given[PLATFORM])
    where = platform_file or "its defaults; --platform-params FILE uses your platform"
    for parameter, own, ceiling in looser(parameters, {name: str(value) for name, value in whole.items()}):
        yield f"{parameter}: given {own}, but the platform has {ceiling}, which applies ({where})"


def _missing_programs(name: str, parameters: Mapping[str, str]) -> Iterator[str]:
    needed = {"bash": "Builds run under bash, as in CodeBuild", **stage_stacks.programs(deployer_of(name), parameters)}
    yield from (f"{each} is not on PATH: install it. {why}" for each, why in needed.items() if not shutil.which(each))


def two_tags(tag: str, starting: Sequence[str]) -> tuple[str, str]:
    """The tag of the first image, which may be given, and one of a second image, if different tags start the pipeline.

    A pattern without a star allows one tag, which moves.
    """
    first = tag or starting[0]
    return first, next((each for each in starting if each != first), first)


def _done(tried: Trial, act: Act, tags: tuple[str, str], source: str) -> Push:
    tag = tags[0]
    image = sample(act.platforms, tag)
    if act.event in wishes.REPLICATIONS:
        is_taken = act.event == wishes.REPLICATE
        return replicated(tried, image, tag, source, repository=act.repository, scan=act.scan, is_taken=is_taken)
    if act.event == "delete":
        return tried.delete(image, tag, repository=act.repository)
    if act.event == "roll-back":
        return _went_back(tried, act, tags)
    return tried.push(image, tag, repository=act.repository, scan=act.scan, failing=act.event == "failed-push")


def _went_back(tried: Trial, act: Act, tags: tuple[str, str]) -> Push:
    """Two releases, after which the last stage is rolled back to the first one. A failed run ends it early."""
    pushes = []
    for content, tag in zip(("good", "bad"), tags, strict=True):
        pushes.append(tried.push(sample(act.platforms, content), tag, repository=act.repository, scan=act.scan))
        if not pushes[-1].execution or pushes[-1].execution.status != SUCCEEDED:
            return pushes[-1]
        tried.account.progress(f"released {tag} ({pushes[-1].digest})")
    return tried.roll_back(*pushes)


def _starting_tag(body: Mapping[str, Any], parameters: Mapping[str, str], digit: str) -> str:
    """A tag that matches the pattern: with the digit in place of each star."""
    declared = body["Parameters"][catalog.TAG_PARAMETER]
    pattern = parameters.get(catalog.TAG_PARAMETER, parameter_types.text(declared.get("Default", "")))
    return pattern.replace("*", digit)


def _parameters(file: str, name: str, body: Mapping[str, Any]) -> dict[str, str]:
    """The parameter file of a template, which it must fit: every problem is reported before anything starts."""
    read = parameter_files.read(Path(file))
    if not read.readable:
        raise GeneratorError("\n".join(map(str, read.problems)))
    if problems := sorted(parameter_file_problems.problems(read, body, catalog.with_parameter)):
        raise GeneratorError("\n".join([f"{file} does not fit {name}:", *map(str, problems)]))
    return {key: value for key, value in read.entries if value is not None}


def _given(name: str, body: Mapping[str, Any], platform_file: str) -> dict[str, dict[str, str]]:
    """The parameters of the platform that the template imports from, if it does: from the file, or the minimum."""
    if PLATFORM not in needs(body):
        if platform_file:
            raise WrongUsageError(f"--platform-params: given {platform_file}, but {name} imports from no platform")
        return {}
    if not platform_file:
        return {PLATFORM: dict(DEFAULTS[PLATFORM])}
    return {PLATFORM: _parameters(platform_file, PLATFORM, exporting()[PLATFORM])}
