# `make help` lists the targets. Nothing is needed but Python 3.11 or newer, with venv; uv is used where it is present.

PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
# Checks and tests never read a person's .env.
TEST_ENV := ENV_FILE=tests/test.env

.DEFAULT_GOAL := help
.PHONY: help setup demo check test test-full format lock clean

help: ## list the targets
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "  make %-9s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

setup: $(VENV)/dev.stamp ## make .venv with all that developers need

demo: $(VENV)/runtime.stamp ## run the console, workers and a vendor sandbox on this machine (PORT=8000)
	@$(BIN)/python manage.py demo $(if $(PORT),--port $(PORT))

check: $(VENV)/dev.stamp ## format, lint, architecture, system checks, missing migrations
	$(BIN)/ruff format --check
	$(BIN)/ruff check
	$(BIN)/lint-imports
	$(TEST_ENV) $(BIN)/python manage.py check --fail-level WARNING
	$(TEST_ENV) $(BIN)/python manage.py makemigrations --check --dry-run

test: $(VENV)/dev.stamp ## everything that CI runs: the checks, and the tests on every engine found here (ARGS="tests/audit -x")
	@.ci/chromium
	@$(MAKE) --no-print-directory check
	@$(BIN)/python -m tests.engines $(ARGS)

test-full: ## the same with whole matrices, and every test on both engines; takes long
	@$(MAKE) --no-print-directory test ARGS="--full $(ARGS)"

format: $(VENV)/dev.stamp ## format the code and sort its imports
	$(BIN)/ruff check --fix --select I
	$(BIN)/ruff format

lock: ## re-make both lock files from the ranges (needs uv)
	uv pip compile --quiet --upgrade --universal --python-version 3.11 --generate-hashes requirements.txt -o requirements.lock
	uv pip compile --quiet --upgrade --universal --python-version 3.11 --generate-hashes requirements-dev.in -o requirements-dev.lock

clean: ## remove .venv and what tools left behind; var/ and .env stay
	rm -rf $(VENV) .pytest_cache .ruff_cache .hypothesis .import_linter_cache test-results

$(VENV)/runtime.stamp: requirements.lock
	@.ci/install "$(PYTHON)" $(VENV) requirements.lock
	@touch $@

$(VENV)/dev.stamp: requirements.lock requirements-dev.lock
	@.ci/install "$(PYTHON)" $(VENV) requirements-dev.lock
	@touch $(VENV)/runtime.stamp $@
