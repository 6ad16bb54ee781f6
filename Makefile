# The one interface to this repository. `make` alone lists the targets; each sets up what it needs.

SHELL := /bin/bash
.SHELLFLAGS := -euo pipefail -c
.DELETE_ON_ERROR:
.DEFAULT_GOAL := help
# Several things are installed at a time on a fresh machine.
MAKEFLAGS += --no-builtin-rules --jobs=3

PYTHON ?= python3.11
PORT_OFFSET ?= 0
# To start soon, only what is imported gets compiled, once, before several processes need it at a time.
PIP := -m pip --disable-pip-version-check install --quiet --no-compile
# uv takes a tenth of pip's time. Where it cannot install (a mirror that only pip knows), pip does.
UV := .venv/bin/uv
install = { $(UV) pip install --quiet --python $(1) $(2) || $(1) $(PIP) $(2); }
COMPILE := PYTHONDONTWRITEBYTECODE= PYTHONPATH=.:functions
PY := .venv/bin/python
FIREBASE := node_modules/.bin/firebase

# Stamps: what is installed, and from which lock file. A target is set up again when its lock changed.
VENV := .venv/.made
RUN := .venv/.runs
OPERATE := .venv/.operates
DEV := .venv/.installed
FUNCTIONS := functions/venv/.installed
ENGINES := .venv-engines/.installed
CHATTERBOX := .venv-chatterbox/.installed
NODE := node_modules/.installed
EXAMPLE := examples/node/node_modules/.installed
BROWSER := tests/browser/node_modules/.installed
GUIDE := bench/guide/node_modules/.installed
WEB := web/node_modules/.installed
CLIENT := clients/js/node_modules/.installed
EXAMPLE_WEB := examples/web/node_modules/.installed
EXAMPLE_PHONE := examples/react-native/node_modules/.installed
CONSOLE := web/public/.built
# What runs, and what is needed to work on it; operators' programs are the functions' code in .venv.
SETUP := $(RUN) $(FUNCTIONS) $(NODE) $(CONSOLE)
SETUP_DEV := $(SETUP) $(DEV)
# Test processes at a time: most tests wait for servers, so more than there are processors.
JOBS ?= 4
# Each process of pytest rewrites every test once more if it may not keep what it has compiled.
PYTEST := PYTHONDONTWRITEBYTECODE= $(PY) -m pytest
FAST := tests/unit tests/docs tests/retention tests/worker --ignore tests/worker/engines

.PHONY: help start runpod example client install unit test test-engines test-examples lint fmt chaos bench env lock worker-image doctor setup deploy smoke alerts clean tools generate screenshot

help: ## this list
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "  make %-13s %s\n", $$1, $$2 }' Makefile

start: $(SETUP) ## run everything on this machine until Ctrl-C; with RUNPOD_API_KEY=... RunPod makes the media; ARGS=--help tells more
	@exec $(PY) -m local.stack --port-offset $(PORT_OFFSET) $(ARGS)

example: $(EXAMPLE) ## generate with a running stack: PROMPT="...", VIDEO=1, NUM_IMAGES=n
	@exec node examples/node/generate.mjs --offset $(PORT_OFFSET) \
		$${PROMPT:+--prompt "$$PROMPT"} $${VIDEO:+--video} \
		$${NUM_IMAGES:+--num-images "$$NUM_IMAGES"} $(ARGS)

runpod: $(SETUP) ## only the local RunPod and its workers, for a `firebase emulators:start` in another shell
	@exec $(PY) -m local.stack --port-offset $(PORT_OFFSET) --only runpod $(ARGS)

install: $(SETUP_DEV) $(EXAMPLE) $(BROWSER) $(WEB) $(CLIENT) $(EXAMPLE_WEB) ## everything that start, unit, test and lint need, for working offline

unit: $(DEV) ## the fast loop: the tests that start no other program; PYTEST_ARGS="-k quota" for some
	$(PYTEST) -n $(JOBS) -q $(FAST) $(PYTEST_ARGS)

test: $(SETUP_DEV) $(EXAMPLE) $(BROWSER) $(CLIENT) $(EXAMPLE_WEB) lint ## lint, then all tests; PYTEST_ARGS="tests/unit -k quota" for some
	$(PYTEST) -n $(JOBS) $(PYTEST_ARGS)

test-engines: $(ENGINES) $(CHATTERBOX) ## the GPU engines on this machine's CPU, with small models of random weights; installs 12 GB
	PYTHONDONTWRITEBYTECODE= .venv-engines/bin/python -m pytest -q tests/engines/diffusers $(PYTEST_ARGS)
	PYTHONDONTWRITEBYTECODE= .venv-chatterbox/bin/python -m pytest -q tests/engines/chatterbox $(PYTEST_ARGS)

test-examples: $(SETUP_DEV) $(EXAMPLE) $(BROWSER) $(EXAMPLE_WEB) $(EXAMPLE_PHONE) ## build and run every example against a stack of its own; EXAMPLES="web curl" for some
	@exec $(PY) -m tests.examples $(EXAMPLES)

lint: $(DEV) $(WEB) $(CLIENT) ## check style, types and the direction of imports
	$(PY) -m ruff check .
	$(PY) -m ruff format --check .
	$(PY) -m mypy
	PYTHONPATH=functions:. .venv/bin/lint-imports
	npm --prefix web run --silent check
	npm --prefix clients/js run --silent check

screenshot: $(SETUP_DEV) $(BROWSER) ## take the picture that README begins with again: docs/images/console.webp
	$(PYTEST) -q tests/console/screenshot.py

generate: $(OPERATE) ## write forms, types, tables, rules and indexes from the registry of tasks
	$(PY) -m tools.generate

fmt: $(DEV) ## format, and repair what the linter can repair
	$(PY) -m ruff check --fix .
	$(PY) -m ruff format .

chaos: $(SETUP_DEV) ## N=1000 generations while callbacks are lost and processes are killed; then an audit
	PYTHONPATH=functions:. $(PY) -m tests.chaos --n $(or $(N),1000) $(ARGS)
	PYTHONPATH=functions:. $(PY) -m tests.webhook.fuzz

bench: $(SETUP_DEV) $(GUIDE) ## measure against the budgets; ARGS="latency webhook" for some, ARGS=--list
	@exec $(PY) -m bench $(ARGS)

env: $(SETUP) ## for eval "$(make env)": then `firebase emulators:start` runs without Java
	@$(PY) -m local.stack.shell_environment

lock: $(DEV) ## resolve requirements*.in and package.json again, into the lock files
	for name in functions/requirements worker/requirements-{procedural,diffusers,chatterbox} requirements-{dev,engines}; do \
		overrides=$$name.overrides; [[ -f $$overrides ]] || overrides=; \
		$(UV) pip compile --quiet --upgrade --no-header --python-version 3.11 \
			$$name.in $${overrides:+--override $$overrides} --output-file $$name.txt; \
	done
	for folder in . examples/node examples/web examples/react-native tests/browser bench/guide web clients/js; do \
		npm --prefix $$folder install --package-lock-only --no-audit --no-fund; \
	done

client: $(CLIENT) ## pack the JavaScript client, to install it into an app
	@cd clients/js && npm pack --silent --pack-destination ../..

worker-image: ## build the image of a worker: ENGINE=procedural, diffusers or chatterbox; IMAGE=you/firepod-worker
	@[[ -f "worker/images/$(ENGINE).Dockerfile" ]] || \
		{ echo "Say which engine: make worker-image ENGINE=procedural, diffusers or chatterbox" >&2; exit 1; }
	@command -v docker >/dev/null || \
		{ echo "Firepod: docker builds the image, and is not here. https://docs.docker.com/get-started/get-docker/" >&2; exit 1; }
	docker build --platform linux/amd64 --file "worker/images/$(ENGINE).Dockerfile" \
		--tag "$(or $(IMAGE),firepod-worker-$(ENGINE))" .

doctor: $(OPERATE) $(NODE) ## what a project lacks, and what mends it: PROJECT=your-project-id; ARGS=--help tells more
	@exec $(PY) -m tools.doctor $(if $(PROJECT),--project "$(PROJECT)") $(ARGS)

setup: $(OPERATE) $(NODE) ## mend what the doctor finds: PROJECT=your-project-id; says what it would do, ARGS=--yes does it
	@[[ -n "$(PROJECT)" ]] || { echo "Say what to set up: make setup PROJECT=your-project-id" >&2; exit 1; }
	@exec $(PY) -m tools.setup --project "$(PROJECT)" $(ARGS)

deploy: $(SETUP) $(OPERATE) ## doctor, then functions, rules, indexes and hosting, then smoke: PROJECT=your-project-id
	@[[ -n "$(PROJECT)" && "$(PROJECT)" != demo-* ]] || \
		{ echo "Say where to: make deploy PROJECT=your-project-id" >&2; exit 1; }
	@[[ "$(DOCTOR)" == skip ]] || $(PY) -m tools.doctor --project "$(PROJECT)" --before-deploy || { \
		echo "Firepod: nothing was deployed. make setup PROJECT=$(PROJECT) says what it can mend; DOCTOR=skip deploys all the same." >&2; exit 1; }
	$(FIREBASE) --project "$(PROJECT)" deploy --non-interactive $(ARGS)
	@[[ "$(SMOKE)" == skip ]] || $(PY) -m tools.smoke --project "$(PROJECT)"

smoke: $(OPERATE) ## make a picture as a user would, and erase it: PROJECT=your-project-id, without it here
	@exec $(PY) -m tools.smoke $(if $(PROJECT),--project "$(PROJECT)",--port-offset $(PORT_OFFSET)) $(ARGS)

alerts: $(RUN) ## metrics, dashboard and alerts of a project: PROJECT=..., EMAIL=you@example.com; ARGS=--yes makes them
	@[[ -n "$(PROJECT)" ]] || { echo "Say whose: make alerts PROJECT=your-project-id" >&2; exit 1; }
	@exec $(PY) -m tools.alerts install --project "$(PROJECT)" $${EMAIL:+--email "$$EMAIL"} $(ARGS)

clean: ## remove everything that the other targets made, except secrets and pictures
	rm -rf .venv .venv-engines .venv-chatterbox functions/venv node_modules examples/node/node_modules tests/browser/node_modules
	rm -rf examples/{web,react-native}/{node_modules,dist,.expo}
	rm -rf bench/guide/node_modules clients/js/node_modules clients/js/dist web/node_modules web/public/console.* $(CONSOLE)
	rm -rf .firepod .firebase.*.json
	rm -rf .mypy_cache .ruff_cache .pytest_cache .hypothesis .import_linter_cache
	find . -name __pycache__ -type d -prune -exec rm -rf {} +

# Output of the set-up goes to stderr: the output of `make env` is for a shell. What installers say is
# kept in a log, and shown if they fail.
LOGS := .firepod/install
COMMA := ,
define quietly
@mkdir -p $(LOGS)
@{ $(2); } >$(LOGS)/$(1).log 2>&1 || { cat $(LOGS)/$(1).log >&2; exit 1; }
@touch $@
endef

tools:
	@sh local/check_tools.sh "$(PYTHON)"

$(VENV): | tools
	@echo "Setting up .venv" >&2
	$(call quietly,venv,"$(PYTHON)" -m venv .venv && \
		{ $(PY) $(PIP) uv --constraint requirements-dev.txt || true; })

$(RUN): local/requirements.in worker/requirements.in worker/requirements-procedural.in requirements-dev.txt $(VENV)
	$(call quietly,venv-run,\
		$(call install,$(PY),--requirement local/requirements.in --constraint requirements-dev.txt) && \
		{ $(COMPILE) $(PY) -c "import local.stack.program$(COMMA) local.runpod.program" && \
		$(COMPILE) $(PY) -c "import local.firestore.__main__$(COMMA) local.rules.storage_runtime" && \
		$(COMPILE) $(PY) -c "import worker.handler$(COMMA) worker.firebase_service" || true; })

$(OPERATE): functions/requirements.txt requirements-dev.txt $(RUN)
	$(call quietly,venv-operate,\
		$(call install,$(PY),--requirement functions/requirements.in --constraint requirements-dev.txt))

$(DEV): requirements-dev.txt $(RUN)
	@echo "Setting up .venv for tests and lint" >&2
	$(call quietly,venv-dev,$(call install,$(PY),--requirement requirements-dev.txt) && \
		{ $(PY) -m compileall -q -j 0 .venv/lib || true; })

$(ENGINES): requirements-engines.txt $(VENV)
	@echo "Setting up .venv-engines: torch and what runs models with it, 6 GB" >&2
	$(call quietly,engines,\
		{ $(UV) venv --quiet --seed --allow-existing --python "$(PYTHON)" .venv-engines || "$(PYTHON)" -m venv .venv-engines; } && \
		$(call install,.venv-engines/bin/python,--requirement requirements-engines.txt))

$(CHATTERBOX): worker/requirements-chatterbox.txt $(VENV)
	@echo "Setting up .venv-chatterbox: another torch, and what speaks with it, 6 GB" >&2
	$(call quietly,chatterbox,\
		{ $(UV) venv --quiet --seed --allow-existing --python "$(PYTHON)" .venv-chatterbox || "$(PYTHON)" -m venv .venv-chatterbox; } && \
		$(call install,.venv-chatterbox/bin/python,--no-deps --requirement worker/requirements-chatterbox.txt) && \
		$(call install,.venv-chatterbox/bin/python,pytest pytest-timeout --constraint worker/requirements-chatterbox.txt))

$(FUNCTIONS): functions/requirements.txt $(VENV)
	@echo "Setting up functions/venv" >&2
	$(call quietly,functions,\
		{ $(UV) venv --quiet --seed --allow-existing --python "$(PYTHON)" functions/venv || "$(PYTHON)" -m venv functions/venv; } && \
		$(call install,functions/venv/bin/python,--requirement functions/requirements.txt) && \
		{ FUNCTION_TARGET=api $(COMPILE) functions/venv/bin/python \
			-c "import main$(COMMA) functions_framework$(COMMA) google.cloud.storage" || true; })

$(NODE): package.json package-lock.json
$(EXAMPLE): examples/node/package.json examples/node/package-lock.json
$(BROWSER): tests/browser/package.json tests/browser/package-lock.json
$(GUIDE): bench/guide/package.json bench/guide/package-lock.json
$(WEB): web/package.json web/package-lock.json
$(CLIENT): clients/js/package.json clients/js/package-lock.json
$(EXAMPLE_WEB): examples/web/package.json examples/web/package-lock.json
$(EXAMPLE_PHONE): examples/react-native/package.json examples/react-native/package-lock.json
# They install the client of this repository, which its own packages build.
$(EXAMPLE_WEB) $(EXAMPLE_PHONE): $(CLIENT)
# firebase-tools can do without re2, which is compiled where its binary cannot be downloaded: 100 s.
$(NODE): NPM_ARGS := --omit=optional
$(NODE) $(EXAMPLE) $(BROWSER) $(GUIDE) $(WEB) $(CLIENT) $(EXAMPLE_WEB) $(EXAMPLE_PHONE): | tools
	@echo "Setting up $(patsubst %/,%,$(dir $@))" >&2
	$(call quietly,npm-$(subst /,-,$(patsubst %/,%,$(dir $@))),\
		npm --prefix "$(patsubst %/node_modules/,%,$(dir ./$@))" ci $(NPM_ARGS) --no-audit --no-fund --loglevel=error)

$(CONSOLE): $(WEB) $(wildcard web/src/* web/src/*/* clients/js/src/*)
	@npm --prefix web run --silent build >&2
	@touch $@
