# Needs nothing beforehand but make and a Python from 3.11 to 3.14. `make help` lists the targets.
#   PYTHON=/path/to/python3   use this Python instead of the newest one on the PATH
#   VENV=folder               put the virtual environment there instead of .venv
#   PYTEST_ARGS="-k boundary" passed on by `make test`
#   LAB_ARGS="--no-browser"   passed on by `make lab`
#   PYODIDE_DIST=folder       `make lite` takes Pyodide's own packages out of this full distribution, not by a link
#   FUZZ_ARGS="--seed 7"      passed on by `make fuzz`; --only s3 sqs makes the calls of these services
#   CLASS=12                  the learners of `make classroom`

VENV ?= .venv
PYTHON ?=
PYTEST_ARGS ?=
LAB_ARGS ?=
FUZZ_ARGS ?=
PYODIDE_DIST ?=
BIN := $(VENV)/bin
PIP := $(BIN)/python -m pip --disable-pip-version-check
RUNTIME := $(VENV)/.installed-runtime
DEV := $(VENV)/.installed-dev
READERS := .readers/.installed
JUDGES := .judges/.installed
LITE := .lite/.installed
EDITOR := labs_helpers/course/widgets/policy_editor/editor_js
PICTURES := tests/notebooks/pictures
PROWLER := .prowler/.installed
HUB := .judges/hub/.installed
CLASS ?= 12
NOTEBOOKS := $(wildcard notebooks/*.ipynb)
# A file's tests share a cloud, a notebook's cells a kernel: files are what is shared out, the longest first
# (tests/conftest.py), not those with the most tests.
PARALLEL := -n 2 --dist loadfile --no-loadscope-reorder
COVERAGE := --cov=labs_helpers --cov-branch --cov-report=
NBVAL := --nbval-lax --nbval-current-env --nbval-cell-timeout=120

# Without bytecode, importing boto3 and moto takes three times as long; the others would lead pip and Python
# to packages outside the virtual environment.
unexport PYTHONDONTWRITEBYTECODE PYTHONPATH PYTHONHOME PIP_USER PIP_TARGET PIP_PREFIX

.DEFAULT_GOAL := help
.PHONY: help setup setup-dev lab lite test coverage judges docs fuzz classroom run handout lint format bench editor pictures prowler wheel clean

# Prints the newest Python on the PATH that this project supports and that can make a virtual environment.
# Each candidate is run, since a shim may stand for a Python that is not there.
define find_python
fits() { "$$1" -c 'import sys, ensurepip, venv; sys.exit(not (3, 11) <= sys.version_info[:2] < (3, 15))' 2>/dev/null; }; \
if [ -n "$(PYTHON)" ]; then fits "$(PYTHON)" && { echo "$(PYTHON)"; exit 0; }; \
	echo "$(PYTHON) is no Python from 3.11 to 3.14 with venv" >&2; exit 1; fi; \
IFS=:; for name in python3.14 python3.13 python3.12 python3.11 python3 python; do for dir in $$PATH; do \
	[ -x "$$dir/$$name" ] && fits "$$dir/$$name" && { echo "$$dir/$$name"; exit 0; }; \
done; done; \
echo "No Python from 3.11 to 3.14 with venv found. On Debian or Ubuntu: apt-get install python3-venv" >&2; exit 1
endef

help:  ## list the targets
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "  make %-10s %s\n", $$1, $$2 }' $(firstword $(MAKEFILE_LIST))

setup: $(RUNTIME)  ## install what the notebooks need into .venv

setup-dev: $(DEV)  ## the same, and the tools of `make test` and `make lint`

$(RUNTIME): pyproject.toml constraints.txt
	@$(BIN)/python -c "" 2>/dev/null || { python=$$($(find_python)) || exit 1; \
		echo "Making $(VENV) with $$($$python --version)"; "$$python" -m venv --clear $(VENV); }
	@echo "Installing the notebooks' environment into $(VENV)"
	@$(PIP) install --quiet --constraint constraints.txt --editable ".[lab,cli]"
	@# JupyterLab would ask to fetch news from its site; the labs work offline.
	@$(BIN)/jupyter labextension disable --level=sys_prefix "@jupyterlab/apputils-extension:announcements" 2>/dev/null
	@$(BIN)/python -m compileall -q labs_helpers
	@touch $@

$(DEV): $(RUNTIME)
	@echo "Installing the test tools into $(VENV)"
	@$(PIP) install --quiet --constraint constraints.txt --editable ".[dev]"
	@touch $@

lab: setup  ## open JupyterLab on the notebooks (prints the address where there is no display)
	@exec $(BIN)/python -m labs_helpers lab $(LAB_ARGS)

# JupyterLite builds with a JupyterLab of its own; npm brings Pyodide's core.
$(LITE): deploy/lite/requirements.txt deploy/lite/package-lock.json
	@command -v npm >/dev/null || { echo "npm was not found: it brings Pyodide, the browser's Python" >&2; exit 1; }
	@echo "Installing what builds the browser's edition into .lite"
	@python=$$($(find_python)) && "$$python" -m venv --clear .lite/venv
	@.lite/venv/bin/python -m pip --disable-pip-version-check install --quiet --requirement deploy/lite/requirements.txt
	@cp deploy/lite/package.json deploy/lite/package-lock.json deploy/lite/.npmrc .lite && \
		cd .lite && npm ci --loglevel=error >/dev/null
	@touch $@

lite: $(LITE)  ## build the edition for the browser alone into lite/ (docs/browser-alone.md)
	@.lite/venv/bin/python -m deploy.lite.build --core .lite/node_modules/pyodide \
		$(if $(PYODIDE_DIST),--distribution "$(PYODIDE_DIST)")

# TrailScraper reads our CloudTrail files. It pins an old boto3, so it lives apart; without it its one test is skipped.
$(READERS): | $(DEV)
	@echo "Installing a reader of CloudTrail files into .readers"
	@{ $(BIN)/python -m venv --clear .readers && .readers/bin/python -m pip --disable-pip-version-check install --quiet \
		trailscraper==0.10.0 && touch $@; } || echo "TrailScraper could not be installed: its test is skipped"

# Clients that no one here wrote call the endpoint, and judges of accounts read the cloud through it: they bring a
# botocore and a Node.js world of their own.
$(JUDGES): | $(DEV)
	@echo "Installing clients that judge the endpoint into .judges"
	@mkdir -p .judges; failed=0; \
	{ $(BIN)/python -m venv --clear .judges/venv && \
		.judges/venv/bin/python -m pip --disable-pip-version-check install --quiet s3fs==2026.9.0; } || failed=1; \
	{ $(BIN)/python -m venv --clear .judges/iam && .judges/iam/bin/python -m pip --disable-pip-version-check \
		install --quiet cloudsplaining==0.9.1 principalmapper==1.1.5; } || failed=1; \
	{ $(BIN)/python -m venv --clear .judges/proxy && .judges/proxy/bin/python -m pip --disable-pip-version-check \
		install --quiet jupyter-server-proxy==4.6.0; } || failed=1; \
	{ $(BIN)/python -m venv --clear .judges/binder && .judges/binder/bin/python -m pip --disable-pip-version-check \
		install --quiet jupyter-repo2docker==2026.4.0; } || failed=1; \
	{ $(BIN)/python -m venv --clear .judges/kms && .judges/kms/bin/python -m pip --disable-pip-version-check \
		install --quiet amazon-s3-encryption-client-python==4.0.0 credstash==1.17.1 jwt-kms==0.1.4 \
		aws-secretsmanager-caching==1.2.0 "aws-encryption-sdk[MPL]==4.0.7"; } || failed=1; \
	if command -v npm >/dev/null; then (cd .judges && echo '{"private": true}' > package.json && \
		npm install --no-audit --no-fund --loglevel=error @aws-sdk/client-s3@3.1175.0 @aws-sdk/client-sts@3.1174.0 \
		@aws-sdk/client-kms@3.1164.0 @aws-sdk/client-cognito-identity-provider@3.1169.0 \
		amazon-cognito-identity-js@6.3.21 aws-jwt-verify@5.2.1 openid-client@6.9.0 \
		@aws-amplify/core@6.19.2 @aws-amplify/auth@6.21.1 axe-core@4.14.1 >/dev/null) || failed=1; fi; \
	if command -v npm >/dev/null; then (mkdir -p .judges/editor && cp $(EDITOR)/package*.json $(EDITOR)/.npmrc \
		.judges/editor && cd .judges/editor && npm ci --loglevel=error >/dev/null) || failed=1; fi; \
	if [ $$failed = 0 ]; then touch $@; else echo "Not all could be installed: their tests are skipped"; fi

# A classroom of this machine: JupyterHub, its proxy, and the labs as learners have them.
$(HUB): deploy/jupyterhub/requirements.txt deploy/jupyterhub/package-lock.json pyproject.toml constraints.txt | $(DEV)
	@echo "Installing a JupyterHub into .judges/hub"
	@{ $(BIN)/python -m venv --clear .judges/hub && .judges/hub/bin/python -m pip --disable-pip-version-check install \
		--quiet --constraint constraints.txt --requirement deploy/jupyterhub/requirements.txt --editable ".[lab]" && \
		cp deploy/jupyterhub/package*.json deploy/jupyterhub/.npmrc .judges/hub && \
		(cd .judges/hub && npm ci --loglevel=error >/dev/null) && touch $@; } || \
		echo "JupyterHub could not be installed (it needs npm): its tests are skipped"

# The public posture checker, with a botocore of its own, and heavy: only `make prowler` installs it.
$(PROWLER): | $(DEV)
	@echo "Installing Prowler into .prowler"
	@$(BIN)/python -m venv --clear .prowler && .prowler/bin/python -m pip --disable-pip-version-check install --quiet \
		prowler==5.46.0 && touch $@

prowler: setup-dev $(PROWLER)  ## let Prowler read Day 1's account, and set its findings beside ours (docs/posture.md)
	@$(BIN)/python -m tests.course.days.day1.prowler .prowler/bin/prowler

test: setup-dev $(READERS) $(JUDGES)  ## run the tests: layers, package, notebooks, browser; prints how many ledger rows hold
	@failed=0; progress=$$(mktemp -d); export LABS_PROGRESS="$$progress/progress.json"; \
	trap 'rm -rf "$$progress"' EXIT; \
	$(BIN)/lint-imports --no-logo || failed=1; \
	$(BIN)/python -m pytest tests $(NOTEBOOKS) -m "not slow" $(NBVAL) $(PARALLEL) $(PYTEST_ARGS) || failed=1; \
	exit $$failed

coverage: setup-dev $(READERS) $(JUDGES)  ## run the tests with branch coverage, and hold each floor to its minimum
	@progress=$$(mktemp -d); export LABS_PROGRESS="$$progress/progress.json"; trap 'rm -rf "$$progress"' EXIT; \
	$(BIN)/python -m pytest tests $(NOTEBOOKS) -m "not slow" $(NBVAL) $(PARALLEL) $(COVERAGE) $(PYTEST_ARGS) && \
	$(BIN)/python -m tests.coverage_floors

judges: setup-dev $(HUB) $(LITE)  ## run the slow tests that `make test` leaves out: a classroom, the edition for the browser alone
	@$(BIN)/python -m pytest tests/deploy tests/lite -m slow -q $(PYTEST_ARGS)

fuzz: setup-dev  ## make tens of thousands of calls from botocore's models, whole and broken, and hold each answer to its promises
	@$(BIN)/python -m tests.fuzz.run $(FUZZ_ARGS)
	@$(BIN)/python -m tests.fuzz.raw_run

classroom: setup-dev $(HUB)  ## let twelve learners run Day 2 on a JupyterHub of this machine, while one loops forever
	@LABS_CLASS=$(CLASS) $(BIN)/python -m pytest tests/deploy/test_classroom.py -s -q

run: setup  ## execute all notebooks into a temporary folder
	@out=$$(mktemp -d) && echo "Executed notebooks go to $$out" && cp $(NOTEBOOKS) "$$out" && \
	LABS_PROGRESS="$$out/progress.json" $(BIN)/jupyter nbconvert --to notebook --execute --inplace --ExecutePreprocessor.timeout=300 "$$out"/*.ipynb

handout: setup  ## write the days as HTML (and PDF where there is a Chromium) into handout/, answers at the end
	@$(BIN)/python -m labs_helpers handout --out handout

lint: setup-dev  ## check style, layering, types, notebooks and spelling
	@failed=0; \
	$(BIN)/ruff check . || failed=1; \
	$(BIN)/ruff format --check . || failed=1; \
	$(BIN)/lint-imports --no-logo || failed=1; \
	$(BIN)/mypy || failed=1; \
	for notebook in $(NOTEBOOKS); do $(BIN)/nbstripout --verify --keep-id "$$notebook" || failed=1; done; \
	$(BIN)/python -m tests.notebooks.conventions $(NOTEBOOKS) || failed=1; \
	$(BIN)/codespell || failed=1; \
	exit $$failed

format: setup-dev  ## mend what `make lint` says about style and outputs, as far as tools can
	@$(BIN)/ruff check --fix --quiet . ; $(BIN)/ruff format . ; $(if $(NOTEBOOKS),$(BIN)/nbstripout --keep-id $(NOTEBOOKS))

bench: setup-dev  ## run every benchmark in bench/
	@for script in bench/*.py; do echo "== $$script"; $(BIN)/python "$$script" || exit 1; done

editor:  ## build the policy editor's field (CodeMirror 6) from its sources; needs npm
	@cd $(EDITOR) && npm ci --loglevel=error && npm run --silent build && ls -l built

pictures: setup-dev  ## draw the notebooks' pictures from their Mermaid texts; needs npm and a Chromium
	@cd $(PICTURES) && npm ci --loglevel=error
	@$(BIN)/python -m tests.notebooks.pictures.draw

wheel: setup  ## build the wheel into dist/
	@$(PIP) wheel --quiet --no-deps --wheel-dir dist . && ls dist

docs: setup-dev  ## build the pages of docs/ into site/
	@NO_MKDOCS_2_WARNING=1 $(BIN)/mkdocs build --strict --quiet && echo "site/index.html"

clean:  ## remove what the other targets made
	rm -rf $(VENV) .readers .judges .lite lite .prowler dist build site handout .pytest_cache .ruff_cache .import_linter_cache .hypothesis
	find labs_helpers tests bench -name __pycache__ -type d -prune -exec rm -rf {} +
