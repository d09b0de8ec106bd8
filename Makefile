# `make lab` starts the lab (OPTIONS="--levels 2" adds options), `make test` runs the checks
# (WORKERS=6 for more processes). Both install what they need.

VENV := .venv
BIN := $(VENV)/bin
LOCKS := requirements.lock requirements-torch.lock requirements-heif.lock
# The first Python that is new enough; PYTHON=... names another.
PYTHON ?= $(shell for p in python3 python3.13 python3.12 python3.11; do \
	$$p -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null && echo $$p && break; done)

# Processes that share the tests: one more than two cores, since many tests wait for others.
WORKERS ?= 3

.PHONY: lab test format lint types tests weights-check docker-check gallery newcomer-check lock clean

lab: $(VENV)/.installed
	@$(BIN)/python lab.py $(OPTIONS)

test: $(VENV)/.installed-dev format lint
	@$(MAKE) --no-print-directory --jobs=2 types tests

format: $(VENV)/.installed-dev
	@echo "== format"
	@$(BIN)/ruff format --check .

lint: $(VENV)/.installed-dev
	@echo "== lint"
	@$(BIN)/ruff check .
	@$(BIN)/hadolint Dockerfile

types: $(VENV)/.installed-dev
	@found=$$($(BIN)/mypy) && verdict=0 || verdict=$$?; echo "== types: $$found"; exit $$verdict

tests: $(VENV)/.installed-dev
	@command -v chromium >/dev/null || command -v chromium-browser >/dev/null || \
		command -v google-chrome >/dev/null || { \
		echo "The lab is tested in Chromium. On Debian or Ubuntu: sudo apt-get install chromium"; \
		exit 1; }
	@command -v firefox-esr >/dev/null || command -v firefox >/dev/null || { \
		echo "The lab is tested in Firefox too. On Debian or Ubuntu: sudo apt-get install firefox-esr"; \
		exit 1; }
	@command -v curl >/dev/null && command -v git >/dev/null || { \
		echo "The documentation's commands are tested with curl and git. On Debian or Ubuntu:" \
			"sudo apt-get install curl git"; \
		exit 1; }
	@echo "== tests"
	@OMP_NUM_THREADS=1 $(BIN)/python -m pytest --numprocesses=$(WORKERS)

weights-check: $(VENV)/.installed-dev
	@echo "== converting the embedded weights again from their source"
	@$(BIN)/python -m scripts.convert_vgg16 --check
	@$(BIN)/python -m scripts.convert_sketch --check

docker-check: $(VENV)/.installed-dev
	@PYTHON=$(BIN)/python scripts/docker-check $(OPTIONS)

gallery: $(VENV)/.installed-dev
	@echo "== the documentation's pictures: the sheets, the lab, the bot"
	@$(BIN)/python bench/gallery.py --commit
	@$(BIN)/python bench/gallery.py --examples
	@$(BIN)/python -m scripts.screens
	@$(BIN)/python -m scripts.chat

newcomer-check:
	@scripts/newcomer-check $(OPTIONS)

$(VENV)/.created:
	@test -n "$(PYTHON)" || { \
		echo "Python 3.11 or newer is missing. On Debian or Ubuntu: sudo apt-get install python3 python3-venv"; \
		exit 1; }
	@$(PYTHON) -c 'import ensurepip, venv' 2>/dev/null || { \
		echo "$(PYTHON) comes without its venv module. On Debian or Ubuntu: sudo apt-get install python3-venv"; \
		exit 1; }
	@echo "== creating $(VENV) with $$($(PYTHON) --version)"
	@$(PYTHON) -m venv $(VENV)
	@touch $@

# What is installed is exactly what the locks name, checked by its hashes; `make lock` renews them.
INSTALL = @$(BIN)/python -m pip install --quiet --disable-pip-version-check

$(VENV)/.installed: $(VENV)/.created $(LOCKS) pyproject.toml
	@echo "== installing the program's packages (torch is large: a few minutes the first time)"
	$(INSTALL) --require-hashes $(LOCKS:%=-r %)
	$(INSTALL) --no-deps --no-build-isolation -e .
	@touch $@

$(VENV)/.installed-dev: $(VENV)/.installed requirements-dev.lock
	@echo "== installing the packages for the checks"
	$(INSTALL) --require-hashes -r requirements-dev.lock
	@touch $@

# Versions stay where the requirements allow them: OPTIONS=--upgrade takes the newest ones, and
# OPTIONS="--upgrade-package pillow" those of one package. Each file heeds the ones before it.
LOCK = @$(BIN)/uv pip compile --quiet --universal --python-version 3.11 --generate-hashes \
	--custom-compile-command "make lock" $(OPTIONS)

lock: $(VENV)/.installed-dev
	@echo "== locking the packages"
	$(LOCK) requirements-base.txt requirements-build.txt -o requirements.lock
	$(LOCK) requirements-torch.txt -c requirements.lock -o requirements-torch.lock
	$(LOCK) requirements-heif.txt -c requirements.lock -o requirements-heif.lock
	$(LOCK) requirements-cluster.txt $(LOCKS:%=-c %) -o requirements-cluster.lock
	$(LOCK) requirements-dev.txt $(LOCKS:%=-c %) -c requirements-cluster.lock -o requirements-dev.lock

clean:
	rm -rf $(VENV) out
