# make demo        install into .venv, run the main scenario, say where its report is
# make test        install into .venv with the test extras, run the test suite
# make long        the same, run those of its tests that take longest, which test leaves out
# make tutorials   the same, run the tutorials and other pages that show what they print
# make docs        install into .venv with what builds the documentation, build docs/_build/html

PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
.PHONY: demo test long tutorials slow reference check-reference reference-pages docs docs-links lint clean \
        clean-compiled
.DELETE_ON_ERROR:

demo: $(VENV)/installed
	$(BIN)/xbarsim run digits

test: $(VENV)/installed-test
	$(BIN)/python -m pytest

long: $(VENV)/installed-test
	$(BIN)/python -m pytest -m "long and not slow"

tutorials: $(VENV)/installed-test
	$(BIN)/python -m pytest -m tutorial

slow: $(VENV)/installed-test
	$(BIN)/python -m pytest -m slow

# the results that reports/reference/ holds: run again; run elsewhere and compared; shown anew
reference: $(VENV)/installed-test
	$(BIN)/python reports/regenerate.py $(SCENARIOS)
	$(BIN)/python reports/gallery.py --write

check-reference: $(VENV)/installed-test
	$(BIN)/python reports/regenerate.py --compare $(SCENARIOS)

reference-pages: $(VENV)/installed-test
	$(BIN)/python reports/regenerate.py --pages $(SCENARIOS)
	$(BIN)/python reports/gallery.py --write

docs: $(VENV)/installed-docs
	$(BIN)/python -m sphinx -q -W --keep-going -d docs/_build/doctrees docs docs/_build/html
	@echo "docs/_build/html/index.html"

# asks every site that the documentation names, which takes a network
docs-links: $(VENV)/installed-docs
	$(BIN)/python -m sphinx -q -b linkcheck -d docs/_build/doctrees docs docs/_build/linkcheck

lint: $(VENV)/installed-dev
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy

$(VENV)/bin/python:
	$(PYTHON) -m venv $(VENV)

$(VENV)/installed: setup.cfg pyproject.toml | $(VENV)/bin/python
	$(BIN)/python -m pip install --quiet --disable-pip-version-check -e .
	touch $@

$(VENV)/installed-%: setup.cfg pyproject.toml | $(VENV)/bin/python
	$(BIN)/python -m pip install --quiet --disable-pip-version-check -e '.[$*]'
	touch $@ $(VENV)/installed

# what numba has compiled and keeps beside the code
clean-compiled:
	find xbarsim device_models -name '*.nb[ic]' -delete

clean: clean-compiled
	rm -rf $(VENV) build docs/_build docs/api *.egg-info
