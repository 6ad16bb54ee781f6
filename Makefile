# The one interface to this repository. `make` alone lists the targets; each sets up what it needs.

SHELL := /bin/bash
.SHELLFLAGS := -euo pipefail -c
.DELETE_ON_ERROR:
.DEFAULT_GOAL := help
# Several things are installed at a time on a fresh machine.
MAKEFLAGS += --no-builtin-rules --jobs=3

PYTHON ?= python3.11
PORT_OFFSET ?= 0
PIP := -m pip --disable-pip-version-check install --quiet
PY := .venv/bin/python
FIREBASE := node_modules/.bin/firebase

# Stamps: what is installed, and from which lock file. A target is set up again when its lock changed.
DEV := .venv/.installed
FUNCTIONS := functions/venv/.installed
NODE := node_modules/.installed
EXAMPLE := examples/node/node_modules/.installed
BROWSER := tests/browser/node_modules/.installed
GUIDE := bench/guide/node_modules/.installed
WEB := web/node_modules/.installed
CONSOLE := web/public/.built
SETUP := $(DEV) $(FUNCTIONS) $(NODE) $(CONSOLE)
# Test processes at a time: most tests wait for servers, so more than there are processors.
JOBS ?= 4

.PHONY: help start example test lint fmt chaos bench env lock deploy clean

help: ## this list
	@awk -F ':.*## ' '/^[a-z]+:.*## / { printf "  make %-9s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

start: $(SETUP) ## run everything on this machine until Ctrl-C; ARGS=--fresh forgets the last run's data, --help tells more
	@exec $(PY) -m local.stack --port-offset $(PORT_OFFSET) $(ARGS)

example: $(EXAMPLE) ## generate with a running stack: PROMPT="...", VIDEO=1, NUM_IMAGES=n
	@exec node examples/node/generate.mjs --offset $(PORT_OFFSET) \
		$${PROMPT:+--prompt "$$PROMPT"} $${VIDEO:+--video} \
		$${NUM_IMAGES:+--num-images "$$NUM_IMAGES"} $(ARGS)

test: $(SETUP) $(EXAMPLE) $(BROWSER) lint ## lint, then all tests; PYTEST_ARGS="tests/unit -k quota" for some
	$(PY) -m pytest -n $(JOBS) --dist loadgroup $(PYTEST_ARGS)

lint: $(DEV) $(WEB) ## check style, types and the direction of imports
	$(PY) -m ruff check .
	$(PY) -m ruff format --check .
	$(PY) -m mypy
	PYTHONPATH=functions:. .venv/bin/lint-imports
	npm --prefix web run --silent check

fmt: $(DEV) ## format, and repair what the linter can repair
	$(PY) -m ruff check --fix .
	$(PY) -m ruff format .

chaos: $(SETUP) ## N=1000 generations while callbacks are lost and processes are killed; then an audit
	PYTHONPATH=functions:. $(PY) -m tests.chaos --n $(or $(N),1000) $(ARGS)
	PYTHONPATH=functions:. $(PY) -m tests.webhook.fuzz

bench: $(SETUP) $(GUIDE) ## measure against the budgets; ARGS="latency webhook" for some, ARGS=--list
	@exec $(PY) -m bench $(ARGS)

env: $(SETUP) ## for eval "$(make env)": then `firebase emulators:start` runs without Java
	@$(PY) -m local.stack.shell_environment

lock: $(DEV) ## resolve requirements*.in and package.json again, into the lock files
	$(PY) $(PIP) uv
	for name in functions/requirements worker/requirements requirements-dev; do \
		.venv/bin/uv pip compile --quiet --upgrade --no-header --python-version 3.11 \
			$$name.in --output-file $$name.txt; \
	done
	for folder in . examples/node tests/browser bench/guide web; do \
		npm --prefix $$folder install --package-lock-only --no-audit --no-fund; \
	done

deploy: $(SETUP) ## deploy functions, rules, indexes and hosting: PROJECT=your-project-id
	@[[ -n "$(PROJECT)" && "$(PROJECT)" != demo-* ]] || \
		{ echo "Say where to: make deploy PROJECT=your-project-id" >&2; exit 1; }
	@[[ -f functions/.env.$(PROJECT) ]] || \
		{ echo "functions/.env.$(PROJECT) is missing: it holds your RunPod endpoint ids" \
			"(RUNPOD_IMAGE_ENDPOINT_ID=..., see functions/.env)." >&2; exit 1; }
	@for secret in RUNPOD_API_KEY WEBHOOK_KEYS; do \
		$(FIREBASE) --project "$(PROJECT)" functions:secrets:get $$secret >/dev/null || \
			{ echo "Set the secret first: $(FIREBASE) --project $(PROJECT)" \
				"functions:secrets:set $$secret" >&2; exit 1; }; \
	done
	$(FIREBASE) --project "$(PROJECT)" deploy --non-interactive

clean: ## remove everything that the other targets made, except secrets and pictures
	rm -rf .venv functions/venv node_modules examples/node/node_modules tests/browser/node_modules
	rm -rf bench/guide/node_modules web/node_modules web/public/console.* $(CONSOLE)
	rm -rf .firepod .firebase.*.json
	rm -rf .mypy_cache .ruff_cache .pytest_cache .hypothesis .import_linter_cache
	find . -name __pycache__ -type d -prune -exec rm -rf {} +

# Output of the set-up goes to stderr: the output of `make env` is for a shell.

$(DEV): requirements-dev.txt
	@echo "Setting up .venv" >&2
	@command -v $(PYTHON) >/dev/null || \
		{ echo "$(PYTHON) is not on the PATH; make PYTHON=... names another Python 3.11." >&2; exit 1; }
	@$(PYTHON) -m venv .venv >&2
	@$(PY) $(PIP) -r requirements-dev.txt >&2
	@touch $@

$(FUNCTIONS): functions/requirements.txt
	@echo "Setting up functions/venv" >&2
	@$(PYTHON) -m venv functions/venv >&2
	@functions/venv/bin/python $(PIP) -r functions/requirements.txt >&2
	@touch $@

$(NODE): package.json package-lock.json
$(EXAMPLE): examples/node/package.json examples/node/package-lock.json
$(BROWSER): tests/browser/package.json tests/browser/package-lock.json
$(GUIDE): bench/guide/package.json bench/guide/package-lock.json
$(WEB): web/package.json web/package-lock.json
$(NODE) $(EXAMPLE) $(BROWSER) $(GUIDE) $(WEB):
	@echo "Setting up $(patsubst %/,%,$(dir $@))" >&2
	@npm --prefix "$(patsubst %/node_modules/,%,$(dir ./$@))" ci --no-audit --no-fund --loglevel=error >&2
	@touch $@

$(CONSOLE): $(WEB) $(wildcard web/src/*)
	@npm --prefix web run --silent build >&2
	@touch $@
