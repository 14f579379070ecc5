# The two commands of the README are `make demo` and `make test`; each does its whole set-up.
SHELL := /bin/bash
.DEFAULT_GOAL := help
PYTHON ?= python3
VENV := .venv
UV := $(VENV)/bin/uv
BIN := $(VENV)/bin
# Nothing here reads the caller's virtual environment; the lock file decides every version.
export UV_PROJECT_ENVIRONMENT := $(CURDIR)/$(VENV)
export UV_PYTHON_DOWNLOADS := never
unexport VIRTUAL_ENV
# Compiled files make start-up two to three times shorter.
unexport PYTHONDONTWRITEBYTECODE

.PHONY: help demo test test-console screenshots chromium check fix docs bench soak install install-dev clean

help: ## show this list
	@grep -E '^[a-z-]+:.*##' $(MAKEFILE_LIST) | sed -E 's/^([a-z-]+):.*## /\1\t/' | expand -t 14

$(UV):
	@$(PYTHON) -c 'import sys; sys.exit("chimpline needs Python 3.11 or newer; this is " + sys.version.split()[0] + ". Name another: make PYTHON=python3.12 ...") if sys.version_info < (3, 11) else None'
	@echo "Setting up chimpline in $(VENV), once: this takes about half a minute."
	@echo "  1. Making a virtual environment with $(PYTHON) ..."
	@$(PYTHON) -m venv $(VENV)
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check 'uv>=0.13'

$(VENV)/.installed: $(UV) pyproject.toml uv.lock
	@echo "  2. Installing chimpline and the packages in its lock file ..."
	@$(UV) sync --quiet --frozen --inexact --all-extras --compile-bytecode
	@touch $@

$(VENV)/.installed-dev: $(VENV)/.installed
	@echo "  3. Installing what the tests need ..."
	@$(UV) sync --quiet --frozen --inexact --all-extras --group dev --compile-bytecode
	@touch $@

install: $(VENV)/.installed ## install chimpline at .venv/bin/chimpline

install-dev: $(VENV)/.installed-dev ## install it with what the tests need

demo: install ## copy a whole emulated account into a DuckDB file (about a minute)
	@$(BIN)/chimpline demo

# The sign-in is tested in a real browser; nothing stands in for it and nothing is skipped.
export CHROMIUM ?= /usr/bin/chromium
chromium: $(CHROMIUM) ## install the browser that the tests use, from the system's packages

$(CHROMIUM):
	@if ! command -v apt-get >/dev/null; then \
	  echo "The tests of signing in need Chromium. Install it, then: make test CHROMIUM=/path/to/it" >&2; exit 1; fi
	@if [ "$$(id -u)" = 0 ]; then as=; elif sudo -n true 2>/dev/null; then as=sudo; else \
	  echo "The tests of signing in need Chromium: sudo apt-get install chromium (or make test CHROMIUM=/path/to/it)" >&2; exit 1; fi; \
	echo "Installing Chromium for the tests of signing in ..." && \
	$$as apt-get update -qq && $$as env DEBIAN_FRONTEND=noninteractive apt-get install -y -qq chromium >/dev/null && test -x $@

# The tests' files lie in memory where it has room for them: their databases wait for the disk else.
SCRATCH = $(shell [ -w /dev/shm ] && [ "$$(df -Pk /dev/shm | awk 'END {print $$4}')" -gt 4000000 ] \
  && echo /dev/shm || echo $${TMPDIR:-/tmp})
in_scratch = scratch=$$(mktemp -d $(SCRATCH)/chimpline-tests-XXXXXX) && chmod 755 $$scratch && \
  trap 'rm -rf $$scratch' EXIT && TMPDIR=$$scratch

test: check $(CHROMIUM) ## check format, lint and types, then run every test (eight minutes)
	@echo "Running every test; on two cores this takes about eight minutes ..."
	@# Three at once: two leave every fourth second of two cores unused.
	@$(in_scratch) $(BIN)/pytest -n 3 --dist worksteal --durations 10 tests

test-console: install-dev $(CHROMIUM) ## test the console at length, each page in each scheme, width and language
	@$(in_scratch) $(BIN)/pytest -n 2 --dist loadfile --durations 10 $(if $(SEED),--seed $(SEED)) -m "console or not console" tests/console

screenshots: install-dev $(CHROMIUM) ## take the pictures of the console that README and docs show
	@PYTHONPATH=. $(BIN)/python scripts/screenshots.py

check: install-dev ## check format, lint and types
	@echo "Checking format, lint and types ..."
	@$(BIN)/ruff format --check --quiet src tests scripts
	@$(BIN)/ruff check --quiet src tests scripts
	@$(BIN)/mypy

fix: install-dev ## format, and fix what lint can fix
	@$(BIN)/ruff format src tests scripts
	@$(BIN)/ruff check --fix src tests scripts

docs: install-dev ## write what the pages say of tables anew, from the catalog
	@$(BIN)/python scripts/docs.py

# The seed is printed; naming it draws the same again: make soak SEED=123 CASES=40
soak: install-dev ## run many random cases of what `make test` runs a few of (hours)
	@$(in_scratch) $(BIN)/pytest -n 2 --dist worksteal --soak $(if $(SEED),--seed $(SEED)) $(if $(CASES),--cases $(CASES)) \
	  tests/acceptance tests/mutants tests/contract/test_destination_cells.py tests/unit/extract/test_decode.py

bench: install-dev ## measure the figures of docs/performance.md, and draw its chart
	@$(BIN)/python scripts/bench.py --plot docs/performance.svg
	@$(BIN)/python scripts/bench.py --memory

clean: ## remove what the other targets made
	rm -rf $(VENV) .pytest_cache .mypy_cache .ruff_cache dist demo
