# `make` alone explains the targets. Only make and Python are needed: everything else is installed into .venv.
# Written for GNU make 3.81 (macOS ships it) and a plain POSIX shell.

SHELL := /bin/sh
.DEFAULT_GOAL := help

# The values typed for `make deploy` are data: make never expands them, and the recipes read them from their environment.
# Only the command line counts: many machines have a variable named ENV, which must not choose where a template goes.
typed = $(if $(filter command,$(origin $(1))),$(value $(1)))
override TEMPLATE := $(call typed,TEMPLATE)
override ENV := $(call typed,ENV)
override STACK := $(call typed,STACK)
override TAGS := $(call typed,TAGS)
override ACCEPT := $(call typed,ACCEPT)
override PIP := $(call typed,PIP)
export TEMPLATE ENV STACK TAGS ACCEPT PIP

PYTHON ?= python3
export PYTHON
VENV := .venv
READY := $(VENV)/ready
READY_DEV := $(VENV)/ready-dev
RUN := $(VENV)/bin/python -m

# environment.sh writes `ready` last, with the name of the interpreter. .venv is created anew if that file is missing, if
# the interpreter no longer runs (Python was upgraded or removed), and if another PYTHON or a release of pip is typed.
MADE_WITH := $(shell $(VENV)/bin/python -c 'import awacs' 2>/dev/null && cat $(READY) 2>/dev/null)
ifeq ($(MADE_WITH),)
$(READY): .anew
else ifneq ($(PIP),)
$(READY): .anew
else ifneq ($(origin PYTHON),file)
ifneq ($(MADE_WITH),$(PYTHON))
$(READY): .anew
endif
endif

.PHONY: help setup template check deploy test test-fast test-setup mutants lint format bench wheel lock clean
.PHONY: .anew .bash .deploy-input

help: ## explain the targets
	@while IFS= read -r line; do case $$line in \
	    [a-z]*:*' ## '*) printf '  make %-10s %s\n' "$${line%%:*}" "$${line#* ## }" ;; \
	    '##'*) printf '%s\n' "$${line#'##'}" ;; \
	esac; done < Makefile

##
## What the project is for
setup: $(READY_DEV) ## install everything that the other targets need; only `make template` needs less
	@echo 'Installed. Next: $(VENV)/bin/ecr-pipeline try standalone --params params/standalone.dev.json' >&2

template: $(READY) ## write every template into templates/, and its page into docs/
	$(RUN) generator write
	$(RUN) generator docs

check: $(READY_DEV) ## check templates, parameter files and buildspecs
	$(RUN) generator check

deploy: .deploy-input $(READY_DEV) ## check templates with their parameter files, then deploy them with the AWS CLI
##                    ENV=name [TEMPLATE=name [STACK=name, else TEMPLATE-ENV]] [TAGS="key=value key=value"]
##                    [ACCEPT="STACK/RESOURCE"] for what is replaced or gets more permissions
##                    Without TEMPLATE: every params/*.ENV.json, in the order of their imports
	@set -eu; \
	names=$${TEMPLATE:-$$($(RUN) generator params order "$$ENV")}; \
	$(RUN) generator check $$names --env "$$ENV" >&2; \
	set -f; set --; \
	for name in $$names; do set -- "$$@" "$$name.$$ENV"; done; \
	for tag in $$TAGS; do set -- "$$@" --tag "$$tag"; done; \
	for name in $$ACCEPT; do set -- "$$@" --accept "$$name"; done; \
	[ -z "$$STACK" ] || set -- "$$@" --stack-name "$$STACK"; \
	(set -x; $(RUN) generator apply "$$@")

##
## Development

test: lint check .bash ## everything: format, lint, types, check, all tests; COVERAGE=1 measures what they reach
	$(RUN) pytest -n auto --dist loadfile --no-loadscope-reorder $(if $(COVERAGE),--cov --cov-report=term)

test-fast: $(READY_DEV) .bash ## the quick tests alone; ARGS="-k trigger" chooses among them
	$(RUN) pytest -n logical --dist worksteal -m 'not slow' $(ARGS)

test-setup: ## set up clean clones of the last commit with the oldest and the newest pip
	bash .ci/setup

mutants: $(READY_DEV) ## damage templates in thousands of ways and report who notices; ARGS=3 tries three of each kind
	$(RUN) tests.mutations $(ARGS)

lint: $(READY_DEV) ## format, lint and types, without changing a file
	$(RUN) ruff format --check
	$(RUN) ruff check
	$(RUN) mypy

format: $(READY_DEV) ## put the source into its format and repair what the linter can
	$(RUN) ruff check --fix --exit-zero --quiet
	$(RUN) ruff format

bench: $(READY_DEV) ## measure the speed that the project promises
	$(RUN) benchmarks.bench
	$(RUN) benchmarks.plan

wheel: $(READY_DEV) ## build the wheel into dist/
	$(RUN) hatchling build --target wheel

lock: ## bring both lock files in line with pyproject.toml; UPGRADE=1 takes the newest releases
	@set -eu; sh environment.sh python; \
	scratch=$$(mktemp -d "$${TMPDIR:-/tmp}/ecr-pipeline.XXXXXX"); \
	trap 'rm -rf "$$scratch"' EXIT; trap 'exit 1' HUP INT TERM; \
	"$$PYTHON" -m venv "$$scratch"; \
	"$$scratch/bin/python" -m pip install --quiet uv; \
	unset UV_INDEX UV_EXTRA_INDEX_URL UV_FIND_LINKS; \
	compile() { "$$scratch/bin/uv" --no-config pip compile pyproject.toml --universal --python-version 3.10 \
	    --generate-hashes --only-binary :all: --custom-compile-command 'make lock' --quiet "$$@"; }; \
	compile --all-extras --group dev $(if $(UPGRADE),--upgrade) -o requirements-dev.lock; \
	compile --constraints requirements-dev.lock -o requirements.lock

clean: ## remove the environment, caches and what was built
	rm -rf $(VENV) build dist .coverage .coverage.* .hypothesis .mypy_cache .pytest_cache .ruff_cache
	find . -name __pycache__ -prune -exec rm -rf {} +

.bash:
	@command -v bash >/dev/null || { echo "bash was not found: the tests run the buildspecs with it, as CodeBuild does" >&2; exit 1; }

$(READY): requirements.lock requirements-dev.lock environment.sh
	@sh environment.sh create

$(READY_DEV): $(READY)
	@sh environment.sh complete

# Reports everything that is wrong with the input before anything is created or AWS is called. Accepted values are safe
# in a path.
.deploy-input:
	@set -f; LC_ALL=C; wrong=; \
	say() { printf '%s\n' "$$*" >&2; wrong=1; }; \
	is_name() { case $$1 in '' | -* | *[!a-z0-9-]*) false ;; esac; }; \
	exists() { is_name "$$2" && [ -f "$$1$$2.json" ]; }; \
	refuse() { set +f; if [ -n "$$2" ]; then why="$$1=$$2 does not exist"; else why="$$1 is missing"; fi; found=; \
	    for file in "$$3"*.json; do [ ! -f "$$file" ] || { file=$${file#"$$3"}; found="$$found $${file%.json}"; }; done; \
	    say "$$why: choose one of $$3*.json:$${found:- (none exists)}$$4"; set -f; }; \
	any() { is_name "$$1" || return 1; set +f; set -- params/*."$$1".json; set -f; [ -f "$$1" ]; }; \
	if [ -z "$$TEMPLATE" ]; then \
	    [ -n "$$ENV" ] || say "TEMPLATE and ENV are missing: type ENV=name, as in params/TEMPLATE.name.json"; \
	    [ -z "$$ENV" ] || any "$$ENV" || say "ENV=$$ENV: no file params/TEMPLATE.$$ENV.json exists"; \
	    [ -z "$$STACK" ] || say "STACK=$$STACK is the name of one stack: type TEMPLATE=name as well"; \
	elif exists templates/ "$$TEMPLATE"; then \
	    exists "params/$$TEMPLATE." "$$ENV" || refuse ENV "$$ENV" "params/$$TEMPLATE." \
	        "; $(VENV)/bin/ecr-pipeline init $$TEMPLATE writes yours (dev and prod come with the project, as examples)"; \
	else refuse TEMPLATE "$$TEMPLATE" templates/; exists params/ "$$ENV" || refuse ENV "$$ENV" params/; fi; \
	case $${STACK:-a} in [!A-Za-z]* | *[!A-Za-z0-9-]*) \
	    say "STACK=$$STACK: only letters, digits and hyphens, a letter first" ;; esac; \
	for tag in $$TAGS; do case $$tag in =* | *[!A-Za-z0-9_.:/=+@-]*) ;; *=*) continue ;; esac; \
	    say "TAGS: $$tag is not key=value, of letters, digits and _ . : / = + - @, with a space between two tags"; done; \
	for name in $$ACCEPT; do case $$name in -* | *[!A-Za-z0-9./-]*) \
	    say "ACCEPT: $$name is not STACK/RESOURCE, with a space between two of them" ;; esac; done; \
	command -v aws >/dev/null || say "The AWS CLI (v1 or v2) is not on PATH: install it to deploy"; \
	[ -z "$$wrong" ] || { echo 'make deploy ENV=name [TEMPLATE=name [STACK=name]] [TAGS="key=value"] [ACCEPT="STACK/RESOURCE"]' >&2; exit 1; }
