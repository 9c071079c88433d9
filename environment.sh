#!/bin/sh
# Creates .venv for the Makefile:
#
#   sh environment.sh create      a new .venv with requirements.lock: what `make template` needs
#   sh environment.sh complete    adds requirements-dev.lock: what every other target needs
#   sh environment.sh python      only checks that $PYTHON can create it
#
# PYTHON is the interpreter. PIP is the release of pip to install with, such as 22.3.1 or newest; if it is empty, that is
# the one that comes with Python. .venv/ready and .venv/ready-dev are written when a step is complete: without them make
# does not use .venv.
set -eu
cd "$(dirname "$0")"
: "${PYTHON:=python3}" "${PIP:=}"

# pip's settings that suit a user's own installations, not a virtual environment.
export PIP_USER=0 PIP_DISABLE_PIP_VERSION_CHECK=1

fail() {
  echo "$*" >&2
  exit 1
}

require_python() {
  other="or name another interpreter: make PYTHON=python3.12"
  command -v "$PYTHON" >/dev/null || fail "$PYTHON was not found: install Python 3.10 or newer, $other"
  version=$("$PYTHON" -c 'import platform; print(platform.python_version())') ||
    fail "$PYTHON does not run: install Python 3.10 or newer, $other"
  "$PYTHON" -c 'import sys; sys.exit(sys.version_info < (3, 10))' ||
    fail "$PYTHON is Python $version, but 3.10 or newer is required: install it, $other"
  "$PYTHON" -c 'import ensurepip, venv' 2>/dev/null ||
    fail "$PYTHON cannot create virtual environments: install its venv module (Debian, Ubuntu: apt-get install" \
      "python3-venv), $other"
}

# explain PATTERN ADVICE: ends with the advice if pip's log has a line that matches.
explain() {
  ! grep -qE "$1" .venv/pip.log 2>/dev/null || fail "$2"
}

# install LOCK [OPTION...]
install() {
  lock=$1
  shift
  rm -f .venv/pip.log
  # A lock file is complete, so pip must not resolve anything. Before 23.3 pip does so even with --require-hashes: if a
  # package requires an extra of another one, it finds a release that is newer than the lock file, and fails. Building a
  # package would resolve what that needs, so only wheels are installed.
  if ! .venv/bin/python -m pip install "$@" --log .venv/pip.log \
    --no-deps --only-binary :all: --require-hashes -r "$lock"; then
    explain 'Errno 28|No space left' "Installation failed: the disk is full. Free some space, then run make again."
    explain 'DO NOT MATCH THE HASHES' \
      "Installation failed: the package index has other files than $lock. Use an index that mirrors PyPI unchanged."
    explain 'confirming the ssl certificate|CERTIFICATE_VERIFY_FAILED' \
      "Installation failed: the certificate of the package index is not trusted. Set PIP_CERT, then run make again."
    explain 'Max retries exceeded|timed out|ProtocolError|IncompleteRead' \
      "Installation failed: no connection to the package index. Check network, proxy and 'pip config list', then run make again."
    explain 'No matching distribution found' \
      "Installation failed: the package index has no wheel for this Python and pip of a package in $lock. Check 'pip config list', or use another Python: make PYTHON=python3.12"
    fail "Installation failed: pip's message is above, details are in .venv/pip.log. Correct the cause, then run make again."
  fi
  problems=$(.venv/bin/python -m pip check 2>&1) ||
    fail "$problems" "$lock is incomplete on this machine: run make lock, then make again."
  rm -f .venv/pip.log
}

create() {
  require_python
  echo "Creating .venv with $PYTHON (Python $version)" >&2
  # Of a link, only the link: `venv --clear` empties the folder behind it, which another checkout may use.
  [ ! -L .venv ] || rm .venv
  rm -f .venv/ready .venv/ready-dev 2>/dev/null || :
  "$PYTHON" -m venv --clear .venv ||
    fail "$PYTHON could not create .venv in $(pwd): check that the folder is writable and that there is space."
  case $PIP in
    '') ;;
    newest) .venv/bin/python -m pip install --quiet --upgrade pip ;;
    *) .venv/bin/python -m pip install --quiet "pip==$PIP" ;;
  esac
  echo "Installing requirements.lock (2 MB to download, takes seconds)" >&2
  install requirements.lock --quiet --progress-bar off

  # The checkout itself is not installed, which would need a build tool: it is put on the path of Python.
  packages=$(.venv/bin/python -c 'import sysconfig; print(sysconfig.get_path("purelib"))')
  echo ../../../.. >"$packages/ecr-pipeline.pth"
  .venv/bin/python - >.venv/bin/ecr-pipeline <<'END'
import shlex, sys
print(f"#!/bin/sh\nexec {shlex.quote(sys.prefix)}/bin/python -I -m generator \"$@\"")
END
  chmod +x .venv/bin/ecr-pipeline
  echo "$PYTHON" >.venv/ready
}

complete() {
  echo "Installing requirements-dev.lock (100 MB to download, 600 MB on disk, takes a minute or two)" >&2
  made_with=$(cat .venv/ready)
  # If pip is stopped while it changes .venv, the next make creates .venv anew. Up to then .venv stays as it was.
  trap 'exit 130' INT
  trap 'exit 143' HUP TERM
  trap 'grep -q "Installing collected packages" .venv/pip.log 2>/dev/null || echo "$made_with" >.venv/ready' EXIT
  rm -f .venv/ready .venv/ready-dev
  if [ -t 1 ]; then
    install requirements-dev.lock
  else
    install requirements-dev.lock --quiet --progress-bar off
  fi
  trap - EXIT
  echo "$made_with" >.venv/ready
  echo "$made_with" >.venv/ready-dev
}

case ${1:-} in
  create) create ;;
  complete) complete ;;
  python) require_python ;;
  *) fail "usage: environment.sh create | complete | python" ;;
esac
