# Every target makes its own .venv with nothing but `python3 -m venv` and pip.
# The same steps by hand:
#     python3 -m venv .venv
#     .venv/bin/pip install -c requirements/constraints.txt setuptools
#     .venv/bin/pip install -c requirements/constraints.txt --no-build-isolation -e ".[test,plots,lint]"

PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
READY := $(VENV)/.ready
MINIMUM := .venv-minimum
PIP_INSTALL := -m pip install --quiet --disable-pip-version-check
DECLARED := setup.cfg pyproject.toml
ONE_THREAD := OMP_NUM_THREADS=1
PAGES := $(wildcard README.md docs/*.md docs/guide/*.md docs/migrate/*.md)
SITE := docs/_build/html

# Pictures are saved, never shown, unless the caller chose otherwise.
MPLBACKEND ?= Agg
export MPLBACKEND

# Targets share an environment, into which pip installs, and use both cores by themselves.
.NOTPARALLEL:
.DEFAULT_GOAL := help
.PHONY: help demo test test-minimum lint docs blocks bench bench-peers clean

help:  ## list the targets
	@awk -F ':.*## ' '/^[a-z-]+:.*## / {printf "make %-13s %s\n", $$1, $$2}' Makefile

demo: $(READY)  ## fit the estimators on real data, print scores, save a picture
	$(BIN)/python examples/quickstart.py

test: $(READY)  ## run all tests and the docstrings' examples, two workers of one thread
	$(ONE_THREAD) $(BIN)/python -m pytest -n 2 --dist worksteal

test-minimum: $(MINIMUM)/.ready  ## the same tests with the lowest versions of the dependencies
	$(ONE_THREAD) $(MINIMUM)/bin/python -m pytest -n 2 --dist worksteal

lint: $(READY)  ## check the style with ruff
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .

docs: $(VENV)/.docs blocks  ## build the site, offline, run all its code, walk its pages in a browser
	rm -rf $(SITE) docs/api/generated docs/examples  # no page or example of an earlier build counts
	$(ONE_THREAD) $(BIN)/sphinx-build -W --keep-going -b html docs $(SITE)
	$(BIN)/python -m pytest -p no:cacheprovider docs/test_site.py
	@echo "the site is in $(SITE)/index.html"

blocks: $(READY)  ## run every python block of README.md and of the pages in docs/, two pages at a time
	@printf '%s\n' $(PAGES) | $(ONE_THREAD) xargs -n 1 -P 2 $(BIN)/python -P tests/run_readme.py

bench: $(READY)  ## print the benchmark tables
	$(BIN)/python $(PIP_INSTALL) -c requirements/constraints.txt --no-build-isolation -e ".[bench]"
	$(BIN)/python benchmarks/bench_training.py
	$(BIN)/python benchmarks/bench_classification.py
	$(BIN)/python benchmarks/bench_long.py
	$(BIN)/python benchmarks/bench_precision.py
	$(BIN)/python benchmarks/bench_ranking.py
	$(BIN)/python benchmarks/bench_tagging.py
	$(BIN)/python benchmarks/bench_tagging.py --speed
	$(BIN)/python benchmarks/bench_forecasting.py
	$(BIN)/python benchmarks/bench_forecasting.py --speed
	$(BIN)/python benchmarks/bench_language.py
	$(BIN)/python benchmarks/bench_generator.py
	$(BIN)/python benchmarks/bench_generator.py --drawn
	$(BIN)/python benchmarks/bench_generator.py --wave
	$(BIN)/python benchmarks/bench_seq2seq.py --set precision=bfloat16
	$(BIN)/python benchmarks/bench_pretraining.py
	$(BIN)/python benchmarks/bench_trees.py
	$(BIN)/python benchmarks/bench_encoder.py
	$(BIN)/python benchmarks/bench_onnx.py
	$(BIN)/python benchmarks/bench_saving.py
	$(BIN)/python benchmarks/bench_saliency.py
	$(BIN)/python benchmarks/bench_gpu.py  # says so where there is no GPU

bench-peers: $(READY)  ## print the tables of other libraries side by side with this one
	$(BIN)/python benchmarks/peers/run.py --setup

clean:  ## remove the environments and whatever was built
	rm -rf $(VENV) $(MINIMUM) $(VENV)-peers build dist *.egg-info .pytest_cache .ruff_cache .coverage htmlcov
	rm -rf docs/_build docs/_generated docs/api/generated docs/examples docs/sg_execution_times.rst
	find . -name __pycache__ -prune -exec rm -rf {} +

$(READY): requirements/constraints.txt $(DECLARED)
	$(PYTHON) -m venv --clear $(VENV)
	$(BIN)/python $(PIP_INSTALL) -c $< "setuptools>=77"
	$(BIN)/python $(PIP_INSTALL) -c $< --no-build-isolation -e ".[test,plots,lint]"
	@touch $@

$(VENV)/.docs: $(READY)
	$(BIN)/python $(PIP_INSTALL) -c requirements/constraints.txt --no-build-isolation -e ".[docs,examples]"
	@touch $@

$(MINIMUM)/.ready: requirements/minimum.txt $(DECLARED)
	$(PYTHON) -m venv --clear $(MINIMUM)
	$(MINIMUM)/bin/python $(PIP_INSTALL) -c $< "setuptools>=77"
	$(MINIMUM)/bin/python $(PIP_INSTALL) -c $< --no-build-isolation -e ".[test,plots]"
	@touch $@
