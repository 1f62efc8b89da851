# Set up, run, check and test Kura. `make help` lists the commands.
#
# Everything is installed into .venv from a lock file with hashes; requirements/install.py does it and
# leaves a stamp, so that the second run of any command starts at once.

SHELL := /bin/bash
.DEFAULT_GOAL := help

# The first interpreter that runs and is new enough. A name that is found may still be a stub that does not run.
PYTHON ?= $(shell for p in python3 python3.13 python3.12 python3.11 python3.14 python; do \
	"$$p" -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null && { command -v "$$p"; break; }; done)
VENV := .venv
RUN := $(VENV)/bin/python
INSTALL := $(or $(PYTHON),$(error Kura needs Python 3.11 or newer, and none was found: install it \
	(on Debian: apt-get install python3 python3-venv) or say where it is with PYTHON=/path/to/python3)) requirements/install.py

# Where this is set, each of the demo's processes would compile 1,800 modules anew: 6 seconds a start instead of 2.
unexport PYTHONDONTWRITEBYTECODE

# 0 ends the demo after the job instead of staying up.
STAY ?= 1
# Passed to pytest as they are: make test T="tests/vault -k receipt".
T ?=
# make lock UPGRADE=--upgrade takes the newest versions; without it, only what pyproject.toml asks for changes.
UPGRADE ?=
# Two processes suit the two cores that the time limits are made for.
WORKERS ?= 2
COMPILE := $(RUN) -m uv pip compile --quiet --universal --python-version 3.11 --generate-hashes \
	--no-emit-index-url --no-emit-find-links $(UPGRADE) --custom-compile-command "make lock"

.PHONY: help demo test check format lock

help: ## List the commands
	@awk -F ':.*## ' '/^[a-z]+:.*## / {printf "make %-7s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

demo: ## Set up and run the whole main job, then stay up (STAY=0 ends after it)
	@$(INSTALL) server --disk 900 --minutes 4
	@STAY=$(STAY) $(RUN) -m portal.demo

test: ## Set up and run every test; a summary names what was skipped and why
	@$(INSTALL) dev
	@$(RUN) -m pytest -n $(WORKERS) --dist worksteal $(T)

check: ## Format, lint, types, import rule, templates, house rules: all but the tests
	@$(INSTALL) dev
	$(RUN) -m ruff format --check .
	$(RUN) -m ruff check .
	$(RUN) -m mypy
	$(RUN) -m mypy tests requirements benchmarks
	$(VENV)/bin/lint-imports
	$(RUN) -m djlint templates --lint --quiet
	$(RUN) -m pytest tests/test_structure.py

format: ## Put the code into the house's form
	@$(INSTALL) dev
	$(RUN) -m ruff check --fix-only .
	$(RUN) -m ruff format .

lock: ## Choose versions anew and write requirements/*.lock
	@$(INSTALL) dev
	@$(RUN) -m pip install --quiet uv
	$(COMPILE) pyproject.toml --group build -o requirements/server.lock
	$(COMPILE) pyproject.toml --group build --group dev -c requirements/server.lock -o requirements/dev.lock
	$(COMPILE) --group build --group capture -c requirements/server.lock -o requirements/capture.lock
