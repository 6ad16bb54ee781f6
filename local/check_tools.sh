#!/bin/sh
# check_tools.sh PYTHON: whether this machine has what setting up needs, before anything is installed.
# One line for each thing that it lacks; `make` and a shell are there already.
set -u
python=$1
lacks=0

lack() {
    echo "Firepod: $1" >&2
    lacks=1
}

has() {
    command -v "$1" >/dev/null 2>&1
}

if ! has "$python"; then
    lack "$python is not on the PATH; install Python 3.11, or name it: make PYTHON=/path/to/python3.11"
elif ! "$python" -c 'import sys; sys.exit(sys.version_info[:2] != (3, 11))' 2>/dev/null; then
    lack "$python is not Python 3.11, which the functions run on; name it: make PYTHON=/path/to/python3.11"
elif ! "$python" -c 'import ensurepip, venv' 2>/dev/null; then
    lack "$python cannot make virtual environments; on Debian and Ubuntu install python3.11-venv."
fi
if ! has node; then
    lack "node is not on the PATH; install Node 20 or newer."
elif ! node -e 'process.exit(parseInt(process.versions.node) < 20 ? 1 : 0)' 2>/dev/null; then
    lack "node is older than 20; install Node 20 or newer."
fi
has npm || lack "npm is not on the PATH; it comes with Node."
has git || lack "git is not on the PATH; install git."
exit "$lacks"
