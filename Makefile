# Two commands, each of which sets up what it needs in .venv and runs:
#
#   make demo [SCAN=path]   score a scan in millimetres; without SCAN, a template and a moved one
#   make test               lint, types and every test
#
# Also: make test-ray, the tests that start a Ray cluster; make lint, make clean; make gui [SCAN=path], the Slicer module in its test host, at a screen;
# make screenshots, its pictures, off-screen; make benchmarks, every target for speed and memory;
# make release-check [PYTHONS="python3.10 ..."], wheel and sdist, in empty environments.
# Another interpreter: make test PYTHON=python3.12

PYTHON ?= python3
SCAN ?=
export SCAN

VENV := .venv
BIN := $(VENV)/bin
PRINT_VERSION := import sys; print("%d.%d" % sys.version_info[:2])
VERSION := $(shell $(PYTHON) -c '$(PRINT_VERSION)' 2>/dev/null)

# A stamp names the Python version it was made with and is older than no file that says what to
# install: that is when the environment is current. The demo's environment is a user's, without
# PyTorch; the tests' holds everything.
CREATED := $(VENV)/.created-$(VERSION)
DEMO_READY := $(VENV)/.demo-$(VERSION)
TEST_READY := $(VENV)/.test-$(VERSION)
RAY_READY := $(VENV)/.ray-$(VERSION)
REQUIREMENTS := pyproject.toml constraints.txt

.PHONY: demo test test-ray lint gui screenshots benchmarks release-check clean
.DEFAULT_GOAL := demo

demo: $(DEMO_READY)
	@$(BIN)/python -m MotionQCLib.cli.demo $${SCAN:+"$$SCAN"}

test: lint
	OMP_NUM_THREADS=1 $(BIN)/python -m pytest --numprocesses 2 --dist loadfile --no-loadscope-reorder --max-worker-restart 0

test-ray: $(RAY_READY)
	$(BIN)/python -c 'import ray.tune'
	OMP_NUM_THREADS=1 $(BIN)/python -m pytest Testing/Training/test_tune.py Testing/Unit/archive/test_cluster.py

lint: $(TEST_READY)
	$(BIN)/ruff check
	$(BIN)/ruff format --check
	$(BIN)/codespell
	$(BIN)/mypy

gui: $(TEST_READY)
	$(BIN)/python Testing/Host MotionQC/MotionQC.py $${SCAN:+"$$SCAN"}

screenshots: $(TEST_READY)
	$(BIN)/python Testing/Host --script Testing/Host/screenshots.py Resources/Screenshots

benchmarks: $(TEST_READY)
	$(BIN)/python Testing/Benchmarks/run_all.py --json build/benchmarks.json

release-check:
	$(PYTHON) Testing/Release/try_distributions.py $(PYTHONS)

clean:
	rm -rf $(VENV) build motionqc.egg-info .hypothesis .mypy_cache .pytest_cache .ruff_cache
	find . -name __pycache__ -type d -prune -exec rm -rf {} +

$(DEMO_READY): EXTRAS := demo,fast
$(DEMO_READY): $(REQUIREMENTS) | $(CREATED)
	$(install)
	@touch $@

$(TEST_READY): EXTRAS := test
$(TEST_READY): $(REQUIREMENTS) | $(CREATED)
	$(install)
	@touch $@ $(DEMO_READY)

$(RAY_READY): EXTRAS := test,tune,cluster
$(RAY_READY): $(REQUIREMENTS) | $(CREATED)
	$(install)
	@touch $@ $(TEST_READY) $(DEMO_READY)

$(CREATED):
	@$(require_python)
	@$(has_python_and_pip) || $(PYTHON) -m venv --clear $(VENV) || { rm -rf $(VENV); $(no_venv); exit 1; }
	@touch $@

# The versions that CI has passed with, where they exist for this Python; else the newest that fit.
# CI itself takes nothing else.
define install
@echo "MotionQC: setting up $(VENV) with Python $(VERSION); the first time takes a few minutes"
@$(BIN)/python -m pip install --constraint constraints.txt --editable '.[$(EXTRAS)]' \
	|| { [ "$$CI" != true ] && $(not_constrained) && \
	     $(BIN)/python -m pip install --editable '.[$(EXTRAS)]'; }
endef
not_constrained = echo "MotionQC: warning: the tested versions of constraints.txt do not install on \
Python $(VERSION) here; trying the newest that fit" >&2

require_python = case "$(VERSION)" in \
	3.1[0-9]) ;; \
	"") echo "MotionQC: no $(PYTHON) runs here; install Python 3.10 or newer, or name one: make PYTHON=python3.12" >&2; exit 1 ;; \
	*) echo "MotionQC: $(PYTHON) is Python $(VERSION), but 3.10 or newer is needed; name one: make PYTHON=python3.12" >&2; exit 1 ;; \
	esac
has_python_and_pip = [ "$$($(BIN)/python -c 'import pip; $(PRINT_VERSION)' 2>/dev/null)" = "$(VERSION)" ]
no_venv = echo "MotionQC: $(PYTHON) cannot make an environment with pip; on Debian or Ubuntu: apt install python$(VERSION)-venv" >&2
