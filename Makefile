# Every target sets up what it needs inside this folder; nothing is installed globally.
# The checks that a laptop and CI run are the same: `make lint test`.

PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
TARGET ?= virtual
# More words for pytest, such as HIL='-m "not long"'.
HIL ?=
# More words for the bench, such as BENCH='--rate 417 --seconds 3'.
BENCH ?=

.PHONY: demo test lint hil wire pages install clean check-wire image emulator bench-device campaign

demo: install
	$(BIN)/runslate demo --library demo

test: $(VENV)/.dev
	$(BIN)/pytest -m "not pico and not long"

lint: $(VENV)/.dev build/stubs/rp2 build/stubs/unix check-wire
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/mypy --config-file tools/mypy-rp2.ini
	$(BIN)/mypy --config-file tools/mypy-unix.ini
	$(BIN)/python tools/metrics_page.py --check
	$(BIN)/python tools/map_page.py --check

hil: $(VENV)/.dev $(if $(filter pico pico-stock,$(TARGET)),image emulator)
	$(BIN)/pytest tests/hil -rs --target $(TARGET) $(HIL)

# Cycles per sample of every stage on the emulated Pico; fails 5 % above tests/hil/budget.json.
bench-device: $(VENV)/.dev image emulator
	$(BIN)/runslate bench device --budget tests/hil/budget.json $(BENCH)

# The long runs, ten minutes and more: writes their figures with the seed into docs/campaign.md.
campaign: $(VENV)/.dev image emulator
	$(BIN)/python tools/campaign.py

wire: $(VENV)/.dev
	$(BIN)/python tools/generate_wire.py

# The pages that are made of the code: what is measured, and which file does what.
pages: $(VENV)/.run
	$(BIN)/python tools/metrics_page.py
	$(BIN)/python tools/map_page.py

check-wire: $(VENV)/.dev
	$(BIN)/python tools/generate_wire.py --check

# MicroPython for the Pico, stock and with the firmware inside; does nothing when nothing has changed.
image:
	tools/build_image.sh

# The emulator of the RP2040 with its fast loop, where a C compiler is there.

emulator: $(VENV)/.dev
	tools/build_emulator.sh

install: $(VENV)/.run

# The lock files hold exact versions with hashes; --no-deps keeps pip from adding to them.
$(VENV)/bin/python:
	$(PYTHON) -c 'import sys; sys.exit(0 if sys.version_info >= (3, 11) else "runslate needs Python 3.11 or newer; this is " + sys.version.split()[0] + ". Set PYTHON=/path/to/python3.11")'
	$(PYTHON) -m venv $(VENV)

$(VENV)/.run: locks/run.txt pyproject.toml firmware/node/version.py | $(VENV)/bin/python
	$(BIN)/pip install --quiet --disable-pip-version-check --require-hashes --no-deps -r locks/run.txt
	$(BIN)/pip install --quiet --disable-pip-version-check --no-deps --no-build-isolation -e .
	touch $@

$(VENV)/.dev: locks/dev.txt $(VENV)/.run
	$(BIN)/pip install --quiet --disable-pip-version-check --require-hashes --no-deps -r locks/dev.txt
	touch $@

# The stubs shadow CPython's own modules, so they never enter the virtual environment.
build/stubs/%: locks/stubs-%.txt tools/fit_stubs.py | $(VENV)/.run
	rm -rf $@
	$(BIN)/pip install --quiet --disable-pip-version-check --require-hashes --no-deps --target $@ -r $<
	$(BIN)/python tools/fit_stubs.py $@

clean:
	rm -rf $(VENV) build demo .pytest_cache .mypy_cache .ruff_cache .hypothesis
	find . -name __pycache__ -type d -prune -exec rm -rf {} +
