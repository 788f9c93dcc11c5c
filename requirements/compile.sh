#!/bin/sh
# Write the hash-pinned files anew from pyproject.toml and the two .in files beside this script.
# Options go to every run of uv: requirements/compile.sh --upgrade-package pandas
# Needs the environment that install.py made. No host of a package index may get into the output:
# hence --no-header and --no-annotate, and tests/unit/test_environment.py looks for one.
set -eu
cd "$(dirname "$0")/.."
options=$*
export UV_SYSTEM_CERTS="${UV_SYSTEM_CERTS:-true}"

compile() {
    .venv/bin/python -m uv pip compile --quiet --universal --python-version 3.11 --generate-hashes \
        --only-binary :all: --no-header --no-annotate \
        --override requirements/overrides.in --no-emit-package rfc3987-syntax --no-emit-package lark $options "$@"
}

compile requirements/tools.in -o requirements/tools.txt
compile pyproject.toml -o requirements/runtime.txt
compile pyproject.toml --extra docs --constraint requirements/runtime.txt -o requirements/docs.txt
compile pyproject.toml --extra test --extra docs --constraint requirements/docs.txt -o requirements/test.txt
