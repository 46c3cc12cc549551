# The two commands: `make chat` and `make test`. `make help` lists the rest.
PYTHON ?= python3
VENV := .venv
SERVE := .serve-venv
BIN := $(VENV)/bin
PIP := $(BIN)/python -m pip --disable-pip-version-check
# Set ARGS to pass options on, for example: make chat ARGS="--library ~/articles"
ARGS ?=

.PHONY: help chat install install-dev test test-slow test-serve check format lint types wheel screenshots bench bench-scale bench-readme clean

help: ## Show this list
	@grep -hE '^[a-z-]+:.*##' $(MAKEFILE_LIST) | sed 's/:.*## /\t/' | expand -t 14

chat: $(VENV)/.installed ## Open the browser chat on http://127.0.0.1:7860
	$(BIN)/assistant serve $(ARGS)

install: $(VENV)/.installed ## Make .venv and install the product with pinned dependencies

install-dev: $(VENV)/.installed-dev ## The same with what the tests need

test: $(VENV)/.installed-dev ## Run the suite
	$(BIN)/python -m pytest $(ARGS)

test-slow: $(VENV)/.installed-dev ## Run what takes longer: real kills, scale
	$(BIN)/python -m pytest -m slow --timeout=1200 $(ARGS)

test-serve: $(VENV)/.installed-dev $(SERVE)/.installed ## Ask a model behind `transformers serve`
	$(BIN)/python -m pytest -m slow --timeout=1200 tests/test_serve.py $(ARGS)

check: lint types test ## Everything that must hold before a commit

lint: $(VENV)/.installed-dev ## Check format and style
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .

types: $(VENV)/.installed-dev ## Check types
	$(BIN)/mypy

format: $(VENV)/.installed-dev ## Put the code into its format
	$(BIN)/ruff format .
	$(BIN)/ruff check --fix .

wheel: $(VENV)/.installed-dev ## Build the wheel into dist/
	$(BIN)/python -m pip wheel --no-deps --no-build-isolation --wheel-dir dist .

screenshots: $(VENV)/.installed-dev ## Take the README's pictures from the running page
	$(BIN)/python tests/screenshots.py

bench: $(VENV)/.installed-dev ## Compare speed and retrieval with LlamaIndex's quickstart
	PYTHONPATH=tests $(BIN)/python -m bench $(ARGS)

bench-scale: $(VENV)/.installed-dev ## Measure archives of up to a million passages
	PYTHONPATH=tests $(BIN)/python -m bench.scale $(ARGS)

bench-readme: $(VENV)/.installed-dev ## Put what these two measured last into the README
	PYTHONPATH=tests $(BIN)/python -m bench.readme

clean: ## Remove what the build and the tests leave behind
	rm -rf build dist *.egg-info .mypy_cache .ruff_cache .pytest_cache .hypothesis .screenshots

$(VENV)/bin/python:
	$(PYTHON) -c 'import sys; sys.exit("Python 3.11 or newer is needed, this is " + sys.version.split()[0] if sys.version_info < (3, 11) else 0)'
	$(PYTHON) -m venv $(VENV)

$(VENV)/.installed: pyproject.toml constraints.txt | $(VENV)/bin/python
	$(PIP) install --quiet --constraint constraints.txt --editable .
	@touch $@

$(VENV)/.installed-dev: pyproject.toml constraints.txt | $(VENV)/bin/python
	$(PIP) install --quiet --constraint constraints.txt --editable '.[dev]'
	@touch $@ $(VENV)/.installed

# A server's environment: its openai and the product's exclude each other.
$(SERVE)/.installed: tests/serve-requirements.txt | $(VENV)/bin/python
	$(PYTHON) -m venv $(SERVE)
	$(SERVE)/bin/python -m pip --disable-pip-version-check install --quiet --requirement $<
	@touch $@
