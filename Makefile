# Needs only make and Python, 3.11 to 3.14. `make help` lists the targets.
#   PYTHON=/path/to/python3   use this Python instead of the newest one on the PATH
#   VENV=folder               put the virtual environment there instead of .venv
#   PYTEST_ARGS="-k boundary" passed on by `make test`
#   LAB_ARGS="--no-browser"   passed on by `make lab`
#   PYODIDE_DIST=folder       `make lite` takes Pyodide's own packages from this full distribution instead of linking to them
#   FUZZ_ARGS="--seed 7"      passed on by `make fuzz`; --only s3 sqs limits it to these services
#   CLASS=12                  the number of learners in `make classroom`

VENV ?= .venv
PYTHON ?=
PYTEST_ARGS ?=
JUDGED ?= tests
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
TRY := .try/.installed
EDITOR := labs_helpers/course/widgets/policy_editor/editor_js
PROWLER := .prowler/.installed
HUB := .judges/hub/.installed
PYSIGMA := .judges/sigma/.installed
PUBLISH := .judges/publish/.installed
FRAMES := .judges/frames/.installed
SAM := .judges/sam/.installed
CLASS ?= 12
NOTEBOOKS := $(wildcard notebooks/*.ipynb)
# The tests of a file share a cloud, and the cells of a notebook share a kernel, so whole files are distributed: the longest
# first (tests/conftest.py), not those with the most tests.
PARALLEL := -n 2 --dist loadfile --no-loadscope-reorder
COVERAGE := --cov=labs_helpers --cov-branch --cov-report=
NBVAL := --nbval-lax --nbval-current-env --nbval-cell-timeout=120

# Without bytecode, importing boto3 and moto takes three times as long. With the other variables, pip and Python would find
# packages outside the virtual environment.
unexport PYTHONDONTWRITEBYTECODE PYTHONPATH PYTHONHOME PIP_USER PIP_TARGET PIP_PREFIX

.DEFAULT_GOAL := help
.PHONY: help setup setup-dev lab lite try test coverage judges seeds orders docs fuzz parity detections classroom run handout lint format bench editor pictures prowler wheel dist clean

# Prints the newest Python on the PATH that this project supports and that can create a virtual environment.
# Each candidate is run, because a shim can exist without its Python.
define find_python
fits() { "$$1" -c 'import sys, ensurepip, venv; sys.exit(not (3, 11) <= sys.version_info[:2] < (3, 15))' 2>/dev/null; }; \
if [ -n "$(PYTHON)" ]; then fits "$(PYTHON)" && { echo "$(PYTHON)"; exit 0; }; \
	echo "$(PYTHON) isn't Python 3.11 to 3.14 with venv" >&2; exit 1; fi; \
IFS=:; for name in python3.14 python3.13 python3.12 python3.11 python3 python; do for dir in $$PATH; do \
	[ -x "$$dir/$$name" ] && fits "$$dir/$$name" && { echo "$$dir/$$name"; exit 0; }; \
done; done; \
echo "Python 3.11 to 3.14 with venv wasn't found. On Debian or Ubuntu: apt-get install python3-venv" >&2; exit 1
endef

help:  ## list the targets
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "  make %-10s %s\n", $$1, $$2 }' $(firstword $(MAKEFILE_LIST))

setup: $(RUNTIME)  ## install what the notebooks need into .venv

setup-dev: $(DEV)  ## install that, and the tools of `make test` and `make lint`

$(RUNTIME): pyproject.toml constraints.txt
	@$(BIN)/python -c "" 2>/dev/null || { python=$$($(find_python)) || exit 1; \
		echo "Creating $(VENV) with $$($$python --version)"; "$$python" -m venv --clear $(VENV); }
	@echo "Installing the notebooks' environment into $(VENV)"
	@$(PIP) install --quiet --constraint constraints.txt --editable ".[lab,cli]"
	@# JupyterLab would offer to fetch news from its site, but the labs work offline.
	@$(BIN)/jupyter labextension disable --level=sys_prefix "@jupyterlab/apputils-extension:announcements" 2>/dev/null
	@$(BIN)/python -m compileall -q labs_helpers
	@touch $@

$(DEV): $(RUNTIME)
	@echo "Installing the test tools into $(VENV)"
	@$(PIP) install --quiet --constraint constraints.txt --editable ".[dev]"
	@touch $@

lab: setup  ## open JupyterLab on the notebooks (without a display, print the address)
	@exec $(BIN)/python -m labs_helpers lab $(LAB_ARGS)

# JupyterLite is built with a separate JupyterLab, and npm installs Pyodide's core.
$(LITE): deploy/lite/requirements.txt deploy/lite/package-lock.json
	@command -v npm >/dev/null || { echo "npm was not found. It installs Pyodide, the browser's Python" >&2; exit 1; }
	@echo "Installing the tools that build the browser edition into .lite"
	@python=$$($(find_python)) && "$$python" -m venv --clear .lite/venv
	@.lite/venv/bin/python -m pip --disable-pip-version-check install --quiet --requirement deploy/lite/requirements.txt
	@cp deploy/lite/package.json deploy/lite/package-lock.json deploy/lite/.npmrc .lite && \
		cd .lite && npm ci --loglevel=error >/dev/null
	@touch $@

lite: $(LITE)  ## build the browser edition into lite/ (docs/browser-alone.md)
	@.lite/venv/bin/python -m deploy.lite.build --core .lite/node_modules/pyodide \
		$(if $(PYODIDE_DIST),--distribution "$(PYODIDE_DIST)")

# The page Try it has Pyodide's core, of the release that the browser edition has.
$(TRY): deploy/lite/package-lock.json
	@command -v npm >/dev/null || { echo "npm was not found. It installs Pyodide, the browser's Python" >&2; exit 1; }
	@mkdir -p .try && cp deploy/lite/package.json deploy/lite/package-lock.json deploy/lite/.npmrc .try && \
		cd .try && npm ci --loglevel=error >/dev/null
	@touch $@

try: setup-dev $(TRY)  ## build the page Try it into site/try/ (docs/try-it.md)
	@$(BIN)/python -m deploy.try_it.build --core .try/node_modules/pyodide

# TrailScraper reads our CloudTrail files. It pins an old boto3, so it has a separate environment. Without it, its one test
# is skipped.
$(READERS): | $(DEV)
	@echo "Installing a reader of CloudTrail files into .readers"
	@{ $(BIN)/python -m venv --clear .readers && .readers/bin/python -m pip --disable-pip-version-check install --quiet \
		trailscraper==0.10.0 && touch $@; } || echo "TrailScraper could not be installed, so its test is skipped"

# Third-party clients call the endpoint, and third-party account checkers read the cloud through it. They need their own
# botocore and their own Node.js packages.
$(JUDGES): | $(DEV)
	@echo "Installing third-party clients of the endpoint into .judges"
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
	if [ $$failed = 0 ]; then touch $@; else echo "Some could not be installed, so their tests are skipped"; fi

# pySigma judges our Sigma. It needs libraries in C, so it has a separate environment.
$(PYSIGMA): | $(DEV)
	@echo "Installing pySigma into .judges/sigma"
	@{ $(BIN)/python -m venv --clear .judges/sigma && .judges/sigma/bin/python -m pip --disable-pip-version-check install \
		--quiet pysigma==2.0.1 pysigma-backend-sqlite==2.1.1 && touch $@; } || \
		echo "pySigma could not be installed, so its test is skipped"

# pandas and pyarrow read tables in buckets (pyarrow has its own S3 client, in C++), and the CDK tries to deploy.
$(FRAMES): | $(DEV)
	@echo "Installing pandas, pyarrow, and the CDK into .judges/frames"
	@{ $(BIN)/python -m venv --clear .judges/frames && .judges/frames/bin/python -m pip --disable-pip-version-check \
		install --quiet pandas==3.1.1 pyarrow==26.0.1 s3fs==2026.9.0 && { ! command -v npm >/dev/null || npm install \
		--prefix .judges/frames --no-audit --no-fund --loglevel=error aws-cdk@2.1148.1 >/dev/null; } && touch $@; } || \
		echo "They could not be installed, so their tests are skipped"

# The AWS SAM CLI tries to deploy. It pins its own boto3.
$(SAM): | $(DEV)
	@echo "Installing the AWS SAM CLI into .judges/sam"
	@{ $(BIN)/python -m venv --clear .judges/sam && .judges/sam/bin/python -m pip --disable-pip-version-check install \
		--quiet aws-sam-cli==1.170.0 && touch $@; } || echo "It could not be installed, so its test is skipped"

# What builds a release and checks its metadata.
$(PUBLISH): | $(DEV)
	@echo "Installing the tools that build a release into .judges/publish"
	@{ $(BIN)/python -m venv --clear .judges/publish && .judges/publish/bin/python -m pip --disable-pip-version-check \
		install --quiet build==1.6.1 hatchling==1.33.0 twine==7.0.0 && touch $@; } || \
		echo "They could not be installed, so the tests of a release are skipped"

# A classroom on this machine: JupyterHub, its proxy, and the labs as learners have them.
$(HUB): deploy/jupyterhub/requirements.txt deploy/jupyterhub/package-lock.json pyproject.toml constraints.txt | $(DEV)
	@echo "Installing JupyterHub into .judges/hub"
	@{ $(BIN)/python -m venv --clear .judges/hub && .judges/hub/bin/python -m pip --disable-pip-version-check install \
		--quiet --constraint constraints.txt --requirement deploy/jupyterhub/requirements.txt --editable ".[lab]" && \
		cp deploy/jupyterhub/package*.json deploy/jupyterhub/.npmrc .judges/hub && \
		(cd .judges/hub && npm ci --loglevel=error >/dev/null) && touch $@; } || \
		echo "JupyterHub could not be installed (it needs npm), so its tests are skipped"

# The public posture checker is large and has its own botocore, so only `make prowler` installs it.
$(PROWLER): | $(DEV)
	@echo "Installing Prowler into .prowler"
	@$(BIN)/python -m venv --clear .prowler && .prowler/bin/python -m pip --disable-pip-version-check install --quiet \
		prowler==5.46.0 && touch $@

prowler: setup-dev $(PROWLER)  ## run Prowler on Day 1's account, and print its findings next to ours (docs/posture.md)
	@$(BIN)/python -m tests.course.days.day1.prowler .prowler/bin/prowler

test: setup-dev $(READERS) $(JUDGES)  ## run the tests: layers, package, notebooks, browser; prints how many ledger rows hold
	@failed=0; progress=$$(mktemp -d); export LABS_PROGRESS="$$progress/progress.json"; \
	trap 'rm -rf "$$progress"' EXIT; \
	$(BIN)/lint-imports --no-logo || failed=1; \
	$(BIN)/python -m pytest tests $(NOTEBOOKS) -m "not slow" $(NBVAL) $(PARALLEL) $(PYTEST_ARGS) || failed=1; \
	exit $$failed

coverage: setup-dev $(READERS) $(JUDGES)  ## run the tests with branch coverage; fail if a layer is below its minimum
	@progress=$$(mktemp -d); export LABS_PROGRESS="$$progress/progress.json"; trap 'rm -rf "$$progress"' EXIT; \
	$(BIN)/python -m pytest tests $(NOTEBOOKS) -m "not slow" $(NBVAL) $(PARALLEL) $(COVERAGE) $(PYTEST_ARGS) && \
	$(BIN)/python -m tests.coverage_floors

judges: setup-dev $(JUDGES) $(HUB) $(LITE) $(TRY) $(PYSIGMA) $(PUBLISH) $(FRAMES) $(SAM)  ## run the slow tests that `make test` leaves out: a classroom, the browser edition, a release, pairs of policies, pySigma, all mutants
	@$(BIN)/python -m pytest $(JUDGED) -m slow -q $(PYTEST_ARGS)

seeds: setup-dev  ## grade right answers, wrong answers, and mutants for 200 learners, with what is drawn for each
	@LABS_SEEDS=200 $(BIN)/python -m pytest tests/course/test_seeds.py tests/course/grading/test_variants.py -q $(PARALLEL) $(PYTEST_ARGS)

orders: setup-dev  ## run the parts of the notebooks in five other orders
	@$(BIN)/python -m pytest tests/notebooks/test_orders.py -m slow -q $(PYTEST_ARGS)

parity: setup-dev  ## count what is known about AWS and held here, service by service, into docs/parity.md
	@$(BIN)/python -m tests.parity.page

detections: setup-dev  ## run public detection rules on all attack packs, into docs/detections.md; needs LABS_VECTORS
	@$(BIN)/python -m tests.detections.page

fuzz: setup-dev  ## send tens of thousands of valid and broken calls from botocore's models, and check every answer
	@$(BIN)/python -m tests.fuzz.run $(FUZZ_ARGS)
	@$(BIN)/python -m tests.fuzz.raw_run $(FUZZ_ARGS)

classroom: setup-dev $(HUB)  ## run Day 2 for twelve learners on a local JupyterHub, while one of them loops forever
	@LABS_CLASS=$(CLASS) $(BIN)/python -m pytest tests/deploy/test_classroom.py -s -q

run: setup  ## execute all notebooks into a temporary folder
	@out=$$(mktemp -d) && echo "Executed notebooks go to $$out" && cp $(NOTEBOOKS) "$$out" && \
	LABS_PROGRESS="$$out/progress.json" $(BIN)/jupyter nbconvert --to notebook --execute --inplace --ExecutePreprocessor.timeout=300 \
	--ExecutePreprocessor.extra_arguments=--log-level=ERROR "$$out"/*.ipynb

handout: setup  ## write the days as HTML (and PDF, if Chromium is installed) into handout/, with the answers at the end
	@$(BIN)/python -m labs_helpers handout --out handout

lint: setup-dev  ## check style, layers, types, notebooks, and spelling
	@failed=0; \
	$(BIN)/ruff check . || failed=1; \
	$(BIN)/ruff format --check . || failed=1; \
	$(BIN)/lint-imports --no-logo || failed=1; \
	$(BIN)/mypy || failed=1; \
	for notebook in $(NOTEBOOKS); do $(BIN)/nbstripout --verify --keep-id "$$notebook" || failed=1; done; \
	$(BIN)/python -m tests.notebooks.conventions $(NOTEBOOKS) || failed=1; \
	$(BIN)/python -m tests.text || failed=1; \
	$(BIN)/codespell || failed=1; \
	exit $$failed

format: setup-dev  ## fix what tools can fix of style and notebook outputs
	@$(BIN)/ruff check --fix --quiet . ; $(BIN)/ruff format . ; $(if $(NOTEBOOKS),$(BIN)/nbstripout --keep-id $(NOTEBOOKS))

bench: setup-dev  ## run every benchmark in bench/
	@for script in bench/*.py; do echo "== $$script"; $(BIN)/python "$$script" || exit 1; done

editor:  ## build the policy editor's text field (CodeMirror 6) from its sources; needs npm
	@cd $(EDITOR) && npm ci --loglevel=error && npm run --silent build && ls -l built

pictures: setup-dev  ## draw the notebooks' pictures; needs Chromium
	@$(BIN)/python -m tests.notebooks.pictures.draw

wheel: setup  ## build the wheel into dist/
	@$(PIP) wheel --quiet --no-deps --wheel-dir dist . && ls dist

dist: setup-dev $(PUBLISH)  ## build the wheel and the source distribution of a release into dist/, and check them
	@.judges/publish/bin/python -m build --no-isolation --outdir dist . >/dev/null && .judges/publish/bin/twine check --strict dist/*

docs: setup-dev  ## build the pages of docs/ into site/
	@NO_MKDOCS_2_WARNING=1 $(BIN)/mkdocs build --strict --quiet && echo "site/index.html"
	@$(MAKE) --no-print-directory try || echo "Without npm, the site has no page site/try/"

clean:  ## remove what the other targets created
	rm -rf $(VENV) .readers .judges .lite .try lite .prowler dist build site handout .pytest_cache .ruff_cache .import_linter_cache .hypothesis
	find labs_helpers tests bench -name __pycache__ -type d -prune -exec rm -rf {} +
