# `make` alone prints the targets. Everything is installed under this folder: uv in .local/, the environments beside it.
SHELL := bash
.SHELLFLAGS := -euo pipefail -c
.DEFAULT_GOAL := help
.DELETE_ON_ERROR:
MAKEFLAGS += --no-print-directory

UV := $(CURDIR)/.local/uv/bin/uv
BIN := $(CURDIR)/.venv/bin
READY := .venv/.ready .emulator/.ready .lambda-runtime/.ready
NODE_MODULES := tests/contract/node/node_modules/.ready
SALESFORCE_TOOLS := salesforce/node_modules/.ready
BROWSER := tests/browser/node/node_modules/.ready .local/.chromium-ready
PYTEST := $(BIN)/python -m pytest
export PATH := $(BIN):$(CURDIR)/.local/uv/bin:$(PATH)
export SAM_CLI_TELEMETRY := 0

.PHONY: help demo dev test check screens bench deploy invoke pages lock format clean

help: ## print the targets
	@awk -F ':.*## ' '/^[a-z]+:.*## / {printf "  make %-8s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

demo: $(READY) ## play the whole story on this machine: two minutes, no account, no Docker
	$(BIN)/python -m sandbox.demo

dev: $(READY) ## the same set-up, and it stays up: prints the URLs and a login
	$(BIN)/python -m sandbox.demo --stay

test: check $(NODE_MODULES) $(SALESFORCE_TOOLS) $(BROWSER) ## everything CI checks
	$(PYTEST) tests/unit -n 2 --cov --cov-report=
	$(BIN)/coverage report
	$(PYTEST) tests/properties tests/contract tests/functions tests/features tests/journeys tests/infra -n 2 --dist worksteal
	$(PYTEST) tests/e2e
	$(PYTEST) tests/browser

check: $(READY) ## lint, types, import contracts, template
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports
	$(BIN)/sam validate --lint --region eu-central-1

screens: $(READY) $(BROWSER) ## take a picture of each page of the console, into .local/screens
	$(BIN)/python -m tests.browser.screens

bench: $(READY) $(BROWSER) ## provider calls, throughput, import times, latency, pages
	$(BIN)/python -m benchmarks

deploy: $(READY) ## build and deploy to the AWS account of your profile (sam deploy --guided the first time)
	$(BIN)/sam build --cached --parallel
	$(BIN)/sam deploy $(ARGS)

invoke: $(READY) ## run one function on one event: make invoke FUNCTION=oauth EVENT=events/oauth/start.json
	$(BIN)/python -m sandbox.invoke "$(FUNCTION)" "$(EVENT)"

pages: $(READY) ## write the pages of docs/ that are made of the product and its tests
	$(BIN)/python -m tests.features.table
	$(BIN)/python -m tests.infra.pages

format: $(READY) ## let ruff order and lay out the code
	$(BIN)/ruff check --fix .
	$(BIN)/ruff format .

lock: $(UV) ## write the locked requirements afresh
	$(UV) pip compile $(LOCK) --group test pyproject.toml -o requirements/test.txt
	$(UV) pip compile $(LOCK) --group emulator -o requirements/emulator.txt
	$(UV) pip compile $(LOCK) --group lambda-runtime -o requirements/lambda-runtime.txt
	$(UV) pip compile $(LOCK) -c requirements/test.txt $(IN_LAMBDA) pyproject.toml -o layers/dependencies/requirements.txt

LOCK := --quiet --universal --generate-hashes --no-header --no-emit-index-url --python-version 3.13
IN_LAMBDA := --no-emit-package boto3 --no-emit-package botocore --no-emit-package s3transfer

clean: ## remove what was built and installed here
	rm -rf .venv .emulator .lambda-runtime .local .aws-sam tests/contract/node/node_modules salesforce/node_modules

$(UV): requirements/uv.txt
	python3 -m pip install --quiet --disable-pip-version-check --require-hashes --upgrade --target .local/uv -r requirements/uv.txt
	touch $@

.venv/.ready: requirements/test.txt pyproject.toml | $(UV)
	$(UV) venv --quiet --allow-existing --python 3.13 .venv
	$(UV) pip sync --quiet --require-hashes --compile-bytecode --python .venv requirements/test.txt
	$(UV) pip install --quiet --no-deps --no-build-isolation --python .venv --editable .
	touch $@

.emulator/.ready .lambda-runtime/.ready: .%/.ready: requirements/%.txt | $(UV)
	$(UV) venv --quiet --allow-existing --python 3.13 .$*
	$(UV) pip sync --quiet --require-hashes --compile-bytecode --python .$* $<
	touch $@

$(NODE_MODULES) $(SALESFORCE_TOOLS) $(firstword $(BROWSER)): %/node_modules/.ready: %/package-lock.json
	npm ci --silent --ignore-scripts --no-audit --no-fund --prefix $*
	touch $@

# Debian's package, unless there is a Chromium; CHROMIUM names one that is elsewhere.
.local/.chromium-ready:
	mkdir -p $(@D)
	command -v "$${CHROMIUM:-chromium}" >/dev/null || { apt-get update -qq && apt-get install -qq -y --no-install-recommends chromium; }
	touch $@
