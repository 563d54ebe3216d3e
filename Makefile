# Every target sets up what it needs, once: the second call installs nothing.
PYTHON ?= python3
VENV ?= .venv
BIN := $(VENV)/bin
INSTALLED := $(VENV)/.installed

.PHONY: setup demo test test-fast check format bench docs screenshots lock clean

setup: $(INSTALLED)

$(INSTALLED): requirements.lock pyproject.toml
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' \
		|| { echo "camlode needs Python 3.11 or later; name one: make $(MAKECMDGOALS) PYTHON=python3.12"; exit 1; }
	$(PYTHON) -m venv $(VENV)
	$(BIN)/python -m pip install --quiet --no-compile --disable-pip-version-check --require-hashes -r requirements.lock
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --no-deps --no-build-isolation --no-index --editable .
	@touch $@

demo: $(INSTALLED)
	$(BIN)/camlode demo --folder demo

test: $(INSTALLED)
	$(BIN)/python -m pytest --numprocesses auto --dist loadfile --no-loadscope-reorder

test-fast: $(INSTALLED)
	$(BIN)/python -m pytest -m 'not slow' --numprocesses auto --dist loadfile --no-loadscope-reorder

check: $(INSTALLED)
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/python -m pytest -q tests/test_imports.py

format: $(INSTALLED)
	$(BIN)/ruff check --fix .
	$(BIN)/ruff format .

bench: $(INSTALLED)
	$(BIN)/python -m benchmarks.speed
	$(BIN)/python -m benchmarks.methods
	$(BIN)/python -m benchmarks.agreement
	$(BIN)/python -m benchmarks.checkpoint
	$(BIN)/python -m benchmarks.scale
	$(BIN)/python -m benchmarks.scheduling
	$(BIN)/python -m benchmarks.memory
	$(BIN)/python -m benchmarks.matching
	$(BIN)/python -m benchmarks.store
	$(BIN)/python -m benchmarks.rule_speed
	$(BIN)/python -m benchmarks.explorer
ifdef CORPORA
	$(BIN)/python -m benchmarks.rules $(CORPORA)
else
	@echo "benchmarks.rules needs public corpora: make bench CORPORA=FOLDER_OF_PARQUET"
endif

docs: $(INSTALLED)
	$(BIN)/python -m camlode.config.reference > docs/job.md
	$(BIN)/python -m camlode.pipeline.attribution.reference > docs/methods.md

# Needs Chromium and a Chinese font: apt-get install chromium fonts-noto-cjk
screenshots: demo
	$(BIN)/python -m benchmarks.screenshots demo/patterns.db --job demo/job.yaml

# Needs uv, which no other target does.
lock:
	uv pip compile pyproject.toml --group dev --universal --generate-hashes --no-annotate --no-header \
		--python-version 3.11 --output-file requirements.lock

clean:
	rm -rf $(VENV) demo bench .mypy_cache .pytest_cache .ruff_cache .hypothesis
