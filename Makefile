# What a developer types. `make help` lists it. Everything happens in this folder: the environment in .venv, data in .data.
SHELL := /bin/sh
PYTHON ?= python3
PORT ?= 8000
DATA_DIR ?= .data
BIN := .venv/bin
# Without it every process that a test starts compiles our code anew.
unexport PYTHONDONTWRITEBYTECODE

.DEFAULT_GOAL := help
.PHONY: help demo run test check lint types imports migrations openapi-check openapi lock browser bench chaos clean

help: ## this list
	@grep -hE '^[a-z-]+:.*## ' $(MAKEFILE_LIST) | awk -F ':.*## ' '{printf "  make %-12s %s\n", $$1, $$2}'

# The environment is made from the hashed lock file, and made anew when that changes.
.venv/runtime.stamp: requirements.lock pyproject.toml
	@$(PYTHON) -c 'import sys; sys.exit(0 if sys.version_info >= (3, 11) else "Python 3.11 or newer is needed: make PYTHON=/path/to/python3.11 ...")'
	@test -x $(BIN)/python || $(PYTHON) -m venv .venv
	@echo "installing what the product runs on (once) ..."
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --no-warn-script-location --require-hashes -r requirements.lock
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --no-deps --no-build-isolation -e .
	@touch $@

.venv/dev.stamp: requirements-dev.lock .venv/runtime.stamp
	@echo "installing what tests and checks need (once) ..."
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --no-warn-script-location --require-hashes -r requirements-dev.lock
	@touch $@

demo: .venv/runtime.stamp ## run the whole main job, from HR file to management report, and end
	@$(BIN)/python -m services.cli demo --data-dir "$(DATA_DIR)/demo"

run: .venv/runtime.stamp ## API, scheduler and simulators, left running with the demo organization
	@$(BIN)/python -m services.cli run --port $(PORT) --data-dir "$(DATA_DIR)/run" --simulators --with-demo

test: .venv/dev.stamp ## every test, with a database of its own
	@$(BIN)/python -m pytest -n 2 --dist loadfile

check: .venv/dev.stamp lint types imports migrations openapi-check test ## all that a reviewer would ask for

lint: .venv/dev.stamp
	@$(BIN)/ruff check . && $(BIN)/ruff format --check .

types: .venv/dev.stamp
	@$(BIN)/mypy

imports: .venv/dev.stamp
	@$(BIN)/lint-imports

migrations: .venv/dev.stamp
	@$(BIN)/python -m pytest tests/contracts/test_migrations.py

openapi-check: .venv/dev.stamp
	@$(BIN)/python -m pytest tests/contracts/test_openapi.py

openapi: .venv/runtime.stamp ## write openapi/openapi.json
	@$(BIN)/python -m services.cli openapi --output openapi/openapi.json

browser: .venv/dev.stamp ## the pages in a real browser (needs Chromium)
	@command -v "$${CHROMIUM:-chromium}" >/dev/null 2>&1 || command -v chromium-browser >/dev/null 2>&1 || { echo "Chromium is needed: apt-get install chromium fonts-noto-core (or set CHROMIUM=/path/to/it)"; exit 1; }
	@$(BIN)/python -m pytest tests/browser

bench: .venv/dev.stamp ## how fast posts go out, beside the bare limit of the same server (ADVOCACY_DATABASE_URL, or an embedded one)
	@$(BIN)/python -m tests.bench

chaos: .venv/dev.stamp ## ten thousand posts while a thousand processes are killed; ends with the count of duplicates and losses
	@$(BIN)/python -m tests.chaos

lock: ## resolve the dependencies anew (needs uv)
	@uv pip compile --universal --python-version 3.11 --generate-hashes --no-emit-index-url --no-header --no-annotate -q pyproject.toml requirements-build.in -o requirements.lock
	@uv pip compile --universal --python-version 3.11 --generate-hashes --no-emit-index-url --no-header --no-annotate -q --extra dev pyproject.toml requirements-build.in -c requirements.lock -o requirements-dev.lock

clean: ## forget all data of demo and run (not the environment)
	@rm -rf "$(DATA_DIR)"
