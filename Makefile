# `make` alone explains the targets. Only make and Python are needed: no other program is called before .venv is there.
# Written for GNU make 3.81 (macOS ships it) and a plain POSIX shell.

SHELL := /bin/sh
.DEFAULT_GOAL := help

# What is typed for `make deploy` is data: never expanded, read by the recipes from their environment. It counts on the
# command line only: a variable named ENV is set on many machines and must not choose where a template goes.
typed = $(if $(filter command,$(origin $(1))),$(value $(1)))
override TEMPLATE := $(call typed,TEMPLATE)
override ENV := $(call typed,ENV)
override STACK := $(call typed,STACK)
override TAGS := $(call typed,TAGS)
export TEMPLATE ENV STACK TAGS

PYTHON ?= python3
export PYTHON
VENV := .venv
READY := $(VENV)/ready
RUN := $(VENV)/bin/python -m

# The environment counts only with the file `ready` in it, written last, which names the interpreter that was asked for.
# It is made anew when it no longer runs (Python was upgraded or removed) and when another PYTHON is asked for.
MADE_WITH := $(shell $(VENV)/bin/python -c 'import hatchling' 2>/dev/null && cat $(READY) 2>/dev/null)
ifeq ($(MADE_WITH),)
$(READY): .anew
else ifneq ($(origin PYTHON),file)
ifneq ($(MADE_WITH),$(PYTHON))
$(READY): .anew
endif
endif

.PHONY: help template check deploy test test-fast mutants lint format bench wheel lock clean .anew .bash .deploy-input

help: ## explain the targets
	@while IFS= read -r line; do case $$line in \
	    [a-z]*:*' ## '*) printf '  make %-10s %s\n' "$${line%%:*}" "$${line#* ## }" ;; \
	    '##'*) printf '%s\n' "$${line#'##'}" ;; \
	esac; done < Makefile

##
## What the project is for
template: $(READY) ## write every template into templates/, and its page into docs/
	$(RUN) generator write
	$(RUN) generator docs

check: $(READY) ## check templates, parameter files and buildspecs
	$(RUN) generator check

deploy: .deploy-input $(READY) ## check one template with its parameter file, then deploy it with the AWS CLI
##                    TEMPLATE=name ENV=name [STACK=name, else TEMPLATE-ENV] [TAGS="key=value key=value"]
	@set -eu; \
	$(RUN) generator check "$$TEMPLATE" --env "$$ENV" >&2; \
	overrides=$$(mktemp "$${TMPDIR:-/tmp}/ecr-pipeline.XXXXXX"); \
	trap 'rm -f "$$overrides"' EXIT; trap 'exit 1' HUP INT TERM; \
	$(RUN) generator params overrides "params/$$TEMPLATE.$$ENV.json" > "$$overrides"; \
	set -f; \
	(set -x; aws cloudformation deploy --stack-name "$${STACK:-$$TEMPLATE-$$ENV}" \
	    --template-file "templates/$$TEMPLATE.json" --capabilities CAPABILITY_IAM --no-fail-on-empty-changeset \
	    --parameter-overrides "file://$$overrides" \
	    --tags "ecr-pipeline:template=$$TEMPLATE" "ecr-pipeline:environment=$$ENV" $$TAGS)

##
## Development
test: lint check .bash ## everything: format, lint, types, check, all tests; COVERAGE=1 measures what they reach
	$(RUN) pytest -n auto --dist loadfile --no-loadscope-reorder $(if $(COVERAGE),--cov --cov-report=term)

test-fast: $(READY) .bash ## the quick tests alone; ARGS="-k trigger" chooses among them
	$(RUN) pytest -n logical --dist worksteal -m 'not slow' $(ARGS)

mutants: $(READY) ## damage templates in thousands of ways and tell who notices; ARGS=3 tries three of each kind
	$(RUN) tests.mutations $(ARGS)

lint: $(READY) ## format, lint and types, without changing a file
	$(RUN) ruff format --check
	$(RUN) ruff check
	$(RUN) mypy

format: $(READY) ## put the source into its format and repair what the linter can
	$(RUN) ruff check --fix --exit-zero --quiet
	$(RUN) ruff format

bench: $(READY) ## measure the speed that the project promises
	$(RUN) benchmarks.bench

wheel: $(READY) ## build the wheel into dist/
	$(RUN) hatchling build --target wheel

lock: ## bring requirements.lock in line with pyproject.toml; UPGRADE=1 takes the newest releases
	@set -eu; $(python_is_fit); \
	scratch=$$(mktemp -d "$${TMPDIR:-/tmp}/ecr-pipeline.XXXXXX"); \
	trap 'rm -rf "$$scratch"' EXIT; trap 'exit 1' HUP INT TERM; \
	"$$PYTHON" -m venv "$$scratch"; \
	"$$scratch/bin/python" -m pip install --quiet uv; \
	unset UV_INDEX UV_EXTRA_INDEX_URL UV_FIND_LINKS; \
	"$$scratch/bin/uv" --no-config pip compile pyproject.toml --extra try --group dev --universal --python-version 3.10 \
	    --generate-hashes --custom-compile-command 'make lock' $(if $(UPGRADE),--upgrade) --quiet -o requirements.lock

clean: ## remove the environment, caches and what was built
	rm -rf $(VENV) build dist .coverage .hypothesis .mypy_cache .pytest_cache .ruff_cache

.bash:
	@command -v bash >/dev/null || { echo "bash is not there: the tests run the buildspecs with it, as CodeBuild does" >&2; exit 1; }

# Stops and says what to do when the interpreter cannot make the environment.
python_is_fit = \
    command -v "$$PYTHON" >/dev/null || { \
        echo "$$PYTHON is not there: install Python 3.10 or newer, or name it: make PYTHON=python3.12" >&2; exit 1; }; \
    "$$PYTHON" -c 'import sys; sys.exit(sys.version_info < (3, 10))' || { \
        echo "$$PYTHON is" $$("$$PYTHON" -c 'import platform; print(platform.python_version())')", and Python 3.10 or" \
            "newer is needed: install it, or name it: make PYTHON=python3.12" >&2; exit 1; }; \
    "$$PYTHON" -c 'import ensurepip, venv' 2>/dev/null || { \
        echo "$$PYTHON has no venv: install it (Debian, Ubuntu: apt-get install python3-venv), or name another" \
            "Python: make PYTHON=python3.12" >&2; exit 1; }

$(READY): requirements.lock pyproject.toml
	@set -eu; $(python_is_fit); \
	echo "Making $(VENV) with $$PYTHON (once, and after a change of requirements.lock or pyproject.toml)" >&2; \
	"$$PYTHON" -m venv --clear $(VENV); \
	$(RUN) pip install --quiet --disable-pip-version-check --require-hashes -r requirements.lock; \
	$(RUN) pip install --quiet --disable-pip-version-check --no-deps --no-build-isolation --editable .; \
	printf '%s\n' "$$PYTHON" > $(READY)

# Says all that is wrong with what was typed, before anything is made or asked of AWS. What passes here is safe in a path.
.deploy-input:
	@set -f; LC_ALL=C; wrong=; \
	say() { printf '%s\n' "$$*" >&2; wrong=1; }; \
	exists() { case $$2 in '' | -* | *[!a-z0-9-]*) false ;; *) [ -f "$$1$$2.json" ] ;; esac; }; \
	refuse() { set +f; if [ -n "$$2" ]; then why="$$1=$$2 is not there"; else why="$$1 is missing"; fi; there=; \
	    for file in "$$3"*.json; do [ ! -f "$$file" ] || { file=$${file#"$$3"}; there="$$there $${file%.json}"; }; done; \
	    say "$$why: choose one of $$3*.json:$${there:- (none is there)}"; set -f; }; \
	parameters=params/; \
	if exists templates/ "$$TEMPLATE"; then parameters=params/$$TEMPLATE.; \
	else refuse TEMPLATE "$$TEMPLATE" templates/; fi; \
	exists "$$parameters" "$$ENV" || refuse ENV "$$ENV" "$$parameters"; \
	case $${STACK:-a} in [!A-Za-z]* | *[!A-Za-z0-9-]*) \
	    say "STACK=$$STACK: only letters, digits and hyphens, a letter first" ;; esac; \
	for tag in $$TAGS; do case $$tag in =* | *[!A-Za-z0-9_.:/=+@-]*) ;; *=*) continue ;; esac; \
	    say "TAGS: $$tag is not key=value, of letters, digits and _ . : / = + - @, with a space between two tags"; done; \
	command -v aws >/dev/null || say "The AWS CLI (v1 or v2) is not on PATH: install it to deploy"; \
	[ -z "$$wrong" ] || { echo 'make deploy TEMPLATE=name ENV=name [STACK=name] [TAGS="key=value"]' >&2; exit 1; }
