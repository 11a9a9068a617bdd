# What a newcomer needs: `make serve` to try it, `make test` to check it. Python 3.11+ and Node 20+ are enough.

.DEFAULT_GOAL := help
.PHONY: help serve test test-pages lint bench test-services build lock browser serve-ready dev-ready

PYTHON = $(shell for p in python3 python3.14 python3.13 python3.12 python3.11 python; do \
  $$p -c 'import sys, venv, ensurepip; sys.exit(sys.version_info < (3, 11))' 2>/dev/null && echo $$p && break; done)
PREPARE = $(or $(PYTHON),$(error 需要 Python 3.11 或更高版本（含 venv）。Python 3.11 or newer with venv is needed)) scripts/prepare.py
RUN = .venv/bin/python -m

help:
	@echo "make serve            start everything on http://127.0.0.1:8000 (XIANGZHI_PORT, XIANGZHI_DATA)"
	@echo "make test             lint, types, import contracts, tests with coverage and a real browser"
	@echo "make lint             lint, types and import contracts alone"
	@echo "make test-pages       of these alone: every page for every role in a real browser: axe, console, width, links"
	@echo "make bench ONLY=name  benchmarks, all or one"
	@echo "make test-services    tests against Redis, RabbitMQ and S3 that answer on this machine"
	@echo "make build            the package, front-end included, into dist/"
	@echo "make lock             newest versions into requirements/*.txt and package-lock.json"

serve-ready:
	@$(PREPARE) serve

dev-ready:
	@$(PREPARE) dev

serve: serve-ready
	@exec .venv/bin/xiangzhi serve

lint: dev-ready
	$(RUN) ruff check .
	$(RUN) mypy
	.venv/bin/lint-imports

browser: dev-ready
	@$(RUN) scripts.browser

test: lint browser
	@$(RUN) coverage erase
	$(RUN) scripts.run_tests -m "not services"
	@$(RUN) coverage combine --quiet
	$(RUN) coverage report

test-pages: dev-ready browser
	$(RUN) pytest -m sweep

test-services: dev-ready
	$(RUN) pytest -m services

bench: dev-ready
	$(RUN) benchmarks $(ONLY)

build: dev-ready
	rm -rf build dist
	.venv-tools/bin/uv build --wheel --no-build-isolation --python .venv/bin/python --out-dir dist

UV_LOCK = .venv-tools/bin/uv pip compile --quiet --universal --generate-hashes --no-header --upgrade

lock: dev-ready
	$(UV_LOCK) requirements/tools.in --output-file requirements/tools.txt
	$(UV_LOCK) pyproject.toml requirements/build.in --extra embedded --output-file requirements/serve.txt
	$(UV_LOCK) --constraint requirements/serve.txt pyproject.toml requirements/build.in --extra embedded --extra dev \
	  --output-file requirements/dev.txt
	npm update --package-lock-only --ignore-scripts
